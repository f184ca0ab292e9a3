package import SystemPackage

/// A process that does nothing but be there: what keeps a scope of systemd's alive.
package struct Keeper: ~Copyable {
    package let pid: Int32
    private let process: PidFD

    /// Starts the program; it is this process' child, and outlives it.
    private init(pid: Int32, process: consuming PidFD) {
        self.pid = pid
        self.process = process
    }

    /// Starts the program; it is this process' child, and outlives it.
    package static func start(_ program: FilePath) throws -> Keeper {
        let file = try FileDescriptor.open(program, .readOnly, options: .closeOnExec)
        defer { try? file.close() }
        let null = try FileDescriptor.open(FilePath("/dev/null"), .readWrite, options: .closeOnExec)
        defer { try? null.close() }
        let process = try spawn(program: file, arguments: ["swiftlet-keeper"], socket: null)
        let pid = try process.processNumber()
        return Keeper(pid: pid, process: process)
    }

    package consuming func end() throws {
        try process.send(9)
        _ = try process.wait()
    }
}

extension PidFD {
    /// The process' number, read off the descriptor's `/proc/self/fdinfo`.
    borrowing func processNumber() throws -> Int32 {
        let fd = borrow { $0.rawValue }
        let text = String(decoding: try readFile(at: FilePath("/proc/self/fdinfo/\(fd)")) ?? [], as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix("Pid:") }
        guard let number = line.flatMap({ Int32($0.dropFirst(4).filter { !$0.isWhitespace }) }) else {
            throw SyscallError("read /proc/self/fdinfo/\(fd)", .noSuchProcess)
        }
        return number
    }
}
