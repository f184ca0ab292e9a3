import NIOCore
import Server

/// Exec and attach over SPDY: one stream for each of the process'.
struct SPDYCommand: Sendable {
    /// Versions of the protocol, newest first. The fifth is the fourth here; with the third came the size of terminals.
    static let versions = [
        "v5.channel.k8s.io", "v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io",
    ]
    static let kinds: Set<String> = ["error", "stdin", "stdout", "stderr", "resize"]

    let version: String
    let command: RemoteCommand
    let idleTimeout: Duration
    let creationTimeout: Duration

    private var hasStatus: Bool { version.hasPrefix("v5.") || version.hasPrefix("v4.") }

    /// The streams that the client must open.
    private var expected: Set<String> {
        let options = command.options
        var kinds: Set<String> = ["error"]
        if options.hasInput { kinds.insert("stdin") }
        if options.hasOutput { kinds.insert("stdout") }
        if options.hasErrors { kinds.insert("stderr") }
        if options.hasTerminal, hasStatus || version.hasPrefix("v3.") { kinds.insert("resize") }
        return kinds
    }

    func converse(_ reader: inout WireReader, _ wire: Wire) async throws {
        let (session, activity) = (SPDYSession(wire, isTunnelled: false), Activity())
        let (arrivals, arrival) = AsyncStream.makeStream(of: SPDYStream.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [idleTimeout] in await activity.close(wire, after: idleTimeout) }
            group.addTask { try await serve(arrivals, wire, activity) }
            defer { group.cancelAll() }
            var open: Set<String> = []
            try await session.run(
                &reader, noting: activity,
                admit: { headers, _ in
                    let kind = headers["streamType"] ?? ""
                    guard Self.kinds.contains(kind), open.insert(kind).inserted else {
                        throw SPDYError("unexpected stream type: \"\(kind)\"")
                    }
                },
                begin: { stream in
                    // What nobody takes must not fill up and hold the connection up.
                    let isTaken = ["stdin", "resize"].contains(stream.headers["streamType"])
                    if !isTaken || !expected.contains(stream.headers["streamType"] ?? "") { stream.input.abandon() }
                    arrival.yield(stream)
                })
        }
    }

    /// Runs the command once all its streams are there, says how it came out, and leaves it to the client to close.
    private func serve(_ arrivals: AsyncStream<SPDYStream>, _ wire: Wire, _ activity: Activity) async throws {
        // However it ends, whoever reads shall find out.
        defer { wire.close() }
        let streams = try await gather(arrivals, wire)
        let noInput = ByteQueue()
        noInput.finish()
        try await withThrowingTaskGroup(of: Void.self) { group in
            if let sizes = streams["resize"] { group.addTask { await takeSizes(from: sizes.input) } }
            let end = try await command.run(input: streams["stdin"]?.input ?? noInput) { output, bytes in
                activity.note()
                try await streams[output == .errors ? "stderr" : "stdout"]?.send(bytes)
            }
            for kind in ["stdout", "stderr"] { try await streams[kind]?.finish() }
            let words = hasStatus ? end.status : end.text
            if !words.isEmpty { try await streams["error"]?.send(words) }
            try await streams["error"]?.finish()
            group.cancelAll()
        }
        try await wire.linger()
    }

    private func gather(_ arrivals: AsyncStream<SPDYStream>, _ wire: Wire) async throws -> [String: SPDYStream] {
        let expected = expected
        return try await Deadline(creationTimeout, wire).run {
            var streams: [String: SPDYStream] = [:]
            for await stream in arrivals {
                if let kind = stream.headers["streamType"] { streams[kind] = stream }
                if expected.isSubset(of: streams.keys) { return streams }
            }
            throw CancellationError()
        }
    }

    /// Sizes come as JSON objects, one behind the other.
    private func takeSizes(from input: ByteQueue) async {
        var rest: [UInt8] = []
        while let bytes = await input.take() {
            rest += bytes
            while let end = rest.firstIndex(of: UInt8(ascii: "}")) {
                command.resize(Array(rest[...end].drop { $0 != UInt8(ascii: "{") }))
                rest.removeSubrange(...end)
            }
            if rest.count > 1024 { rest = [] }
        }
    }
}
