import Kubernetes
import NIOSSL
import SystemPackage

/// What a node shows to the server, and what it knows the server by.
struct Identity: Equatable, Sendable {
    /// PEM: the node's certificate with those above it, and its key.
    var certificate: [UInt8]?
    var key: [UInt8]?
    var token: String?
    /// PEM. `nil`: the machine's own.
    var authority: [UInt8]?
    var skipsVerification = false
    var serverName: String?
    /// When a plugin's credentials end.
    var expires: Time?

    /// A new token is sent with the next request; anything else needs new connections.
    func isSameLine(as other: Identity) -> Bool {
        certificate == other.certificate && key == other.key && authority == other.authority
            && skipsVerification == other.skipsVerification && serverName == other.serverName
    }

    func tlsConfiguration() throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let authority {
            configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(authority))
        }
        if let certificate, let key {
            configuration.certificateChain = try NIOSSLCertificate.fromPEMBytes(certificate).map { .certificate($0) }
            configuration.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: key, format: .pem))
        }
        if skipsVerification { configuration.certificateVerification = .none }
        return configuration
    }

    /// When the node's certificate ends: whichever comes first of it and a plugin's word.
    var end: Time? {
        let certificates = certificate.flatMap { try? NIOSSLCertificate.fromPEMBytes($0) } ?? []
        let ends = [certificates.first.map { Time(seconds: Int64($0.notValidAfter)) }, expires].compactMap(\.self)
        return ends.min()
    }
}
