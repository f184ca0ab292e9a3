import Glibc
import SystemPackage

/// What a program writes while it runs, within bounds.
struct CommandExchange {
    private let outputLimit: Int
    private let errorLimit: Int
    private(set) var output: [UInt8] = []
    private(set) var errors: [UInt8] = []
    private var chunk = [UInt8](repeating: 0, count: 64 << 10)

    init(outputLimit: Int, errorLimit: Int) {
        self.outputLimit = outputLimit
        self.errorLimit = errorLimit
    }

    /// Reads until the process ends by itself (`nil`), or says why it must end.
    mutating func run(
        process: Int32, output: FileDescriptor, errors: FileDescriptor, stop: FileDescriptor,
        until deadline: ContinuousClock.Instant
    ) -> Command.End? {
        var polls = [output.rawValue, errors.rawValue, process, stop.rawValue]
            .map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        while true {
            let left = deadline - ContinuousClock.now
            if left <= .zero { return .timedOut }
            // Rounded up: a wait of less than a millisecond must not spin.
            let milliseconds =
                min(left.components.seconds, 3600) * 1000 + left.components.attoseconds / 1_000_000_000_000_000 + 1
            let ready = unsafe poll(&polls, UInt(polls.count), Int32(milliseconds))
            guard ready > 0 else { continue }
            if polls[0].revents != 0, !readOutput(output) { polls[0].fd = -1 }
            if polls[1].revents != 0, !readErrors(errors) { polls[1].fd = -1 }
            if self.output.count > outputLimit { return .outputTooLong }
            if polls[2].revents != 0 { return nil }
            if polls[3].revents != 0 { return .cancelled }
        }
    }

    /// Takes what the ended process left in its pipes, without waiting for others that hold them open.
    mutating func drain(output: FileDescriptor, errors: FileDescriptor) {
        while self.output.count <= outputLimit, readOutput(output, atOnce: true) {}
        while self.errors.count < errorLimit, readErrors(errors, atOnce: true) {}
    }

    private mutating func readOutput(_ file: FileDescriptor, atOnce: Bool = false) -> Bool {
        guard let count = read(file) else { return !atOnce }
        output += chunk[..<count]
        return count > 0
    }

    private mutating func readErrors(_ file: FileDescriptor, atOnce: Bool = false) -> Bool {
        guard let count = read(file) else { return !atOnce }
        errors += chunk[..<count].prefix(errorLimit - errors.count)
        return count > 0
    }

    /// The bytes read, 0 at the end, `nil` when there is nothing now.
    private mutating func read(_ file: FileDescriptor) -> Int? {
        do {
            return try unsafe chunk.withUnsafeMutableBytes { try unsafe file.read(into: $0) }
        } catch Errno.resourceTemporarilyUnavailable {
            return nil
        } catch {
            return 0
        }
    }
}
