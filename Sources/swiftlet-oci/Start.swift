import Containers
import Init
import JSONText
import Linux
import OCI
import SystemPackage

/// `start`: lets a created container run its program.
enum Start {
    static func run(_ runtime: Runtime, _ words: [String]) throws -> Int32 {
        let arguments = try Arguments(words, [])
        let id = try arguments.container()
        let notices = try NotifySocket(ContainerDirectory(runtime, id))?.listen()
        let lock = try Container(runtime, id).lock()
        // Only now: whoever held the lock may have been creating the container.
        let container = try Container(runtime, id)
        try start(container, runtime)
        _ = consume lock
        try container.process()?.borrow { fd in try notices?.forward(of: fd, pid: container.record.pid) }
        return 0
    }

    static func start(_ container: Container, _ runtime: Runtime) throws {
        let id = container.record.id
        let status = try container.status
        guard status == .created else {
            throw Failure("cannot start container \(id): it is \(status.rawValue), not created")
        }
        let socket = try UnixSocket.connecting(to: container.directory.start, .packets).release()
        defer { try? socket.close() }
        try socket.makeBlocking()
        try socket.sendPacket(container.state(.created).encoded)
        // Its end means that the program runs.
        var packets = ChildMessages()
        while let packet = try socket.receivePacket(limit: ChildMessages.limit) { packets.append(packet.bytes) }
        let (failure, warnings) = packets.decoded()
        for warning in warnings { runtime.report.debug(warning) }
        // One that stays is of no harm: nobody listens there any more.
        try? removeFile(at: container.directory.start)
        if let failure { throw Failure("start container \(id): \(failure.message)") }
        do {
            _ = try container.spec().hooks?.run(at: .poststart, state: container.state(.running).encoded)
        } catch {
            // Source: runtime-spec, runtime.md, "Lifecycle", step 9, as runc and crun have it: the container is stopped.
            try? container.destroy(runtime)
            throw error
        }
    }
}
