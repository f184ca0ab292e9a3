import NIOCore
import NIOSSL
import Synchronization

/// The certificates that a client has shown on one connection. That they are its own is proved, not who vouches for them.
final class PeerCertificates: Sendable {
    private let shown = Mutex<[NIOSSLCertificate]>([])
    private let channel: (any Channel)?

    /// - Parameter channel: `nil`: the connection is in the clear.
    init(of channel: (any Channel)? = nil) { self.channel = channel }

    func show(_ chain: [NIOSSLCertificate]) { shown.withLock { $0 = chain } }

    /// `nil`: it has shown none.
    func chain() async -> [NIOSSLCertificate]? {
        let chain = shown.withLock(\.self)
        if !chain.isEmpty { return chain }
        // A session that was taken up again shows nothing anew; its certificate is remembered with it.
        guard let channel, let leaf = try? await channel.nioSSL_peerCertificate().get() else { return nil }
        return [leaf]
    }
}
