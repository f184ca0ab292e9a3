import CLinux
import Glibc
import Linux
import SystemPackage

extension ContainerInit {
    /// Tries each directory of `PATH` for a bare name, as `execvp(3)` does.
    mutating func execute(_ arguments: [String], _ environment: [String]) throws(SyscallError) {
        guard let name = arguments.first, !name.isEmpty else { throw SyscallError("no command", .invalidArgument) }
        try placeStreams()
        let argv = CStrings(arguments)
        let envp = CStrings(withHome(environment))
        var refusal = Errno.noSuchFileOrDirectory
        for path in candidates(for: name, environment) {
            unsafe execve(path, argv.pointers, envp.pointers)
            let error = Errno(rawValue: errno)
            switch error {
            case .noSuchFileOrDirectory, .notDirectory: continue
            case .permissionDenied: refusal = error
            default: throw SyscallError("execve", error)
            }
        }
        throw SyscallError(name.contains("/") ? "execve" : "look up in PATH", refusal)
    }

    mutating func execute(
        _ program: FileDescriptor, _ arguments: [String], _ environment: [String]
    ) throws(SyscallError) {
        try placeStreams()
        let argv = CStrings(arguments)
        let envp = CStrings(withHome(environment))
        try syscall("execveat") {
            unsafe linux_fexecve(program.rawValue, argv.pointers, envp.pointers)
        }
    }

    /// What ``execute(_:_:)`` will find, without running it: a regular file that this process may execute.
    func find(_ arguments: [String], _ environment: [String]) throws(SyscallError) {
        guard let name = arguments.first, !name.isEmpty else { throw SyscallError("no command", .invalidArgument) }
        var refusal = Errno.noSuchFileOrDirectory
        for path in candidates(for: name, environment) {
            do throws(SyscallError) {
                let file = try openFile(FilePath(path), .path)
                let kind = try file.borrow { fd throws(SyscallError) in try fd.status().kind }
                // Source: execve(2): EACCES for anything but a regular file.
                guard kind == .regular else { throw SyscallError("execve", .permissionDenied) }
                try syscall("access") { unsafe access(path, X_OK) }
                return
            } catch {
                switch error.errno {
                case .noSuchFileOrDirectory, .notDirectory: continue
                case .permissionDenied: refusal = error.errno
                default: throw error
                }
            }
        }
        throw SyscallError(name.contains("/") ? "execve" : "look up in PATH", refusal)
    }

    private func candidates(for name: String, _ environment: [String]) -> [String] {
        if name.contains("/") { return [name] }
        let path =
            environment.last { $0.hasPrefix("PATH=") }?.dropFirst(5)
            ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        return path.split(separator: ":", omittingEmptySubsequences: false).map { $0.isEmpty ? name : "\($0)/\(name)" }
    }

    /// Standard streams into place, all else closed by the exec: once, before a filter that may allow neither.
    mutating func placeStreams() throws(SyscallError) {
        if hasStreams { return }
        hasStreams = true
        // First out of the way of 0…2: a stream may itself be one of them.
        var moved: [Int32] = []
        for stream in streams { moved.append(try syscall("dup") { fcntl(stream.rawValue, F_DUPFD_CLOEXEC, 3) }) }
        for (target, fd) in moved.enumerated() { try syscall("dup2") { dup2(fd, Int32(target)) } }
        for fd in Int32(0)..<3 {
            // Non-blocking is a property of the open file: a program does not expect it.
            try syscall("fcntl") { linux_set_nonblocking(fd, 0) }
        }
        try syscall("close_range") { linux_close_range(3 + preserved, .max, 1) }
    }

    /// With `HOME`, if nobody set it.
    private func withHome(_ environment: [String]) -> [String] {
        environment.contains { $0.hasPrefix("HOME=") } ? environment : environment + ["HOME=\(home)"]
    }

    /// A sealed copy in memory, which a process beside it in the same PID namespace cannot open for writing.
    func copyProgram(_ path: String) throws(SyscallError) -> FileDescriptor {
        do {
            let content = try readFile(at: FilePath(path), limit: 1 << 20) ?? []
            return try sealedMemoryFile("program", content).release()
        } catch let error as SyscallError {
            throw error
        } catch {
            throw SyscallError("read \(path)", (error as? Errno) ?? .ioError)
        }
    }
}
