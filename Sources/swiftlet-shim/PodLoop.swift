import CLinux
import Glibc
import Init
import Linux
import Shim
import SystemPackage

/// A pod's shim: parent of the pod's processes, writer of their logs, keeper of their exit codes.
///
/// One thread that waits in one place. Nothing that a container or a client does can make it wait elsewhere: pipes
/// and sockets are non-blocking, and a client that does not take its answer loses its connection.
@safe final class PodLoop {
    /// What an event is about; the token of the queue is its key in `sources`.
    enum Source {
        case listener
        case signals(FileDescriptor)
        case client(FileDescriptor)
        /// What a starting child says, until its program runs.
        case status(FileDescriptor, process: String)
        case output(FileDescriptor, process: String, stream: LogPump.Stream)
        /// Where a starting child sends its terminal.
        case console(FileDescriptor, process: String)
        /// Where the runtime of a starting child connects, to send its terminal.
        case consoleListener(FileDescriptor, process: String)
    }

    static let mostClients = 512

    let listener: FileDescriptor
    /// Where containers begin: ``makeBareMounts()``.
    let bareMounts: FileDescriptor?
    var sources: [UInt64: Source] = [:]
    var processes: [String: KeptProcess] = [:]
    var clients = 0
    /// When free memory goes back to the kernel, in nanoseconds since boot; `nil`: there is none worth it.
    private var trimTime: Int64?
    /// Children that ended while a runtime of another's had not said yet what it started.
    var orphans: [Int32: ReapedChild] = [:]
    /// The shim's own PID namespace: it goes back there after each clone into another.
    let ownPIDs: FileDescriptor?
    private let queue: EventQueue
    private var nextToken: UInt64 = 0
    /// Read into by every pipe in turn. Not touched before there is output, so that it costs nothing.
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)

    init(listener: FileDescriptor, bareMounts: FileDescriptor? = nil) {
        self.listener = listener
        self.bareMounts = bareMounts
        guard let queue = try? EventQueue() else { exit(1) }
        self.queue = queue
        ownPIDs = try? openFile("/proc/self/ns/pid", .readOnly).release()
    }

    func run() -> Never {
        _ = linux_prctl(LINUX_PR_SET_CHILD_SUBREAPER, 1, 0)
        // Who watches a process may go at any time. Its own signals are reset before its program runs.
        signal(SIGPIPE, SIG_IGN)
        guard let signals = try? signalDescriptor([SIGCHLD]).release() else { exit(1) }
        watch(listener, .listener)
        watch(signals, .signals(signals))
        while true {
            turn()
            trimHeap()
        }
    }

    /// What a start has needed is not needed for long: a shim lives as long as its pod, and mostly waits. Starts that
    /// come close together find it there.
    func trimHeapSoon() { trimTime = trimTime ?? nanoseconds(of: .boot) + 1_000_000_000 }

    private func trimHeap() {
        guard let time = trimTime, nanoseconds(of: .boot) >= time else { return }
        linux_trim_heap()
        trimTime = nil
    }

    /// Waits once, and serves all that is ready.
    private func turn() {
        guard let tokens = try? queue.wait(atMost: trimTime == nil ? -1 : 1000) else { exit(1) }
        for token in tokens {
            // An earlier event of the same round may have closed it.
            guard let source = sources[token] else { continue }
            switch source {
            case .listener: accept()
            case .signals(let fd):
                drain(fd)
                reap()
            case .client(let fd): serve(fd, token)
            case .status(let fd, let id): hear(fd, token, from: id)
            case .output(let fd, let id, let stream): pump(fd, token, id, stream)
            case .console(let fd, let id): takeTerminal(fd, token, of: id)
            case .consoleListener(let fd, let id): takeConsole(fd, token, of: id)
            }
        }
    }

    /// Starts a process that fails, in the zygote: what Swift's runtime sets up on first use is then there already in
    /// every shim, and in memory once for all of them.
    static func rehearse() {
        guard let ends = try? UnixSocket.pair().release() else { return }
        let loop = PodLoop(listener: ends.far)
        let program = InitProgram(steps: [.setMask(0o022), .execute(arguments: ["/"], environment: [])])
        let request = StartRequest(
            id: "rehearsal", program: program, streams: .log(LogTarget(path: "/dev/null", maxSize: 0)))
        guard (try? ends.near.sendPacket([0] + ShimRequest.start(request).encoded())) != nil else { return }
        loop.clients = 1
        loop.watch(ends.far, .client(ends.far))
        while loop.clients > 0 { loop.turn() }
        _ = try? ends.near.receivePacket(limit: 1024)
        _ = ExitState(code: 0, signal: 0, finished: 0, finishedSinceBoot: 0).record
        Rehearsal.run()
    }

    @discardableResult
    func watch(_ fd: FileDescriptor, _ source: Source) -> UInt64 {
        nextToken += 1
        guard (try? queue.add(fd, token: nextToken)) != nil else { return nextToken }
        sources[nextToken] = source
        return nextToken
    }

    func close(_ fd: FileDescriptor, _ token: UInt64) {
        queue.remove(fd)
        sources[token] = nil
        try? fd.close()
    }

    private func accept() {
        guard let connection = try? UnixSocket.acceptPending(listener) else { return }
        guard clients < Self.mostClients, (try? connection.peer().uid) == geteuid() else { return }
        clients += 1
        let fd = connection.release()
        watch(fd, .client(fd))
    }

    /// A client asks once. While its answer is pending, an event can only mean that it is gone.
    private func serve(_ client: FileDescriptor, _ token: UInt64) {
        if processes.values.contains(where: { $0.isAwaited(by: client) }) { return drop(client, token) }
        do {
            guard let packet = try client.receivePacket(limit: ShimRequest.largestInline) else {
                return drop(client, token)
            }
            try handle(consume packet, from: client, token)
        } catch {
            answer(client, token, ShimReply(error, in: "request"))
        }
    }

    /// Sends an answer and closes the connection. One that nobody takes is dropped.
    func answer(
        _ client: FileDescriptor, _ token: UInt64, _ reply: ShimReply, descriptors: [FileDescriptor] = []
    ) {
        try? client.sendPacket(reply.encoded(), descriptors: descriptors)
        drop(client, token)
    }

    func drop(_ client: FileDescriptor, _ token: UInt64) {
        for process in processes.values { process.forget(client) }
        clients -= 1
        close(client, token)
    }

    /// Every child that ended, the shim's own or one left to it.
    private func reap() {
        while let child = try? ReapedChild.next() {
            guard let process = processes.values.first(where: { $0.pid == child.pid && $0.exit == nil }) else {
                orphans[child.pid] = child
                continue
            }
            // What it said as it started, and all that it wrote, comes before the news that it ended.
            finishStart(of: process)
            if process.pidFile != nil { process.runtimeCode = child.code } else { end(process, as: child) }
        }
        for process in processes.values where process.runtimeCode != nil { handOver(process) }
        if !processes.values.contains(where: { $0.pidFile != nil }) { orphans = [:] }
        forgetUnasked()
    }

    func end(_ process: KeptProcess, as child: ReapedChild) {
        drainOutput(of: process)
        // What others of its that live on may still write is not waited for.
        process.observers = []
        process.record(child)
        let waiters = process.takeWaiters()
        for waiter in waiters {
            if let exit = process.exit { answer(waiter.client, waiter.token, .exited(exit)) }
        }
        if process.isTransient && !waiters.isEmpty { processes[process.id] = nil }
    }

    /// Execs whose asker never came back, e.g. because the agent ended: the newest are kept for it.
    private func forgetUnasked() {
        let ended = processes.values.filter { $0.isTransient && $0.exit != nil }
        guard ended.count > Self.mostClients else { return }
        let oldest = ended.min { ($0.exit?.finishedSinceBoot ?? 0) < ($1.exit?.finishedSinceBoot ?? 0) }
        if let oldest { processes[oldest.id] = nil }
    }
}
