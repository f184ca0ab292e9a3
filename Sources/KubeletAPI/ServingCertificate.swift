import Linux
import Logging
import Synchronization
package import SystemPackage

/// What a server proves itself with: its certificate with those that vouch for it, and its key, both PEM.
package struct ServingCertificate: Equatable, Sendable {
    package var chain: [UInt8]
    package var key: [UInt8]

    package init(chain: [UInt8], key: [UInt8]) {
        self.chain = chain
        self.key = key
    }

    /// Gives the one to be used for a new connection; `nil`: there is none yet.
    package typealias Provider = @Sendable () -> ServingCertificate?
}

/// A certificate and a key in two files that are read again when they change.
package final class ServingCertificateFiles: Sendable {
    private struct State {
        var certificate: ServingCertificate?
        var stamps: [FileStamp?] = []
        var nextLook: ContinuousClock.Instant?
    }

    private let certificate: FilePath
    private let key: FilePath
    private let state = Mutex(State())

    package init(certificate: FilePath, key: FilePath) {
        self.certificate = certificate
        self.key = key
    }

    /// The files are looked at once a second. While they cannot be read, or do not fit, the last that did are used.
    package var current: ServingCertificate? {
        state.withLock { state in
            guard state.nextLook.map({ .now >= $0 }) ?? true else { return state.certificate }
            state.nextLook = .now + .seconds(1)
            let stamps = [fileStamp(certificate), fileStamp(key)]
            guard stamps != state.stamps || state.certificate == nil else { return state.certificate }
            state.stamps = stamps
            do {
                let read = ServingCertificate(
                    chain: try readFile(at: certificate) ?? [], key: try readFile(at: key) ?? [])
                _ = try read.context(TLSSettings(), asksForCertificate: false)
                state.certificate = read
            } catch {
                Logger.current.error(
                    "Serving certificate cannot be read",
                    metadata: ["certificate": "\(certificate)", "key": "\(key)", "error": "\(error)"])
            }
            return state.certificate
        }
    }
}
