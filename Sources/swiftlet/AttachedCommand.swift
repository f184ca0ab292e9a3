import Linux
import Server
import SystemPackage
import UnixSignals

/// A command in a container whose input is this program's, and whose terminal is joined to its one.
struct AttachedCommand {
    let hasInput: Bool
    let hasTerminal: Bool

    /// The size of a terminal for it; `nil`: it gets none.
    var terminal: TerminalSize? {
        hasTerminal ? TerminalSize(of: .standardOutput) ?? TerminalSize(rows: 24, columns: 80) : nil
    }

    func run(_ request: ControlRequest, by agent: AgentOptions) async throws -> ProcessEnd {
        // Keys go to the container's terminal as they are pressed; there they mean what they mean.
        let raw = hasTerminal && hasInput ? RawTerminal(.standardInput) : nil
        let result: Result<ProcessEnd, any Error>
        do {
            result = .success(try await agent.exec(request, feed: feed))
        } catch {
            result = .failure(error)
        }
        raw?.restore()
        return try result.get()
    }

    private var feed: @Sendable (ControlConnection) async throws -> Void {
        { [hasInput, hasTerminal] connection in
            try await withThrowingTaskGroup(of: Void.self) { group in
                if hasInput { group.addTask { try await Self.sendInput(connection) } }
                if hasTerminal { group.addTask { try await Self.sendSizes(connection) } }
                try await group.waitForAll()
            }
        }
    }

    /// Tells the terminal's size whenever it changes.
    private static func sendSizes(_ connection: ControlConnection) async throws {
        for await _ in await UnixSignalsSequence(trapping: .sigwinch) {
            guard let size = TerminalSize(of: .standardOutput) else { continue }
            try await connection.send(Frame(.size, ControlJSON.encode(size)))
        }
    }

    /// Sends standard input as it comes, and then its end.
    private static func sendInput(_ connection: ControlConnection) async throws {
        let input = FileDescriptor.standardInput
        var buffer = [UInt8](repeating: 0, count: 32 << 10)
        while true {
            try await waitForInput(input)
            let count = try unsafe buffer.withUnsafeMutableBytes { try unsafe input.read(into: $0) }
            try await connection.send(Frame(.input, Array(buffer.prefix(count))))
            if count == 0 { return }
        }
    }

    /// A file is always ready, and cannot be waited for: `epoll_ctl(2)`, EPERM.
    private static func waitForInput(_ input: FileDescriptor) async throws {
        do { try await Poller.current.readable(input) } catch let error as SyscallError
            where error.errno == .notPermitted
        {}
    }
}
