import Glibc
import Init
import Linux
import Shim
import SystemPackage

extension PodLoop {
    /// Takes what a starting child says; at its end the start has succeeded or failed.
    func hear(_ fd: FileDescriptor, _ token: UInt64, from id: String) {
        guard let process = processes[id], process.status == fd else { return close(fd, token) }
        while true {
            let count = unsafe read(fd.rawValue, buffer.baseAddress, 4096)
            if count < 0 && errno == EAGAIN { return }
            if count <= 0 { break }
            unsafe process.said.append(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
        close(fd, token)
        process.status = nil
        let (failure, warnings) = process.said.decoded()
        process.said = ChildMessages()
        process.warnings = warnings
        if let failure {
            failStart(of: process, .failure(message: failure.message, errno: failure.errno))
        } else if process.pidFile == nil {
            tellStart(of: process)
        }
    }

    /// Lets go of a process that never ran, and tells everybody who waits for it.
    func failStart(of process: KeptProcess, _ failure: ShimReply) {
        process.failed = true
        // Its name is free before anybody is told; the kernel's child is reaped when it has gone.
        closeOutput(of: process)
        processes[process.id] = nil
        // Also those who found it by its id, while whoever started it was gone already.
        for waiter in process.takeWaiters() + [process.takeStarter()].compactMap(\.self) {
            answer(waiter.client, waiter.token, failure)
        }
    }

    /// Its program runs: tells whoever started it.
    func tellStart(of process: KeptProcess) {
        guard let starter = process.takeStarter() else { return }
        let reply = ShimReply.process(process.state, warnings: process.warnings)
        guard process.isTransient else {
            let pidfd = process.pidfd.borrow { $0 }
            return answer(starter.client, starter.token, reply, descriptors: [pidfd])
        }
        guard (try? starter.client.sendPacket(reply.encoded())) != nil else {
            return drop(starter.client, starter.token)
        }
        process.wait(starter)
    }

    /// A child that has ended says nothing more: its status pipe is at its end.
    func finishStart(of process: KeptProcess) {
        for (token, source) in sources {
            if case .status(let fd, let id) = source, id == process.id { hear(fd, token, from: id) }
        }
    }

    /// One piece of output. More waits for the next round, so that no container keeps the others waiting.
    func pump(_ fd: FileDescriptor, _ token: UInt64, _ id: String, _ stream: LogPump.Stream) {
        guard let process = processes[id], let log = process.log else { return close(fd, token) }
        let count = unsafe read(fd.rawValue, buffer.baseAddress, buffer.count)
        if count < 0 && errno == EAGAIN { return }
        if count > 0 {
            let bytes = unsafe UnsafeRawBufferPointer(rebasing: buffer[..<count])
            unsafe log.write(stream, bytes)
            unsafe show(bytes, of: stream, to: process)
        } else {
            finishOutput(stream, fd, token, of: process)
        }
    }

    /// A runtime of another's has connected: it sends its process' terminal.
    func takeConsole(_ listener: FileDescriptor, _ token: UInt64, of id: String) {
        guard let connection = try? UnixSocket.acceptPending(listener) else { return }
        close(listener, token)
        let console = connection.release()
        watch(console, .console(console, process: id))
    }

    /// The process has made its terminal: what is written there is its output.
    func takeTerminal(_ fd: FileDescriptor, _ token: UInt64, of id: String) {
        defer { close(fd, token) }
        // Without one it has failed, and says so elsewhere.
        guard let packet = try? fd.receivePacket(limit: 4096) else { return }
        let descriptors = packet.takeDescriptors()
        for other in descriptors.dropFirst() { try? other.close() }
        guard let terminal = descriptors.first else { return }
        guard processes[id] != nil, (try? terminal.makeNonBlocking()) != nil else {
            try? terminal.close()
            return
        }
        processes[id]?.terminal = terminal
        watch(terminal, .output(terminal, process: id, stream: .output))
    }

    /// Nothing more comes from a stream of a process.
    private func finishOutput(
        _ stream: LogPump.Stream, _ fd: FileDescriptor, _ token: UInt64, of process: KeptProcess
    ) {
        process.log?.finish(stream)
        process.observers.removeAll { $0.stream == stream }
        if process.terminal == fd { process.terminal = nil }
        close(fd, token)
    }

    /// Takes what the pipes hold now. A process that outlives its parent may still write; then they stay open.
    func drainOutput(of process: KeptProcess) {
        guard let log = process.log else { return }
        for (token, source) in sources {
            if case .consoleListener(let fd, process.id) = source { takeConsole(fd, token, of: process.id) }
        }
        for (token, source) in sources {
            if case .console(let fd, process.id) = source { takeTerminal(fd, token, of: process.id) }
        }
        for (token, source) in sources {
            guard case .output(let fd, process.id, let stream) = source else { continue }
            // A pipe holds 1 MiB at most (`/proc/sys/fs/pipe-max-size`): a live writer cannot keep the shim here.
            for _ in 0..<64 {
                let count = unsafe read(fd.rawValue, buffer.baseAddress, buffer.count)
                if count < 0 && errno == EAGAIN { break }
                // EIO: nobody holds the terminal any more.
                if count <= 0 {
                    finishOutput(stream, fd, token, of: process)
                    break
                }
                let bytes = unsafe UnsafeRawBufferPointer(rebasing: buffer[..<count])
                unsafe log.write(stream, bytes)
                unsafe show(bytes, of: stream, to: process)
            }
        }
    }

    func closeOutput(of process: KeptProcess) {
        for (token, source) in sources {
            switch source {
            case .output(let fd, process.id, _), .console(let fd, process.id), .consoleListener(let fd, process.id):
                close(fd, token)
            default: break
            }
        }
        process.observers = []
        process.terminal = nil
        process.log?.finish(.output)
        process.log?.finish(.error)
    }
}
