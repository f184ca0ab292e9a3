import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import ServiceLifecycle
import Synchronization

/// Serves the kubelet's API: over TLS to whoever may ask, and the node's health in the clear.
///
/// A connection is one task; what it costs, however its client behaves, is bounded.
package final class KubeletAPI: Service {
    private typealias Listener = NIOAsyncChannel<Connection, Never>

    private let settings: KubeletAPISettings
    private let control: KubeletControl
    private let contexts: TLSContexts
    private let access: AccessGuard
    private let places = Mutex<[String: Int]>([:])

    /// - Parameter certificate: asked at each new connection.
    package init(
        _ settings: KubeletAPISettings, control: KubeletControl, certificate: @escaping ServingCertificate.Provider
    ) {
        self.settings = settings
        self.control = control
        contexts = TLSContexts(settings.tls, asksForCertificate: settings.clientCAFile != nil, certificate)
        access = AccessGuard(settings, control)
    }

    /// The port that is listened on for `api`, `readOnly`, `health`; `nil`: not yet.
    package func port(of name: String) -> Int? { places.withLock { $0[name] } }

    package func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            await withDiscardingTaskGroup { group in
                if let place = settings.api {
                    group.addTask { await self.listen(at: place, "api", tls: self.contexts, .all, self.access) }
                }
                if let place = settings.readOnly {
                    group.addTask { await self.listen(at: place, "readOnly", tls: nil, .readOnly, nil) }
                }
                if let place = settings.health {
                    group.addTask { await self.listen(at: place, "health", tls: nil, .health, nil) }
                }
                // The first service that returns ends the agent.
                group.addTask { while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) } }
            }
        }
    }

    /// Another agent may still hold the place: it is tried until it is free.
    private func listen(
        at place: KubeletAPISettings.Place, _ name: String, tls: TLSContexts?, _ routes: Router.Routes,
        _ access: AccessGuard?
    ) async {
        var told = false
        while !Task.isCancelled {
            do {
                let listener = try await bind(place, tls)
                if let port = listener.channel.localAddress?.port { places.withLock { $0[name] = port } }
                Logger.current.info(
                    "Kubelet API listens", metadata: ["address": "\(place.address):\(place.port)", "part": "\(name)"])
                let router = Router(settings: settings, control: control, routes: routes)
                try await serve(listener, ConnectionServer(router: router, access: access, settings: settings))
            } catch is CancellationError {
                return
            } catch {
                if !told {
                    Logger.current.error(
                        "Kubelet API cannot listen: it is tried again",
                        metadata: ["address": "\(place.address):\(place.port)", "error": "\(error)"])
                }
                told = true
                try? await Task.sleep(for: .seconds(5))
            }
        }
    }

    private func serve(_ listener: Listener, _ server: ConnectionServer) async throws {
        try await listener.executeThenClose { connections in
            try await withThrowingDiscardingTaskGroup { group in
                for try await connection in connections { group.addTask { await server.serve(connection) } }
                group.cancelAll()
            }
        }
    }

    private func bind(_ place: KubeletAPISettings.Place, _ tls: TLSContexts?) async throws -> Listener {
        try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .bind(host: place.address, port: place.port) { channel in
                channel.eventLoop.makeCompletedFuture { try Connection(on: channel, tls: tls) }
            }
    }
}

/// A connection that a client has made, and what it has shown of itself.
struct Connection: Sendable {
    let channel: NIOAsyncChannel<InboundPart, OutboundPart>
    let peer: PeerCertificates

    /// Sets the channel up; on its event loop.
    init(on channel: any Channel, tls: TLSContexts?) throws {
        let pipeline = channel.pipeline.syncOperations
        if let tls {
            let peer = PeerCertificates(of: channel)
            try pipeline.addHandler(
                NIOSSLServerHandler(
                    context: tls.current(),
                    customVerificationCallback: { chain, verdict in
                        peer.show(chain)
                        verdict.succeed(.certificateVerified)
                    }))
            self.peer = peer
        } else {
            peer = PeerCertificates()
        }
        try HTTPAdaptor.add(to: pipeline)
        self.channel = try NIOAsyncChannel(wrappingChannelSynchronously: channel)
    }
}
