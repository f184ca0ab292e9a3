import CLinux
import Glibc
import Init
import Linux
import Shim
import SystemPackage

/// The agent's zygote: forks a shim for each pod, and ends when the agent does. Its shims stay.
struct ZygoteLoop {
    let socket: FileDescriptor
    let cgroup: String?

    func run() -> Never {
        setOwnName("swiftlet-zygote")
        // Nobody may look into this process, or one forked from it, before it has executed its program.
        _ = linux_prctl(LINUX_PR_SET_DUMPABLE, 0, 0)
        // Children of a shim that died come here, and not to process 1.
        _ = linux_prctl(LINUX_PR_SET_CHILD_SUBREAPER, 1, 0)
        // Each cloned process maps anew the code that it runs: by huge pages with a few faults instead of fifty. A
        // kernel that cannot leaves it as it is.
        _ = linux_collapse_code()
        PodLoop.rehearse()
        _ = linux_close_range(4, .max, 0)
        if let cgroup { try? replaceContent(of: "\(cgroup)/cgroup.procs", with: "0") }
        // Without it containers start all the same, later on a host with many mounts: whoever asks for a shim is told.
        let bareMounts = Result { () throws(SyscallError) in try makeBareMounts() }
        do {
            let signals = try signalDescriptor([SIGCHLD]).release()
            let queue = try EventQueue()
            try queue.add(socket, token: 0)
            try queue.add(signals, token: 1)
            var buffer = [UInt8](repeating: 0, count: 1024)
            while true {
                for token in try queue.wait() {
                    if token == 0 { serve(&buffer, bareMounts) } else { reap(signals) }
                }
            }
        } catch {
            exit(1)
        }
    }

    private func reap(_ signals: FileDescriptor) {
        drain(signals)
        while (try? ReapedChild.next()) != nil {}
    }

    private func serve(_ buffer: inout [UInt8], _ bareMounts: Result<FileDescriptor, SyscallError>) {
        do {
            guard let packet = try socket.receivePacket(into: &buffer) else { exit(0) }
            let request = try ForkRequest(decoding: packet.bytes)
            let descriptors = packet.takeDescriptors()
            defer { for fd in descriptors { try? fd.close() } }
            guard descriptors.count == (request.hasCgroup ? 3 : 2) else { return }
            let reply = Result { () throws(SyscallError) in try fork(request, descriptors, bareMounts) }
            switch reply {
            case .success(let shim):
                defer { try? shim.pidfd.close() }
                do throws(SyscallError) {
                    try descriptors[0].sendPacket(shim.reply.encoded(), descriptors: [shim.pidfd])
                } catch {
                    // Whoever asked is gone, and the next agent may have looked for the shim already: it must not stay.
                    try syscall("kill shim") { linux_pidfd_send_signal(shim.pidfd.rawValue, SIGKILL) }
                }
            case .failure(let error):
                try descriptors[0].sendPacket(ShimReply(error, in: "fork shim").encoded())
            }
        } catch {
            // The packet was not ours, or whoever asked is gone. Nothing is held for it.
        }
    }

    private func fork(
        _ request: ForkRequest, _ descriptors: [FileDescriptor], _ bareMounts: Result<FileDescriptor, SyscallError>
    ) throws(SyscallError) -> (reply: ShimReply, pidfd: FileDescriptor) {
        var pidfd: Int32 = -1
        let cgroup = request.hasCgroup ? descriptors[2].rawValue : -1
        let pid = try syscall("clone3") { unsafe linux_clone(0, cgroup, &pidfd) }
        if pid == 0 { becomeShim(request.name, listener: descriptors[1], try? bareMounts.get()) }
        let started = (try? startTime(ofProcess: pid)) ?? 0
        let state = ProcessState(id: request.name, pid: pid, startTime: started)
        var warnings: [String] = []
        if case .failure(let error) = bareMounts { warnings.append("\(error)") }
        return (.process(state, warnings: warnings), FileDescriptor(rawValue: pidfd))
    }

    private func becomeShim(_ name: String, listener: FileDescriptor, _ bareMounts: FileDescriptor?) -> Never {
        setsid()
        setOwnName(name)
        // The listening socket becomes 3, the namespace 4, and nothing of the zygote stays open behind them.
        let kept = [listener, bareMounts].compactMap(\.self)
        for (number, fd) in zip(Int32(3)..., kept) {
            dup2(fd.rawValue, number)
            _ = fcntl(number, F_SETFD, FD_CLOEXEC)
        }
        _ = linux_close_range(UInt32(3 + kept.count), .max, 0)
        PodLoop(
            listener: FileDescriptor(rawValue: 3), bareMounts: bareMounts.map { _ in FileDescriptor(rawValue: 4) }
        ).run()
    }
}

/// Empties a signalfd or pipe that only rings.
func drain(_ fd: FileDescriptor) {
    var buffer = [UInt8](repeating: 0, count: 1024)
    while unsafe buffer.withUnsafeMutableBytes({ unsafe read(fd.rawValue, $0.baseAddress, $0.count) }) == buffer.count {
    }
}

/// Writes to a file of the kernel's: one write, no create.
func replaceContent(of path: String, with text: String) throws {
    let file = try openFile(FilePath(path), .writeOnly)
    try file.borrow { fd in _ = try fd.writeAll(text.utf8) }
}

extension ShimReply {
    init(_ error: any Error, in context: String) {
        let errno = (error as? SyscallError)?.errno ?? (error as? Errno) ?? .invalidArgument
        self = .failure(message: "\(context): \(error)", errno: errno.rawValue)
    }
}
