import CLinux
import Glibc
import Linux
import Shim
import SystemPackage

/// A process about to be cloned: all that the child needs, and that the shim must close afterwards.
struct Launch {
    struct Join {
        let fd: FileDescriptor
        let kinds: Namespaces
        let name: String
        let isOwned: Bool
    }

    let request: StartRequest
    /// Input, output, error.
    let streams: [FileDescriptor]
    let slots: [FileDescriptor]
    let status: FileDescriptor
    let joins: [Join]

    func closeJoins() {
        for join in joins where join.isOwned { try? join.fd.close() }
    }

    /// `clone3(2)` into the cgroup and the new namespaces; the child never returns.
    ///
    /// A PID namespace cannot be entered, only be given to children: the shim does so for the moment of the clone. A
    /// cgroup namespace has its root where its maker is: the child makes its own when it is in its cgroup.
    func clone(ownPIDs: FileDescriptor?) throws(SyscallError) -> (pid: Int32, pidfd: FileDescriptor) {
        var cgroup: FileDescriptor?
        if let path = request.cgroup { cgroup = try openDirectory(FilePath(path)).release() }
        defer { try? cgroup?.close() }
        let joined = joins.first { $0.kinds.contains(.pid) }
        if let joined {
            try syscall("join PID namespace of \(joined.name)") {
                linux_setns(joined.fd.rawValue, Int32(Namespaces.pid.rawValue))
            }
        }
        defer {
            // Going on in the wrong namespace would put the next container into it.
            if joined != nil, linux_setns(ownPIDs?.rawValue ?? -1, Int32(Namespaces.pid.rawValue)) != 0 { exit(1) }
        }
        var pidfd: Int32 = -1
        let flags = request.program.namespaces.subtracting(.cgroup).rawValue
        let pid = try syscall("clone3") { unsafe linux_clone(flags, cgroup?.rawValue ?? -1, &pidfd) }
        if pid == 0 { becomeProcess() }
        return (pid, FileDescriptor(rawValue: pidfd))
    }

    /// In the child: ordinary Swift, as the shim has one thread.
    private func becomeProcess() -> Never {
        do throws(SyscallError) {
            keepOnlyNeededDescriptors()
            linux_reset_signals()
            for join in joins {
                let kinds = join.kinds.subtracting([.pid, .mount])
                if !kinds.isEmpty { try enter(join, kinds) }
            }
            // Last: with the mounts, the process gets another root and loses what paths mean.
            for join in joins where join.kinds.contains(.mount) { try enter(join, .mount) }
            if request.program.namespaces.contains(.cgroup) {
                try syscall("make cgroup namespace") { linux_unshare(Namespaces.cgroup.rawValue) }
            }
            var process = ContainerInit(slots: slots, streams: streams, status: status)
            try process.run(request.program.steps)
        } catch {
            report(.failure, error, to: status)
        }
        _exit(127)
    }

    private func enter(_ join: Join, _ kinds: Namespaces) throws(SyscallError) {
        try syscall("join namespaces of \(join.name)") {
            linux_setns(join.fd.rawValue, Int32(truncatingIfNeeded: kinds.rawValue))
        }
    }

    /// What the shim holds for others must not stay open in a child that takes its time: the other end would never
    /// see it close.
    private func keepOnlyNeededDescriptors() {
        let needed = Set((streams + slots + [status] + joins.map(\.fd)).map { UInt32(bitPattern: $0.rawValue) })
        var next: UInt32 = 3
        for fd in needed.sorted() where fd >= 3 {
            if fd > next { _ = linux_close_range(next, fd - 1, 0) }
            next = fd + 1
        }
        _ = linux_close_range(next, .max, 0)
    }
}

/// Tells the shim; more than a pipe takes cannot come.
func report(_ kind: ChildMessages.Kind, _ error: SyscallError, to status: FileDescriptor) {
    _ = try? status.writeAll(ChildMessages.encode(kind, error))
}

/// The standard streams of a process, and the ends of them that the shim reads.
struct StreamSet {
    let child: [FileDescriptor]
    private let owned: [FileDescriptor]
    private let reading: [(FileDescriptor, LogPump.Stream)]

    /// - Parameter descriptors: those of the request; streams are taken off the front.
    init(_ streams: StandardStreams, _ descriptors: inout [FileDescriptor]) throws {
        switch streams {
        case .null:
            let null = try openFile("/dev/null", .readWrite).release()
            (child, owned, reading) = ([null, null, null], [null], [])
        case .descriptors:
            guard descriptors.count >= 3 else { throw ByteError.invalid("number of descriptors") }
            let given = Array(descriptors.prefix(3))
            descriptors.removeFirst(3)
            (child, owned, reading) = (given, given, [])
        case .log:
            let null = try openFile("/dev/null", .readOnly).release()
            let (output, error) = (try Pipe().release(), try Pipe().release())
            child = [null, output.writing, error.writing]
            owned = child
            reading = [(output.reading, .output), (error.reading, .error)]
        }
    }

    func closeChildEnds() { for fd in owned { try? fd.close() } }
    func takeReadingEnds() -> [(FileDescriptor, LogPump.Stream)] { reading }
}
