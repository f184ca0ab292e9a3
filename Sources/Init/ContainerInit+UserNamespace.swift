import CLinux
import Glibc
import Linux
import SystemPackage

extension ContainerInit {
    /// The namespace of a process that lives only until it is mapped.
    func makeUserNamespace(
        uids: [InitProgram.IDRange], gids: [InitProgram.IDRange]
    ) throws(SyscallError) -> FileDescriptor {
        let ends = try Pipe(nonBlockingReads: false).release()
        let pid = try syscall("clone3") { linux_clone(Namespaces.user.rawValue, -1, nil) }
        if pid == 0 {
            try? ends.writing.close()
            var byte: UInt8 = 0
            _ = unsafe read(ends.reading.rawValue, &byte, 1)
            _exit(0)
        }
        try? ends.reading.close()
        let process = try PidFD(pid: pid)
        defer {
            try? ends.writing.close()
            var code: Int32 = 0
            process.borrow { _ = unsafe linux_wait($0.rawValue, &code) }
        }
        try writeIDMaps(of: pid, uids: uids, gids: gids)
        return try openFile(FilePath("/proc/\(pid)/ns/user"), .readOnly).release()
    }
}

/// The id maps of a process in a new user namespace, by one that has the rights for any map.
///
/// Source: `user_namespaces(7)`: each file is written once, and in one write.
func writeIDMaps(
    of pid: Int32, uids: [InitProgram.IDRange], gids: [InitProgram.IDRange]
) throws(SyscallError) {
    for (name, ranges) in [("uid_map", uids), ("gid_map", gids)] where !ranges.isEmpty {
        let lines = ranges.map { "\($0.inside) \($0.outside) \($0.count)\n" }.joined()
        try writeKernelFile("/proc/\(pid)/\(name)", lines)
    }
}

/// One write to a file of the kernel's, at a path that no container has a say in.
func writeKernelFile(_ path: String, _ text: String) throws(SyscallError) {
    let bytes = Array(text.utf8)
    try openFile(FilePath(path), .writeOnly).borrow { fd throws(SyscallError) in
        _ = try syscall("write \(path)") {
            unsafe bytes.withUnsafeBytes { unsafe write(fd.rawValue, $0.baseAddress, $0.count) }
        }
    }
}
