import Linux
import NIOCore
import Server

/// Ports of a pod over SPDY: for each connection a stream for its data and one for what goes wrong.
///
/// Source: kubernetes `kubelet/pkg/cri/streaming/portforward`; facts of kubelet, §11.2.
struct SPDYPortForward: Sendable {
    static let version = "portforward.k8s.io"
    /// A client that carries SPDY in a WebSocket asks for this.
    static let tunnel = "SPDY/3.1+portforward.k8s.io"

    /// Two streams that belong together, as far as they are there.
    private struct Pair {
        var data: SPDYStream?
        var errors: SPDYStream?
    }

    let pod: String
    let uid: String
    let isTunnelled: Bool
    let idleTimeout: Duration
    let creationTimeout: Duration
    let dial: @Sendable (UInt16) async throws -> StreamEnd

    func converse(_ reader: inout WireReader, _ wire: Wire) async throws {
        let session = SPDYSession(wire, isTunnelled: isTunnelled, inputLimit: 1 << 20)
        let activity = Activity()
        await withDiscardingTaskGroup { group in
            group.addTask { [idleTimeout] in await activity.close(wire, after: idleTimeout) }
            var pairs: [String: Pair] = [:]
            try? await session.run(
                &reader, noting: activity,
                admit: { headers, id in
                    let (request, kind, _) = try Self.request(headers, id)
                    let pair = pairs[request] ?? Pair()
                    guard (kind == "data" ? pair.data : pair.errors) == nil else {
                        throw SPDYError("\(kind) stream already assigned")
                    }
                },
                begin: { stream in
                    guard let (request, kind, port) = try? Self.request(stream.headers, stream.id) else { return }
                    var pair = pairs[request] ?? Pair()
                    if kind == "data" { pair.data = stream } else { pair.errors = stream }
                    pairs[request] = pair
                    guard let data = pair.data, let errors = pair.errors else {
                        // One whose other half does not come is given up.
                        group.addTask { await expire(stream, in: session) }
                        return
                    }
                    pairs[request] = nil
                    group.addTask {
                        await forward(port, data, errors, activity)
                        session.close(data.id)
                        session.close(errors.id)
                    }
                })
            group.cancelAll()
            wire.close()
        }
    }

    private func forward(_ port: UInt16, _ data: SPDYStream, _ errors: SPDYStream, _ activity: Activity) async {
        data.pair()
        errors.pair()
        // Nobody takes what a client says there.
        errors.input.abandon()
        do {
            let socket = try await dial(port)
            try await PortRelay(socket: socket, input: data.input) { bytes in
                activity.note()
                try await data.send(bytes)
            }.run()
        } catch is CancellationError {
            return
        } catch {
            let words = "error forwarding port \(port) to pod \(pod), uid \(uid): \(error)"
            try? await errors.send(Array(words.utf8))
        }
        try? await data.finish()
        try? await errors.finish()
    }

    private func expire(_ stream: SPDYStream, in session: SPDYSession) async {
        guard (try? await Task.sleep(for: creationTimeout)) != nil, !stream.isPaired else { return }
        try? await session.send(.reset(stream.id, .cancel))
        session.close(stream.id)
    }

    /// Which connection a stream is for, and what part of it. Old clients give a connection no name: theirs is that of
    /// the first of two streams, the one for errors.
    static func request(_ headers: SPDYHeaders, _ id: UInt32) throws -> (request: String, kind: String, port: UInt16) {
        guard let text = headers["port"], !text.isEmpty else { throw SPDYError("\"port\" header is required") }
        guard let port = UInt16(text), port > 0 else { throw SPDYError("unable to parse \"\(text)\" as a port") }
        guard let kind = headers["streamType"], ["data", "error"].contains(kind) else {
            throw SPDYError("invalid stream type \"\(headers["streamType"] ?? "")\"")
        }
        let name = headers["requestID"] ?? ""
        return (name.isEmpty ? "\(kind == "error" ? Int(id) : Int(id) - 2)" : name, kind, port)
    }
}
