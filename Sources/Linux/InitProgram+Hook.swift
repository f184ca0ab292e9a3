import CLinux
import Glibc
package import SystemPackage

extension InitProgram.Hook {
    /// Runs the program in the namespaces of the caller, and waits for it. Its environment is exactly that of the hook.
    ///
    /// The state comes from a file in memory: a program that reads none of it, or not all, blocks nobody.
    ///
    /// - Parameter state: the container's, as JSON: its standard input.
    /// - Throws: when it cannot be executed, ends with another code than 0, or takes longer than it may: then it is killed.
    package func run(
        state: [UInt8], output: FileDescriptor, errors: FileDescriptor
    ) throws(SyscallError) {
        let memory = try syscall("memfd_create") { linux_spawn_input() }
        defer { Glibc.close(memory) }
        let count = try syscall("write state") {
            unsafe state.withUnsafeBytes { unsafe pwrite(memory, $0.baseAddress, $0.count, 0) }
        }
        guard count == state.count else { throw SyscallError("write state", .noSpace) }
        let arguments = arguments.isEmpty ? [path] : arguments
        var pid: Int32 = 0
        let streams = [memory, output.rawValue, errors.rawValue]
        try syscall("execute \(path)") {
            unsafe linux_spawn(
                path, Self.block(arguments), Int32(arguments.count), Self.block(environment), Int32(environment.count),
                streams, -1, &pid)
        }
        let process: PidFD
        do throws(SyscallError) {
            process = try PidFD(pid: pid)
        } catch {
            // The number is the hook's until it has been waited for.
            Glibc.kill(pid, SIGKILL)
            waitpid(pid, nil, 0)
            throw error
        }
        try wait(for: process)
    }

    private func wait(for process: consuming PidFD) throws(SyscallError) {
        let fd = process.borrow { $0.rawValue }
        var event = pollfd(fd: fd, events: Int16(POLLIN), revents: 0)
        let limit = timeout == 0 ? -1 : Int32(clamping: timeout)
        do throws(SyscallError) {
            guard try syscall("poll", { unsafe poll(&event, 1, limit) }) > 0 else {
                throw SyscallError("it took longer than \(timeout) ms", .timedOut)
            }
        } catch {
            try process.send(SIGKILL)
            _ = try process.wait()
            throw error
        }
        var code: Int32 = 0
        try syscall("wait") { unsafe linux_wait_program(fd, &code) }
        guard code == 0 else {
            throw SyscallError(code > 0 ? "it ended with code \(code)" : "signal \(-code) ended it", .canceled)
        }
    }

    /// NUL-ended texts one after another.
    private static func block(_ texts: [String]) -> [CChar] {
        texts.flatMap { text in text.utf8.prefix { $0 != 0 }.map { CChar(bitPattern: $0) } + [0] } + [0]
    }
}
