import Containers
import Init
import Linux
import SystemPackage

/// A process that was cloned and is on its way to its program.
final class ChildProcess {
    let pid: Int32
    let handle: FileDescriptor
    /// Ends when the child is ready: at its program, or where it waits. `nil` when that has been heard.
    private var status: FileDescriptor?
    /// ``Launch/permit``, both ends, until it is given: without a reader of its own, writing to a child that has ended
    /// would end this program, too.
    private var permission: (reading: FileDescriptor, writing: FileDescriptor)?

    private init(
        pid: Int32, handle: FileDescriptor, status: FileDescriptor,
        permission: (reading: FileDescriptor, writing: FileDescriptor)
    ) {
        self.pid = pid
        self.handle = handle
        self.status = status
        self.permission = permission
    }

    /// - Parameter preserved: how many descriptors from 3 on the program inherits.
    static func start(
        _ program: InitProgram, cgroup: String?, slots: [FileDescriptor], preserved: UInt32,
        process: FileDescriptor? = nil
    ) throws -> ChildProcess {
        let status = try Pipe(nonBlockingReads: false).release()
        defer { try? status.writing.close() }
        let permission = try Pipe(nonBlockingReads: false).release()
        let streams = [FileDescriptor.standardInput, .standardOutput, .standardError]
        var joins: [Launch.Join] = []
        for join in program.joins {
            switch join {
            case .process(let id, let kinds):
                guard let process else { throw Failure("no process \(id) to join") }
                joins.append(.init(fd: process, kinds: kinds, name: id, isOwned: false))
            case .path(let path, let kind):
                let fd = try openFile(FilePath(path), .readOnly).release()
                joins.append(.init(fd: fd, kinds: kind, name: path, isOwned: true))
            }
        }
        let own =
            joins.contains { $0.kinds.contains(.pid) } ? try openFile("/proc/self/ns/pid", .readOnly).release() : nil
        defer { try? own?.close() }
        let launch = Launch(
            program: program, cgroup: cgroup, streams: streams, slots: slots, status: status.writing, joins: joins,
            permit: permission.reading, preserved: preserved)
        defer { launch.closeJoins() }
        let child = try launch.clone(ownPIDs: own)
        return ChildProcess(
            pid: child.pid, handle: child.pidfd, status: status.reading, permission: permission)
    }

    /// Lets the child go on to its program: from now on it outlives this one.
    func permit() throws {
        try naming("let process \(pid) go on") { _ = try permission?.writing.writeAll([1]) }
        closePermission()
    }

    private func closePermission() {
        try? permission?.reading.close()
        try? permission?.writing.close()
        permission = nil
    }

    /// Waits until the child is at its program, or waits itself.
    ///
    /// - Parameter mustLive: the child has not come to its program yet, so it cannot have ended well.
    /// - Throws: what the child could not do.
    func awaitReadiness(mustLive: Bool, _ report: Report) throws {
        try hear(report)
        if mustLive, try waitReadable([handle], milliseconds: 0)[0] {
            throw Failure("the container's process ended before its program ran")
        }
    }

    /// Reads what a child says until it says no more.
    private func hear(_ report: Report) throws {
        guard let status else { return }
        self.status = nil
        defer { try? status.close() }
        var said = ChildMessages()
        said.append(try status.readToEnd(limit: ChildMessages.limit))
        let (failure, warnings) = said.decoded()
        for warning in warnings { report.debug(warning) }
        if let failure { throw Failure(failure.message) }
    }

    /// Ends the child, and gives what it says it could not do: that is why whoever waited for it has failed.
    func failure(insteadOf error: any Error, _ report: Report) -> any Error {
        kill()
        guard !(error is Failure), !(error is HookError) else { return error }
        do {
            try hear(report)
        } catch let told as Failure {
            return told
        } catch {}
        return error
    }

    func kill() {
        closePermission()
        persistently { try handle.signalProcess(Signals.kill) }
        persistently { _ = try waitReadable([handle], milliseconds: 5000) }
        persistently { _ = try ReapedChild.next() }
        try? handle.close()
    }
}

/// What takes away the traces of a failure may itself fail once, and the failure is what is told.
///
/// - Returns: why it could not be done at all.
@discardableResult
func persistently(_ body: () throws -> Void) -> (any Error)? {
    var refusal: (any Error)?
    for _ in 0..<3 {
        do {
            try body()
            return nil
        } catch {
            refusal = error
        }
    }
    return refusal
}
