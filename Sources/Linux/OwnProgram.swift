import CLinux
import Glibc
package import SystemPackage

/// Goes on as the same program, run from where nobody can write to it: CVE-2019-5736.
///
/// A container may name `/proc/self/exe` as its program, or as the interpreter of a script: then it is this program that
/// runs in the container, and through the link of that process the file of the host could be opened for writing as soon
/// as nobody runs it any more. Mostly the program runs from a read-only mount by now: see `CEarly`. Who may not make such
/// a mount takes a sealed copy in memory. Returns when nothing is left to do.
package func protectOwnProgram(named name: String) throws {
    if try isProtected() {
        setOwnName(name)
        return
    }
    let program = try sealedMemoryFile(name, try readFile(at: "/proc/self/exe") ?? [])
    let arguments = CStrings(programArguments())
    try program.borrow { fd throws(SyscallError) in
        _ = try syscall("run \(name) anew") { unsafe linux_become(fd.rawValue, arguments.pointers) }
    }
}

/// Read-only where it is mounted, or sealed: no process that runs it gives a way to its bytes.
private func isProtected() throws(SyscallError) -> Bool {
    do throws(SyscallError) {
        // Source: access(2): EROFS for a file of a read-only mount, whoever asks.
        try syscall("access /proc/self/exe") { unsafe access("/proc/self/exe", W_OK) }
    } catch {
        if error.errno == .readOnlyFileSystem { return true }
        guard error.errno == .permissionDenied || error.errno == .textFileBusy else { throw error }
    }
    return try openFile("/proc/self/exe", .readOnly).borrow { fd throws(SyscallError) in
        // Source: fcntl(2): F_SEAL_WRITE 8; a file that is not in memory has no seals and says EINVAL.
        let seals = linux_memfd_seals(fd.rawValue)
        return seals > 0 && seals & 8 != 0
    }
}

/// What `ps` calls this thread, or a process with only one: at most 15 bytes. A program that is run by descriptor is
/// named after the descriptor's number before Linux 6.14, and after its file since.
///
/// - SeeAlso: `prctl(2)` PR_SET_NAME.
package func setOwnName(_ name: String) {
    _ = unsafe name.withCString { linux_prctl(LINUX_PR_SET_NAME, UInt64(UInt(bitPattern: $0)), 0) }
}

/// Hides this process' memory and descriptors from every other that has not more rights than it, and those of its
/// children until their exec: CVE-2016-9962.
///
/// - SeeAlso: `prctl(2)` PR_SET_DUMPABLE, `ptrace(2)` on access checks.
package func hideFromTracing() throws(SyscallError) {
    try syscall("prctl PR_SET_DUMPABLE") { linux_prctl(LINUX_PR_SET_DUMPABLE, 0, 0) }
}

/// Checks that somebody gave these descriptors to this process: a number that nobody gave would come to mean a file of
/// ours (CVE-2024-21626).
///
/// Source: what is inherited over an exec has no close-on-exec flag, what this program opens has.
package func isInherited(_ descriptor: FileDescriptor) -> Bool {
    let flags = fcntl(descriptor.rawValue, F_GETFD)
    return flags != -1 && flags & FD_CLOEXEC == 0
}
