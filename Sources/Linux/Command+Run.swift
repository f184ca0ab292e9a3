import CLinux
import Glibc
import SystemPackage

extension Command {
    /// Starts the program and waits until it has ended. Throws only if it could not be started.
    ///
    /// Processes of its that outlive it are not waited for, even if they hold its output open.
    package func run() async throws -> Result {
        let bell = try CommandPipe()
        let (stop, ring) = (bell.reader, bell.writer)
        let result = try await withTaskCancellationHandler {
            try await onOwnThread { try self.runBlocking(stop: stop) }
        } onCancel: {
            if isCancellable { _ = try? ring?.writeAll([1]) }
        }
        // The descriptors lent above must live until here.
        bell.close()
        return result
    }

    private func runBlocking(stop: FileDescriptor) throws -> Result {
        let deadline = ContinuousClock.now.advanced(by: timeout)
        var output = try CommandPipe()
        var errors = try CommandPipe()
        let pid = try start(output: output, errors: errors)
        let process = try syscall("pidfd_open \(pid)") { linux_pidfd_open(pid, 0) }
        defer { close(process) }
        output.closeWriter()
        errors.closeWriter()

        var exchange = CommandExchange(outputLimit: outputLimit, errorLimit: errorLimit)
        let ended = exchange.run(
            process: process, output: output.reader, errors: errors.reader, stop: stop, until: deadline)
        // The group lives at least until its leader is reaped, so the number cannot mean strangers.
        if ended != nil { kill(-pid, SIGKILL) }
        var code: Int32 = 0
        try syscall("waitid \(pid)") { unsafe linux_wait_program(process, &code) }
        if ended == nil { exchange.drain(output: output.reader, errors: errors.reader) }
        output.close()
        errors.close()
        let end: End = code >= 0 ? .exited(code) : .signalled(-code)
        return Result(end: ended ?? end, output: exchange.output, errors: exchange.errors)
    }

    /// The input lies in memory as a whole, so that a program which does not read it blocks nobody.
    private func start(output: borrowing CommandPipe, errors: borrowing CommandPipe) throws -> Int32 {
        let memory = FileDescriptor(rawValue: try syscall("memfd_create") { linux_spawn_input() })
        return try memory.closeAfter {
            try memory.writeAll(input)
            try memory.seek(offset: 0, from: .start)
            let streams = [memory.rawValue, output.writer?.rawValue ?? -1, errors.writer?.rawValue ?? -1]
            guard let lock else { return try spawn(streams, lock: -1) }
            return try FileLock.shared(at: lock).borrow { try spawn(streams, lock: $0.rawValue) }
        }
    }

    private func spawn(_ streams: [Int32], lock: Int32) throws -> Int32 {
        let argument = block(arguments)
        let variable = block(environment)
        var pid: Int32 = 0
        try syscall("execute \(executable)") {
            unsafe executable.withPlatformString { path in
                unsafe linux_spawn(
                    path, argument, Int32(arguments.count), variable, Int32(environment.count), streams, lock, &pid)
            }
        }
        return pid
    }

    /// NUL-ended texts one after another. A NUL inside would shift all that follow, so the text ends there.
    private func block(_ texts: [String]) -> [CChar] {
        texts.flatMap { text in text.utf8.prefix { $0 != 0 }.map { CChar(bitPattern: $0) } + [0] } + [0]
    }
}

/// A pipe whose ends no other program inherits.
struct CommandPipe: ~Copyable {
    let reader: FileDescriptor
    private(set) var writer: FileDescriptor?

    init() throws(SyscallError) {
        var ends: (Int32, Int32) = (-1, -1)
        try syscall("pipe2") { unsafe linux_spawn_pipe(&ends.0, &ends.1) }
        reader = FileDescriptor(rawValue: ends.0)
        writer = FileDescriptor(rawValue: ends.1)
        // A flood must not block the thread that also watches the clock.
        _ = fcntl(ends.0, F_SETFL, O_NONBLOCK)
    }

    deinit {
        try? reader.close()
        try? writer?.close()
    }

    mutating func closeWriter() {
        try? writer?.close()
        writer = nil
    }

    /// Ends the life of both ends here and not earlier.
    consuming func close() {}
}
