import Linux
package import SystemPackage

/// Why a shim, or the zygote, did not do what it was asked.
package enum ShimError: Error, Equatable, CustomStringConvertible {
    /// A step, or the request, failed: `mount proc: fsmount: Operation not permitted`.
    case refused(message: String, errno: Errno)
    /// Its process is gone.
    case gone(String)
    /// It takes no starts from this agent: another build started it.
    case otherVersion
    /// It answered what makes no sense.
    case garbled(String)

    package var description: String {
        switch self {
        case .refused(let message, _): message
        case .gone(let what): "\(what) is gone"
        case .otherVersion:
            "pod was started by another version of swiftlet: what runs goes on, but commands and containers "
                + "can only be started in it anew when the pod was replaced"
        case .garbled(let what): what
        }
    }
}

extension ShimError {
    /// What a failure means that a shim, or the zygote, has answered.
    ///
    /// Shims of builds whose starts bore no version do not know the number of such a request.
    init(failure message: String, errno: Int32) {
        let isOther = [ByteError.otherVersion, .invalid("request")].contains { message == "request: \($0)" }
        self = isOther ? .otherVersion : .refused(message: message, errno: Errno(rawValue: errno))
    }
}
