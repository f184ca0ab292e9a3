import Init
import Linux
import Shim
import SystemPackage

/// A process that the shim has started, until the agent says that it may be forgotten.
final class KeptProcess {
    struct Waiter {
        let client: FileDescriptor
        let token: UInt64
    }

    let id: String
    private(set) var pid: Int32
    private(set) var pidfd: OwnedFileDescriptor
    private(set) var startTime: UInt64
    let cgroup: String?
    let exitRecord: String?
    let isTransient: Bool
    var exit: ExitState?
    var log: LogPump?
    /// The client that waits for the start, until it is answered.
    var starter: Waiter?
    /// What the child has said so far: failures and warnings of its steps.
    var said = ChildMessages()
    var status: FileDescriptor?
    var failed = false
    /// The other end of its input, if that is a pipe.
    var input: OwnedFileDescriptor?
    /// Its terminal, if it has one and somebody holds the other end.
    var terminal: FileDescriptor?
    /// Where else its output goes.
    var observers: [Observer] = []
    /// What its steps left out, until whoever started it is told.
    var warnings: [String] = []
    /// Where the runtime of another's, which this still is, leaves the number of the process that it starts.
    private(set) var pidFile: String?
    /// How that runtime ended, until the process has come to the shim.
    var runtimeCode: Int32?
    private var waiters: [Waiter] = []

    init(_ request: StartRequest, pid: Int32, pidfd: FileDescriptor, startTime: UInt64, log: LogPump?) {
        id = request.id
        self.pid = pid
        self.pidfd = OwnedFileDescriptor(pidfd)
        self.startTime = startTime
        cgroup = request.cgroup
        exitRecord = request.exitRecord
        isTransient = request.isTransient
        pidFile = request.pidFile
        self.log = log
    }

    /// Becomes the process that the runtime has started. One that has ended already keeps the runtime's handle.
    func become(_ pid: Int32, _ handle: FileDescriptor?) {
        self.pid = pid
        startTime = (try? Linux.startTime(ofProcess: pid)) ?? 0
        if let handle { pidfd = OwnedFileDescriptor(handle) }
        pidFile = nil
        runtimeCode = nil
    }

    var state: ProcessState { ProcessState(id: id, pid: pid, startTime: startTime, exit: exit) }

    func wait(_ waiter: Waiter) { waiters.append(waiter) }
    func takeStarter() -> Waiter? {
        defer { starter = nil }
        return starter
    }
    func takeWaiters() -> [Waiter] {
        defer { waiters = [] }
        return waiters
    }
    func isAwaited(by client: FileDescriptor) -> Bool {
        starter?.client == client || waiters.contains { $0.client == client }
    }
    func forget(_ client: FileDescriptor) {
        if starter?.client == client { starter = nil }
        waiters.removeAll { $0.client == client }
    }

    /// Writes the exit down before anybody is told: what the agent has learnt once it can learn again.
    func record(_ child: ReapedChild) {
        let exit = ExitState(
            code: child.code, signal: child.signal, finished: nanoseconds(of: .wall),
            finishedSinceBoot: nanoseconds(of: .boot))
        if let exitRecord, !failed { try? replaceFile(at: FilePath(exitRecord), with: exit.record.utf8) }
        self.exit = exit
    }
}
