import Containers
import Init
import Linux
import SystemPackage

/// A process that was cloned and is on its way to its program.
struct ChildProcess {
    let pid: Int32
    let handle: FileDescriptor
    /// Ends when the child is ready: at its program, or where it waits.
    private let status: FileDescriptor

    /// - Parameter preserved: how many descriptors from 3 on the program inherits.
    static func start(
        _ program: InitProgram, cgroup: String?, slots: [FileDescriptor], preserved: UInt32,
        process: FileDescriptor? = nil
    ) throws -> ChildProcess {
        let status = try Pipe(nonBlockingReads: false).release()
        defer { try? status.writing.close() }
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
            preserved: preserved)
        defer { launch.closeJoins() }
        let child = try launch.clone(ownPIDs: own)
        return ChildProcess(pid: child.pid, handle: child.pidfd, status: status.reading)
    }

    /// Waits until the child is at its program, or waits itself.
    ///
    /// - Parameter mustLive: the child has not come to its program yet, so it cannot have ended well.
    /// - Throws: what the child could not do.
    func awaitReadiness(mustLive: Bool, _ report: Report) throws {
        defer { try? status.close() }
        try Self.hear(status, report)
        if mustLive, try waitReadable([handle], milliseconds: 0)[0] {
            throw Failure("the container's process ended before its program ran")
        }
    }

    /// Reads what a child says until it says no more.
    static func hear(_ status: FileDescriptor, _ report: Report) throws {
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
            defer { try? status.close() }
            try Self.hear(status, report)
        } catch let told as Failure {
            return told
        } catch {}
        return error
    }

    func kill() {
        try? handle.signalProcess(Signals.kill)
        _ = try? waitReadable([handle], milliseconds: 5000)
        _ = ReapedChild.next()
        try? handle.close()
    }
}
