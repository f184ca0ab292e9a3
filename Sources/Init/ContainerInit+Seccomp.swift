import CLinux
import Glibc
import Linux
import SystemPackage

extension ContainerInit {
    func load(
        _ program: [UInt8], _ flags: UInt32, _ listener: InitProgram.Slot?
    ) throws(SyscallError) {
        guard let listener else { return _ = try load(program, flags) }
        let ends = try Pipe(nonBlockingReads: false).release()
        let sender = try startSender(of: ends.reading, to: try fd(listener))
        var number = try load(program, flags | UInt32(LINUX_SECCOMP_NEW_LISTENER))
        let count = try syscall("write") { unsafe Glibc.write(ends.writing.rawValue, &number, 4) }
        guard count == 4 else { throw SyscallError("write", .ioError) }
        // The filter may hold this call back, or refuse it: the first one has somebody to answer it by now.
        _ = try? PidFD(pid: sender).wait()
    }

    @discardableResult
    private func load(_ program: [UInt8], _ flags: UInt32) throws(SyscallError) -> Int32 {
        try syscall("seccomp") {
            unsafe program.withUnsafeBytes { unsafe linux_seccomp($0.baseAddress, UInt64($0.count), flags) }
        }
    }

    /// A process that shares this one's descriptors, but not its filter: it learns the listener's number and sends it.
    /// Source: clone(2), CLONE_FILES.
    private func startSender(of number: FileDescriptor, to socket: FileDescriptor) throws(SyscallError) -> Int32 {
        let parent = getpid()
        let pid = try syscall("clone3") { linux_clone(UInt64(LINUX_CLONE_FILES), -1, nil) }
        if pid != 0 { return pid }
        _ = linux_prctl(LINUX_PR_SET_PDEATHSIG, UInt64(SIGKILL), 0)
        if getppid() != parent { _exit(0) }
        var listener: Int32 = -1
        if unsafe read(number.rawValue, &listener, 4) == 4, listener >= 0 {
            try? socket.sendPacket(
                [InitProgram.Stage.seccomp.rawValue], descriptors: [FileDescriptor(rawValue: listener)])
        }
        _exit(0)
    }
}
