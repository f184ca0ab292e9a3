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
    let pid: Int32
    let pidfd: OwnedFileDescriptor
    let startTime: UInt64
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
    private var waiters: [Waiter] = []

    init(_ request: StartRequest, pid: Int32, pidfd: FileDescriptor, startTime: UInt64, log: LogPump?) {
        id = request.id
        self.pid = pid
        self.pidfd = OwnedFileDescriptor(pidfd)
        self.startTime = startTime
        cgroup = request.cgroup
        exitRecord = request.exitRecord
        isTransient = request.isTransient
        self.log = log
    }

    var state: ProcessState { ProcessState(id: id, pid: pid, startTime: startTime, exit: exit) }

    func wait(_ waiter: Waiter) { waiters.append(waiter) }
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

/// What a child says through its status pipe before its program runs: `[u8 kind][i32 errno][u32 length][text]`, each.
struct ChildMessages {
    enum Kind: UInt8 { case failure = 1, warning = 2 }
    /// A child says little: a failure, and a warning for each of its limits.
    static let limit = 64 << 10

    private var bytes: [UInt8] = []
    mutating func append(_ more: some Collection<UInt8>) {
        if bytes.count + more.count <= Self.limit { bytes += more }
    }

    static func encode(_ kind: Kind, _ error: SyscallError) -> [UInt8] {
        var writer = ByteWriter()
        writer.number(kind.rawValue)
        writer.number(error.errno.rawValue)
        // Messages hold paths and option strings; a pipe takes 4 KiB as a whole.
        writer.text(String("\(error)".prefix(2000)))
        return writer.bytes
    }

    func decoded() -> (failure: (message: String, errno: Int32)?, warnings: [String]) {
        var reader = ByteReader(bytes)
        var failure: (message: String, errno: Int32)?
        var warnings: [String] = []
        while !reader.isAtEnd {
            guard let kind: UInt8 = try? reader.number(), let errno: Int32 = try? reader.number(),
                let text = try? reader.text()
            else { break }
            if kind == Kind.failure.rawValue { failure = (text, errno) } else { warnings.append(text) }
        }
        return (failure, warnings)
    }
}
