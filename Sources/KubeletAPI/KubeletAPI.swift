import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Server
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
    private static let connectionLimit = 2000
    private let places = Mutex<[String: Int]>([:])
    private let connections = Mutex(0)
    private let watcher = try? LogWatcher()

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
                if let watcher { group.addTask { await watcher.run() } }
                // The first service that returns ends the agent.
                group.addTask { while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) } }
            }
        }
    }

    /// Another agent may still hold the place: it is tried until it is free. A listener that fails leaves the connections
    /// that it has taken alone.
    private func listen(
        at place: KubeletAPISettings.Place, _ name: String, tls: TLSContexts?, _ routes: Router.Routes,
        _ access: AccessGuard?
    ) async {
        let router = Router(settings: settings, control: control, routes: routes, watcher: watcher)
        let server = ConnectionServer(router: router, access: access, settings: settings)
        var problem = ""
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                do {
                    let listener = try await bind(place, tls)
                    if let port = listener.channel.localAddress?.port { places.withLock { $0[name] = port } }
                    Logger.current.info("Kubelet API listens", metadata: ["address": "\(place)", "part": "\(name)"])
                    problem = ""
                    try await listener.executeThenClose { connections in
                        for try await connection in connections { take(connection, server, &group) }
                    }
                } catch {
                    if Task.isCancelled { break }
                    if problem != "\(error)" {
                        Logger.current.error(
                            "Kubelet API cannot listen: it is tried again",
                            metadata: ["address": "\(place)", "error": "\(error)"])
                    }
                    problem = "\(error)"
                    try? await Task.sleep(for: .seconds(5))
                }
            }
            group.cancelAll()
        }
    }

    /// So many clients at most: whoever only connects must not take the agent's descriptors.
    private func take(_ connection: Connection, _ server: ConnectionServer, _ group: inout DiscardingTaskGroup) {
        let isRoom = connections.withLock { count in
            if count >= Self.connectionLimit { return false }
            count += 1
            return true
        }
        guard isRoom else { return connection.channel.close(promise: nil) }
        group.addTask { [self] in
            await server.serve(connection)
            connections.withLock { $0 -= 1 }
        }
    }

    private func bind(_ place: KubeletAPISettings.Place, _ tls: TLSContexts?) async throws -> Listener {
        try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: false)
            // A client whose machine is gone says nothing: asked every 15 seconds, as Go's servers ask.
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
            .childChannelOption(.tcpOption(keepAliveIdle), value: 15)
            .childChannelOption(.tcpOption(keepAliveInterval), value: 15)
            .bind(host: place.address, port: place.port) { channel in
                channel.eventLoop.makeCompletedFuture { try Connection(on: channel, tls: tls) }
            }
    }
}

// Source: uapi/linux/tcp.h, TCP_KEEPIDLE and TCP_KEEPINTVL.
private let keepAliveIdle = NIOBSDSocket.Option(rawValue: 4)
private let keepAliveInterval = NIOBSDSocket.Option(rawValue: 5)

/// A connection that a client has made, and what it has shown of itself.
struct Connection: Sendable {
    typealias Parts = NIOAsyncChannel<InboundPart, OutboundPart>

    /// Nothing is read from it before it is opened: one that nobody opens may be dropped.
    let channel: any Channel
    let peer: PeerCertificates

    /// Sets the channel up; on its event loop.
    init(on channel: any Channel, tls: TLSContexts?) throws {
        let pipeline = channel.pipeline.syncOperations
        var peer = PeerCertificates()
        switch tls.map({ tls in Result { try tls.current() } }) {
        case .success(let context):
            let shown = PeerCertificates(of: channel)
            try pipeline.addHandler(
                NIOSSLServerHandler(
                    context: context,
                    customVerificationCallback: { chain, verdict in
                        shown.show(chain)
                        verdict.succeed(.certificateVerified)
                    }))
            peer = shown
        // Thrown here, the error would leave the connection open, and its client waiting.
        case .failure: try pipeline.addHandler(HandshakeRefusal())
        case nil: break
        }
        self.peer = peer
        try HTTPAdaptor.add(to: pipeline)
        self.channel = channel
    }

    /// Begins to read. Whoever opens it runs it to its end.
    func open() async throws -> Parts {
        let channel = channel
        return try await channel.eventLoop.submit {
            // Parts are counted, whatever their size: a message may be a MiB.
            let parts = try Parts(
                wrappingChannelSynchronously: channel,
                configuration: .init(backPressureStrategy: .init(lowWatermark: 1, highWatermark: 2)))
            try channel.syncOptions?.setOption(.autoRead, value: true)
            return parts
        }.get()
    }
}
