import Linux

/// Carries bytes between a client and a socket in a pod.
struct PortRelay: Sendable {
    let socket: StreamEnd
    /// What the client sends.
    let input: ByteQueue
    /// Returns when the client has room for more.
    let send: @Sendable ([UInt8]) async throws -> Void

    /// Returns when the pod's side has ended; what the client still sends then reaches nobody.
    func run() async throws {
        defer { input.abandon() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while let bytes = await input.take() {
                    guard try await socket.writeAll(bytes) else { return input.abandon() }
                }
                socket.finishWriting()
            }
            defer { group.cancelAll() }
            while true {
                try await socket.readable()
                guard let bytes = try socket.readPending() else { continue }
                if bytes.isEmpty { return }
                try await send(bytes)
            }
        }
    }
}
