import Crypto
import FoundationEssentials
import Linux
import NIOSSL
import SystemPackage

/// The node's certificates of one kind, in files: each with its key, and a link to the one in use.
///
/// Source: facts of kubelet, §12.1: `<directory>/kubelet-client-<time>.pem`, `kubelet-client-current.pem`.
struct CertificateStore: Sendable {
    let directory: FilePath
    let prefix: String

    /// What is in use: PEM of certificate and key together.
    var current: FilePath { directory.appending("\(prefix)-current.pem") }
    private var waitingKey: FilePath { directory.appending("\(prefix).key.tmp") }

    /// How long the one in use is good; `nil`: there is none.
    ///
    /// It begins when the node got it: clusters date certificates back, so that clocks that are behind take them.
    var life: (begin: Date, end: Date)? {
        guard let content = try? readFile(at: current, ifExists: true),
            let certificate = try? NIOSSLCertificate.fromPEMBytes(content).first,
            let got = try? fileStatus(current)?.modified.seconds
        else { return nil }
        return (
            Date(timeIntervalSince1970: Double(got)), Date(timeIntervalSince1970: Double(certificate.notValidAfter))
        )
    }

    /// The key whose certificate is being waited for, or a new one.
    func keyToAsk() throws -> P256.Signing.PrivateKey {
        if let content = try readFile(at: waitingKey, ifExists: true),
            let key = try? P256.Signing.PrivateKey(pemRepresentation: String(decoding: content, as: UTF8.self))
        {
            return key
        }
        let key = P256.Signing.PrivateKey()
        try makeDirectories(directory, mode: 0o700)
        try replaceFile(at: waitingKey, with: Array(key.pemRepresentation.utf8))
        return key
    }

    /// Puts a new certificate into use.
    func use(_ chain: [UInt8], _ key: P256.Signing.PrivateKey, at now: Date) throws {
        let stamp = "\(now)".filter { $0.isNumber }
        let name = "\(prefix)-\(stamp).pem"
        try replaceFile(at: directory.appending(name), with: chain + Array("\(key.pemRepresentation)\n".utf8))
        let link = FilePath("\(current).new")
        try makeSymbolicLink(at: link, to: FilePath(name))
        try renameFile(link, to: current)
        try removeFile(at: waitingKey)
        let old = try directoryEntries(directory).filter { $0.hasPrefix("\(prefix)-2") && $0 != name }
        for file in old { try removeFile(at: directory.appending(file)) }
    }

    /// A key whose request was refused is not asked for again.
    func giveUpKey() throws { try removeFile(at: waitingKey) }
}
