import CLinux
import Glibc
package import Linux
package import SystemPackage

/// A process about to be cloned: all that the child needs, and that its parent must close afterwards.
package struct Launch {
    package struct Join {
        package let fd: FileDescriptor
        package let kinds: Namespaces
        package let name: String
        package let isOwned: Bool

        package init(fd: FileDescriptor, kinds: Namespaces, name: String, isOwned: Bool) {
            self.fd = fd
            self.kinds = kinds
            self.name = name
            self.isOwned = isOwned
        }

        /// Those that a process enters itself: into a PID namespace it is cloned, into another's mounts it goes last.
        var entered: Namespaces { Namespaces(rawValue: kinds.rawValue & ~Self.enteredOtherwise) }
        private static let enteredOtherwise = Namespaces.pid.rawValue | Namespaces.mount.rawValue
    }

    package let program: InitProgram
    /// The directory of the group that the process is made in; `nil`: its parent's.
    package let cgroup: String?
    /// Input, output, error.
    package let streams: [FileDescriptor]
    package let slots: [FileDescriptor]
    /// Where the child says what went wrong: ``ChildMessages``.
    package let status: FileDescriptor
    package let joins: [Join]
    /// Where the child hears, by one byte, that it has been taken note of: before that it runs nothing of the container's,
    /// and with the end of whoever would tell it, it ends. `nil`: it need not wait.
    package let permit: FileDescriptor?
    /// How many descriptors from 3 on the program inherits.
    package let preserved: UInt32
    /// A namespace of ``makeBareMounts()``, for a process that leaves the host's mounts; `nil`: it has a copy of them first.
    package let bareMounts: FileDescriptor?

    package init(
        program: InitProgram, cgroup: String?, streams: [FileDescriptor], slots: [FileDescriptor],
        status: FileDescriptor, joins: [Join], permit: FileDescriptor? = nil, preserved: UInt32 = 0,
        bareMounts: FileDescriptor? = nil
    ) {
        self.program = program
        self.cgroup = cgroup
        self.streams = streams
        self.slots = slots
        self.status = status
        self.joins = joins
        self.permit = permit
        self.preserved = preserved
        self.bareMounts = program.leavesHostMounts ? bareMounts : nil
    }

    package func closeJoins() {
        for join in joins where join.isOwned { try? join.fd.close() }
    }

    /// `clone3(2)` into the cgroup and the new namespaces; the child never returns.
    ///
    /// A PID namespace cannot be entered, only be given to children: its parent does so for the moment of the clone. A
    /// cgroup namespace has its root where its maker is: the child makes its own when it is in its cgroup. A
    /// process that leaves the host's mounts (``bareMounts``) makes its mount namespace itself, then. With a helper
    /// (``InitProgram/Helper``), this waits until it has cloned the process.
    package func clone(ownPIDs: FileDescriptor?) throws(SyscallError) -> (pid: Int32, pidfd: FileDescriptor) {
        var cgroup: FileDescriptor?
        if let path = self.cgroup { cgroup = try openDirectory(FilePath(path)).release() }
        defer { try? cgroup?.close() }
        if let helper = program.helper { return try cloneByHelper(helper, cgroup) }
        if let joined = joins.first(where: { $0.kinds.contains(.pid) }) {
            try syscall("join PID namespace of \(joined.name)") {
                linux_setns(joined.fd.rawValue, Int32(Namespaces.pid.rawValue))
            }
        }
        var pidfd: Int32 = -1
        let flags = program.namespaces.subtracting(bareMounts == nil ? .cgroup : [.cgroup, .mount]).rawValue
        let cloned = unsafe linux_clone(flags, cgroup?.rawValue ?? -1, &pidfd)
        let reason = errno
        if cloned == 0 { becomeProcess() }
        do throws(SyscallError) {
            try comeBack(to: ownPIDs)
        } catch {
            if cloned > 0 { Self.end(FileDescriptor(rawValue: pidfd)) }
            throw error
        }
        if cloned < 0 { throw SyscallError("clone3", Errno(rawValue: reason)) }
        return (cloned, FileDescriptor(rawValue: pidfd))
    }

    /// Leaves the PID namespace that was joined for a child.
    ///
    /// - Throws: whoever goes on nevertheless puts its next child there, too.
    package func comeBack(to ownPIDs: FileDescriptor?) throws(SyscallError) {
        guard joins.contains(where: { $0.kinds.contains(.pid) }) else { return }
        try syscall("return to own PID namespace") {
            linux_setns(ownPIDs?.rawValue ?? -1, Int32(Namespaces.pid.rawValue))
        }
    }

    private static func end(_ child: FileDescriptor) {
        var code: Int32 = 0
        if (try? child.signalProcess(SIGKILL)) != nil { _ = unsafe linux_wait(child.rawValue, &code) }
        try? child.close()
    }

    /// In the child: ordinary Swift, as its parent has one thread.
    private func becomeProcess() -> Never {
        var process = cloned
        do throws(SyscallError) {
            try keepOnlyNeededDescriptors()
            linux_reset_signals()
            if let value = program.oomScoreAdjustment { try process.adjustOOMScore(value) }
            for join in joins where !join.entered.isEmpty { try enter(join, join.entered) }
            try finish(&process)
        } catch {
            report(.failure, error, to: process.status)
        }
        _exit(127)
    }

    private var cloned: ContainerInit {
        ContainerInit(
            slots: slots, streams: streams, status: status, permit: permit, preserved: preserved,
            bareMounts: bareMounts)
    }

    /// Does what ``becomeProcess()`` does before its steps, without effect: see ``Rehearsal``.
    func rehearse() {
        _ = cloned
        _ = unneededDescriptors(beside: [])
        _ = joins.map(\.entered)
    }

    /// The rest, which needs what was joined before.
    func finish(_ process: inout ContainerInit) throws(SyscallError) {
        // With the mounts, the process gets another root and loses what paths mean.
        for join in joins where join.kinds.contains(.mount) { try enter(join, .mount) }
        if program.namespaces.contains(.cgroup) {
            try syscall("make cgroup namespace") { linux_unshare(Namespaces.cgroup.rawValue) }
        }
        try process.run(program.steps)
    }

    func enter(_ join: Join, _ kinds: Namespaces) throws(SyscallError) {
        try syscall("join namespaces of \(join.name)") {
            linux_setns(join.fd.rawValue, Int32(truncatingIfNeeded: kinds.rawValue))
        }
    }

    /// What the parent holds for others must not stay open in a child that takes its time: the other end would never
    /// see it close.
    func keepOnlyNeededDescriptors(and others: [FileDescriptor] = []) throws(SyscallError) {
        for range in unneededDescriptors(beside: others) {
            try syscall("close_range") { linux_close_range(range.lowerBound, range.upperBound, 0) }
        }
    }

    private func unneededDescriptors(beside others: [FileDescriptor]) -> [ClosedRange<UInt32>] {
        let needed = streams + slots + others + [status] + [permit, bareMounts].compactMap(\.self) + joins.map(\.fd)
        var ranges: [ClosedRange<UInt32>] = []
        var next: UInt32 = 3 + preserved
        for fd in needed.map({ UInt32(bitPattern: $0.rawValue) }).sorted() where fd >= next {
            if fd > next { ranges.append(next...fd - 1) }
            next = fd + 1
        }
        return ranges + [next...UInt32.max]
    }
}

/// Tells the parent; more than a pipe takes cannot come.
func report(_ kind: ChildMessages.Kind, _ error: SyscallError, to status: FileDescriptor) {
    _ = try? status.writeAll(ChildMessages.encode(kind, error))
}
