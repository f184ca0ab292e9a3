package import SystemPackage

/// Why a shim, or the zygote, did not do what it was asked.
package enum ShimError: Error, Equatable, CustomStringConvertible {
    /// A step, or the request, failed: `mount proc: fsmount: Operation not permitted`.
    case refused(message: String, errno: Errno)
    /// Its process is gone.
    case gone(String)
    /// It answered what makes no sense.
    case garbled(String)

    package var description: String {
        switch self {
        case .refused(let message, _): message
        case .gone(let what): "\(what) is gone"
        case .garbled(let what): what
        }
    }
}
