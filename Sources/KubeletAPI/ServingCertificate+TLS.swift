import NIOCore
import NIOSSL
import Synchronization

extension ServingCertificate {
    /// - Parameter asksForCertificate: a client may show one, and need not.
    func context(_ settings: TLSSettings, asksForCertificate: Bool) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(chain).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: key, format: .pem)))
        configuration.minimumTLSVersion = try settings.minimum()
        let suites = try settings.suites()
        if !suites.isEmpty { configuration.cipherSuiteValues = suites }
        configuration.applicationProtocols = ["http/1.1"]
        // Who vouches for clients is looked at when they ask something: an unknown one may still have a token.
        configuration.certificateVerification = asksForCertificate ? .optionalVerification : .none
        configuration.trustRoots = .certificates([])
        return try NIOSSLContext(configuration: configuration)
    }
}

extension TLSSettings {
    /// Why TLS cannot be spoken as it is asked for.
    package struct Unknown: Error, Equatable, CustomStringConvertible {
        package var description: String
    }

    func minimum() throws(Unknown) -> TLSVersion {
        switch minimumVersion {
        case "VersionTLS10": .tlsv1
        case "VersionTLS11": .tlsv11
        case "", "VersionTLS12": .tlsv12
        case "VersionTLS13": .tlsv13
        default: throw Unknown(description: "tlsMinVersion: \"\(minimumVersion)\" is not known")
        }
    }

    /// Those of TLS 1.3 are always on, as in Go.
    func suites() throws(Unknown) -> [NIOTLSCipher] {
        var suites: [NIOTLSCipher] = []
        for name in cipherSuites {
            if Self.always.contains(name) { continue }
            guard let suite = Self.known[name] else {
                throw Unknown(description: "tlsCipherSuites: \"\(name)\" is not offered")
            }
            suites.append(suite)
        }
        return suites
    }

    private static let always = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"]

    /// By their names in Go. What it calls insecure and BoringSSL does not know is not here.
    private static let known: [String: NIOTLSCipher] = [
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": .TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": .TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": .TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305": .TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": .TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305": .TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA": .TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
        "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA": .TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
        "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": .TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
        "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA": .TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
        "TLS_RSA_WITH_AES_128_GCM_SHA256": .TLS_RSA_WITH_AES_128_GCM_SHA256,
        "TLS_RSA_WITH_AES_256_GCM_SHA384": .TLS_RSA_WITH_AES_256_GCM_SHA384,
        "TLS_RSA_WITH_AES_128_CBC_SHA": .TLS_RSA_WITH_AES_128_CBC_SHA,
        "TLS_RSA_WITH_AES_256_CBC_SHA": .TLS_RSA_WITH_AES_256_CBC_SHA,
    ]
}

/// The TLS of new connections: made anew when the certificate has become another.
final class TLSContexts: Sendable {
    private let provider: ServingCertificate.Provider
    private let settings: TLSSettings
    private let asksForCertificate: Bool
    private let last = Mutex<(certificate: ServingCertificate, context: NIOSSLContext)?>(nil)

    init(_ settings: TLSSettings, asksForCertificate: Bool, _ provider: @escaping ServingCertificate.Provider) {
        self.settings = settings
        self.asksForCertificate = asksForCertificate
        self.provider = provider
    }

    func current() throws -> NIOSSLContext {
        guard let certificate = provider() else { throw NoServingCertificate() }
        if let last = last.withLock(\.self), last.certificate == certificate { return last.context }
        let context = try certificate.context(settings, asksForCertificate: asksForCertificate)
        last.withLock { $0 = (certificate, context) }
        return context
    }
}

/// Source: the kubelet's words, facts of kubelet, §12.3.
struct NoServingCertificate: Error, CustomStringConvertible {
    var description: String { "no serving certificate available for the kubelet" }
}

/// Answers the first message of a handshake with the alert `internal_error`, and closes: what a kubelet answers while the
/// cluster has not signed its certificate, and what its users look for.
///
/// Source: RFC 8446, §5.1 and §6: a record of type 21, TLS 1.2 by its name, with a fatal alert (2) of number 80.
final class HandshakeRefusal: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let alert = ByteBuffer(bytes: [21, 3, 3, 0, 2, 2, 80])
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(alert)).whenComplete { _ in channel.close(promise: nil) }
    }
}
