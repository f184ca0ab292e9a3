import CLinux
import Glibc
import Init
import Linux
import Shim
import SystemPackage

extension PodLoop {
    /// Carries out one request. Whatever is wrong with it is thrown, and becomes the answer.
    func handle(_ packet: consuming UnixSocket.Packet, from client: FileDescriptor, _ token: UInt64) throws {
        var content = Array(packet.bytes.dropFirst())
        let isLarge = packet.bytes.first == 1
        var descriptors = packet.takeDescriptors()
        defer { for fd in descriptors { try? fd.close() } }
        if isLarge {
            guard let file = descriptors.popLast() else { throw ByteError.truncated }
            defer { try? file.close() }
            content = try readSealedMemoryFile(file, limit: ShimRequest.largest)
        }
        let waiter = KeptProcess.Waiter(client: client, token: token)
        switch try ShimRequest(decoding: content) {
        case .start(let request): try start(request, &descriptors, for: waiter)
        case .list: answer(client, token, .states(processes.values.map(\.state)))
        case .open(let id):
            open(try kept(id), for: waiter)
        case .signal(let id, let number, let all):
            let process = try kept(id)
            try process.send(number, all: all)
            answer(client, token, .done)
        case .wait(let id): try wait(id, waiter)
        case .remove(let id):
            try remove(id)
            answer(client, token, .done)
        case .attach(let id):
            let input = try attach(to: try kept(id), &descriptors)
            answer(client, token, .done, descriptors: [input].compactMap(\.self))
        case .closeInput(let id):
            try kept(id).input = nil
            answer(client, token, .done)
        case .shutdown:
            if processes.values.contains(where: { $0.exit == nil }) {
                throw SyscallError("shut down with running processes", .resourceBusy)
            }
            answer(client, token, .done)
            exit(0)
        }
    }

    private func wait(_ id: String, _ waiter: KeptProcess.Waiter) throws(SyscallError) {
        // One that its runtime has not left to the shim, and that is gone, would be waited for without end.
        handOver(try kept(id))
        let process = try kept(id)
        guard let exit = process.exit else { return process.wait(waiter) }
        if process.isTransient { processes[id] = nil }
        answer(waiter.client, waiter.token, .exited(exit))
    }

    private func open(_ process: KeptProcess, for waiter: KeptProcess.Waiter) {
        // What its runtime starts is not known yet, and whoever asked for it is gone.
        if process.pidFile != nil, process.starter == nil {
            process.starter = waiter
            return handOver(process)
        }
        let pidfd = process.pidfd.borrow { $0 }
        answer(waiter.client, waiter.token, .process(process.state, warnings: []), descriptors: [pidfd])
    }

    private func kept(_ id: String) throws(SyscallError) -> KeptProcess {
        guard let process = processes[id] else { throw SyscallError("find \(id)", .noSuchProcess) }
        return process
    }

    private func remove(_ id: String) throws(SyscallError) {
        guard let process = processes[id] else { return }
        if process.exit == nil { throw SyscallError("remove \(id)", .resourceBusy) }
        closeOutput(of: process)
        processes[id] = nil
    }

    /// Clones the process. It answers for itself: through its status pipe, which ends when its program runs.
    private func start(
        _ request: StartRequest, _ descriptors: inout [FileDescriptor], for waiter: KeptProcess.Waiter
    ) throws {
        if processes[request.id] != nil { throw SyscallError("start \(request.id)", .fileExists) }
        let status = try Pipe().release()
        defer { try? status.writing.close() }
        let streams: StreamSet
        do {
            streams = try StreamSet(request.streams, &descriptors, isOthers: request.pidFile != nil)
        } catch {
            try? status.reading.close()
            throw error
        }
        defer { streams.closeChildEnds() }
        let (pid, pidfd): (Int32, FileDescriptor)
        do {
            let launch = Launch(
                program: request.program, cgroup: request.pidFile == nil ? request.cgroup : nil,
                streams: streams.child, slots: descriptors,
                status: status.writing, joins: try joins(of: request.program), bareMounts: bareMounts)
            defer { launch.closeJoins() }
            do {
                (pid, pidfd) = try launch.clone(ownPIDs: ownPIDs)
            } catch {
                // Going on in the wrong namespace would put the next container into it.
                do { try launch.comeBack(to: ownPIDs) } catch { exit(1) }
                throw error
            }
        } catch {
            try? status.reading.close()
            streams.closeKeptEnds()
            throw error
        }
        let log: LogPump?
        if case .log(let target, _) = request.streams { log = LogPump(target) } else { log = nil }
        // Nobody asks for an exec's: it is over before its number can be another's.
        let started = request.isTransient ? 0 : (try? startTime(ofProcess: pid)) ?? 0
        let process = KeptProcess(request, pid: pid, pidfd: pidfd, startTime: started, log: log)
        process.starter = waiter
        trimHeapSoon()
        processes[request.id] = process
        process.input = streams.input.map { OwnedFileDescriptor($0) }
        if let console = streams.console { watch(console, .console(console, process: request.id)) }
        if let listener = streams.consoleListener { watch(listener, .consoleListener(listener, process: request.id)) }
        for (fd, stream) in streams.takeReadingEnds() { watch(fd, .output(fd, process: request.id, stream: stream)) }
        process.status = status.reading
        watch(status.reading, .status(status.reading, process: request.id))
    }

    private func joins(of program: InitProgram) throws(SyscallError) -> [Launch.Join] {
        var joins: [Launch.Join] = []
        for join in program.joins {
            switch join {
            case .process(let id, let kinds):
                let process = try kept(id)
                if process.exit != nil { throw SyscallError("join namespaces of \(id)", .noSuchProcess) }
                joins.append(.init(fd: process.pidfd.borrow { $0 }, kinds: kinds, name: id, isOwned: false))
            case .path(let path, let kind):
                let fd = try openFile(FilePath(path), .readOnly).release()
                joins.append(.init(fd: fd, kinds: kind, name: path, isOwned: true))
            }
        }
        return joins
    }
}

extension KeptProcess {
    /// Signals by pidfd, never by number. All of a cgroup: `cgroup.kill` (Linux 5.14), or one by one.
    func send(_ number: Int32, all: Bool) throws {
        guard all, let cgroup else {
            if exit != nil { return }
            try pidfd.borrow { fd throws(SyscallError) in
                do throws(SyscallError) {
                    try syscall("signal \(id)") { linux_pidfd_send_signal(fd.rawValue, number) }
                } catch {
                    if error.errno != .noSuchProcess { throw error }
                }
            }
            return
        }
        if number == SIGKILL { return try replaceContent(of: "\(cgroup)/cgroup.kill", with: "1") }
        let content = try readFile(at: FilePath("\(cgroup)/cgroup.procs")) ?? []
        for line in content.split(separator: UInt8(ascii: "\n")) {
            guard let pid = Int32(String(decoding: line, as: UTF8.self)), let process = try? PidFD(pid: pid) else {
                continue
            }
            try process.send(number)
        }
    }
}
