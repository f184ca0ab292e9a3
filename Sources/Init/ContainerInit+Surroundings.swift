import CLinux
import Glibc
import Linux
import SystemPackage

extension ContainerInit {
    /// What belongs to the process and not to its files.
    mutating func performSurroundings(_ step: InitProgram.Step) throws(SyscallError) {
        switch step {
        case .makeTerminal(let terminal): try make(terminal)
        case .takeTerminal: try syscall("ioctl TIOCSCTTY") { linux_terminal_take(streams[0].rawValue) }
        case .meet(let slot, let stage): try meet(try fd(slot), stage)
        case .awaitStart(let slot): try awaitStart(try fd(slot))
        case .runHook(let hook): try hook.run(state: state, output: streams[1], errors: streams[2])
        case .checkProgram(let arguments, let environment): try find(arguments, environment)
        case .setSecurityLabel(let module, let label, let proc): try confine(module, label, proc: try fd(proc))
        case .raiseLoopback: try syscall("ioctl SIOCSIFFLAGS lo") { linux_raise_loopback() }
        case .lookUp(let credentials, let root): account = try Account(credentials, root: try fd(root))
        case .giveStreams(let uid, let gid): try giveStreams(to: uid, gid)
        case .setPersonality(let persona): try syscall("personality") { linux_personality(persona) }
        case .setScheduler(let scheduler): try apply(scheduler)
        case .setIOPriority(let priority): try syscall("ioprio_set") { linux_ioprio_set(priority) }
        case .setAffinity(let mask):
            try syscall("sched_setaffinity") {
                unsafe mask.withUnsafeBytes { unsafe linux_sched_setaffinity($0.baseAddress, UInt64($0.count)) }
            }
        case .setMemoryPolicy(let mode, let nodes):
            try syscall("set_mempolicy") {
                unsafe linux_set_mempolicy(Int32(bitPattern: mode), nodes, UInt64(nodes.count * 64))
            }
        default: preconditionFailure("a step that nobody performs")
        }
    }

    /// The maker must be there: a container that nobody waits for any more does not go on.
    private mutating func meet(_ socket: FileDescriptor, _ stage: InitProgram.Stage) throws(SyscallError) {
        try socket.sendPacket([stage.rawValue])
        state = try receiveState(from: socket)
    }

    /// `accept(2)`, and the caller's connection in place of the status pipe: its end tells whoever made the process that it
    /// is ready.
    private mutating func awaitStart(_ listener: FileDescriptor) throws(SyscallError) {
        // Tried once before nobody listens any more: with no descriptor to be had, it could never be started.
        var caller = try UnixSocket.acceptPending(listener)?.release()
        try listener.makeBlocking()
        try? status.close()
        while true {
            let connection = if let caller { caller } else { try accept(on: listener) }
            try connection.makeBlocking()
            status = connection
            if let said = try receivePacket(from: connection) {
                state = said
                return
            }
            // Whoever it was, it has left without saying what it came for.
            try? connection.close()
            caller = nil
        }
    }

    /// Waits for a caller. There is nobody to be told of a refusal, so it has to last to be believed.
    private func accept(on listener: FileDescriptor) throws(SyscallError) -> FileDescriptor {
        var refusals = 0
        while true {
            do throws(SyscallError) {
                return FileDescriptor(rawValue: try syscall("accept") { linux_accept(listener.rawValue) })
            } catch {
                refusals += 1
                if refusals > 9 { throw error }
            }
        }
    }

    private func receiveState(from socket: FileDescriptor) throws(SyscallError) -> [UInt8] {
        guard let state = try receivePacket(from: socket) else {
            throw SyscallError("whoever makes the container is gone", .connectionReset)
        }
        return state
    }

    /// One packet of whatever size it has; `nil` when the other end is closed.
    private func receivePacket(from socket: FileDescriptor) throws(SyscallError) -> [UInt8]? {
        // Source: unix(7), recv(2): MSG_TRUNC tells the whole length of a packet; MSG_PEEK leaves it.
        let flags = Int32(MSG_PEEK) | Int32(MSG_TRUNC)
        let size = try syscall("receive state") { recv(socket.rawValue, nil, 0, flags) }
        guard size > 0 else { return nil }
        var packet = [UInt8](repeating: 0, count: size)
        let count = try syscall("receive state") {
            unsafe packet.withUnsafeMutableBytes { unsafe recv(socket.rawValue, $0.baseAddress, $0.count, 0) }
        }
        return Array(packet.prefix(count))
    }

    /// Source: `apparmor(7)`: "exec PROFILE" into attr/apparmor/exec, or attr/exec before Linux 5.8; selinux(8): the
    /// context into attr/exec. A kernel without the module refuses the write, or has no such file.
    private func confine(
        _ module: InitProgram.SecurityModule, _ label: String, proc: FileDescriptor
    ) throws(SyscallError) {
        let directory = "\(getpid())/attr"
        switch module {
        case .selinux: try write(label, to: "\(directory)/exec", in: proc)
        case .apparmor:
            do throws(SyscallError) {
                try write("exec \(label)", to: "\(directory)/apparmor/exec", in: proc)
            } catch {
                guard error.errno == .noSuchFileOrDirectory else { throw error }
                try write("exec \(label)", to: "\(directory)/exec", in: proc)
            }
        }
    }

    private func apply(_ scheduler: InitProgram.Scheduler) throws(SyscallError) {
        var attributes = linux_scheduler(
            policy: scheduler.policy, flags: scheduler.flags, nice: scheduler.nice, priority: scheduler.priority,
            runtime: scheduler.runtime, deadline: scheduler.deadline, period: scheduler.period, least: 0, most: 0)
        try syscall("sched_setattr") { unsafe linux_sched_setattr(&attributes) }
    }
}
