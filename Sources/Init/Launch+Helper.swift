import CLinux
import Glibc
import Linux
import SystemPackage

extension Launch {
    /// Clones the helper and waits until it has cloned the process: its sibling, and so a child of this one.
    ///
    /// A helper that fails has said so on the status pipe; it is then what is returned, and its end the process' end.
    func cloneByHelper(
        _ helper: InitProgram.Helper, _ cgroup: FileDescriptor?
    ) throws(SyscallError) -> (pid: Int32, pidfd: FileDescriptor) {
        let ends = try Pipe(nonBlockingReads: false).release()
        defer { try? ends.reading.close() }
        var pidfd: Int32 = -1
        let pid = try syscall("clone3") { unsafe linux_clone(0, cgroup?.rawValue ?? -1, &pidfd) }
        if pid == 0 { becomeHelper(helper, report: ends.writing) }
        try? ends.writing.close()
        var child: Int32 = 0
        let count = try syscall("read") { unsafe read(ends.reading.rawValue, &child, 4) }
        guard count == 4 else { return (pid, FileDescriptor(rawValue: pidfd)) }
        defer { close(pidfd) }
        var code: Int32 = 0
        // It ends of itself once it has told; nobody else may reap it here, for its number is known to nobody.
        try syscall("waitid") { unsafe linux_wait(pidfd, &code) }
        return (child, FileDescriptor(rawValue: try syscall("pidfd_open") { linux_pidfd_open(child, 0) }))
    }

    /// In the helper: the rights of the runtime, and none of the new namespaces.
    private func becomeHelper(_ helper: InitProgram.Helper, report told: FileDescriptor) -> Never {
        var process = ContainerInit(
            slots: slots, streams: streams, status: status, permit: permit, preserved: preserved)
        do throws(SyscallError) {
            try keepOnlyNeededDescriptors(and: [told])
            linux_reset_signals()
            _ = linux_prctl(LINUX_PR_SET_DUMPABLE, 0, 0)
            // Inherited, as are limits.
            if let value = program.oomScoreAdjustment { try process.adjustOOMScore(value) }
            try process.carryOut(helper.steps)
            try enterOthers()
            if program.namespaces.contains(.time) { try makeTimeNamespace(helper.clocks) }
            let gate = try Pipe(nonBlockingReads: false).release()
            let flags = program.namespaces.subtracting([.cgroup, .time]).rawValue | UInt64(LINUX_CLONE_PARENT)
            var child = try syscall("clone3") { linux_clone(flags, -1, nil) }
            if child == 0 {
                try? told.close()
                becomeMappedProcess(&process, gate.reading, gate.writing)
            }
            try? gate.reading.close()
            try writeIDMaps(of: child, uids: helper.uids, gids: helper.gids)
            // Source: pipe(7): four bytes are written at once or not at all.
            _ = unsafe write(gate.writing.rawValue, &child, 4)
            _ = unsafe write(told.rawValue, &child, 4)
            _exit(0)
        } catch {
            report(.failure, error, to: status)
        }
        _exit(127)
    }

    /// Those of the runtime's user namespace first: who has entered another has no rights over them any more.
    private func enterOthers() throws(SyscallError) {
        for join in joins {
            let kinds = join.kinds.subtracting([.mount, .user])
            if !kinds.isEmpty { try enter(join, kinds) }
        }
        for join in joins where join.kinds.contains(.user) { try enter(join, .user) }
    }

    /// Source: `time_namespaces(7)`: the offsets can be set until the first process is in, which is the next child.
    private func makeTimeNamespace(_ clocks: [InitProgram.ClockOffset]) throws(SyscallError) {
        let offsets = clocks.map { "\($0.clock) \($0.seconds) \($0.nanoseconds)\n" }.joined()
        // Opened before: in a joined user namespace the file would be out of reach.
        try syscall("make time namespace") { linux_unshare(Namespaces.time.rawValue) }
        if !offsets.isEmpty { try writeKernelFile("/proc/self/timens_offsets", offsets) }
    }

    /// In the container's process: nothing is done before its ids mean something.
    private func becomeMappedProcess(
        _ process: inout ContainerInit, _ gate: FileDescriptor, _ other: FileDescriptor
    ) -> Never {
        do throws(SyscallError) {
            try? other.close()
            var number: Int32 = 0
            guard unsafe read(gate.rawValue, &number, 4) == 4 else { _exit(127) }
            try? gate.close()
            if program.namespaces.contains(.user) || joins.contains(where: { $0.kinds.contains(.user) }) {
                try becomeRoot()
            }
            try finish(&process)
        } catch {
            report(.failure, error, to: process.status)
        }
        _exit(127)
    }

    /// The user namespace's own root, if it has one: what is made in the container belongs to it.
    private func becomeRoot() throws(SyscallError) {
        for change in [linux_setgid, linux_setuid] {
            do throws(SyscallError) {
                try syscall("become root of the user namespace") { change(0) }
            } catch {
                // Source: setresuid(2): EINVAL for an id that the namespace does not map.
                if error.errno != .invalidArgument { throw error }
            }
        }
    }
}
