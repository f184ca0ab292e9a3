import Containers
import Linux
import OCI
import SystemPackage

/// What a container's process and its maker talk through. The process has the far ends, in its slots.
final class CreationSockets {
    private(set) var slots: [FileDescriptor] = []
    private(set) var meetings = ContainerSpec.Meetings()
    private(set) var maker: FileDescriptor?
    private var console: FileDescriptor?

    init(_ creation: Creation, _ directory: ContainerDirectory) throws {
        let spec = creation.bundle.spec
        do {
            if spec.needsMeeting { try addMaker() }
            if creation.waits {
                meetings.start = add(try UnixSocket.listening(at: directory.start, .packets).release())
            }
            try addConsole(
                isWanted: spec.process?.terminal == true, path: creation.arguments["console-socket"],
                isAttended: creation.isAttended)
        } catch {
            close()
            throw error
        }
    }

    /// Of a further process in a container.
    ///
    /// - Parameter listens: the process has a listener of its seccomp filter to pass on.
    init(terminal: Bool, path: String?, isAttended: Bool, listens: Bool) throws {
        do {
            if listens { try addMaker() }
            try addConsole(isWanted: terminal, path: path, isAttended: isAttended)
        } catch {
            close()
            throw error
        }
    }

    private func addMaker() throws {
        let ends = try UnixSocket.pair().release()
        maker = ends.near
        meetings.maker = add(ends.far)
    }

    private func add(_ descriptor: FileDescriptor) -> UInt32 {
        slots.append(descriptor)
        return UInt32(slots.count - 1)
    }

    private func addConsole(isWanted: Bool, path: String?, isAttended: Bool) throws {
        guard isWanted else {
            guard path == nil || path == "" else { throw Failure("a console socket is of no use without a terminal") }
            return
        }
        if let path, !path.isEmpty {
            let socket = try UnixSocket.connecting(to: FilePath(path), .stream).release()
            meetings.console = add(socket)
            try socket.makeBlocking()
        } else if isAttended {
            let ends = try UnixSocket.pair().release()
            console = ends.near
            meetings.console = add(ends.far)
        } else {
            throw Failure("a terminal needs a console socket when nobody attends")
        }
    }

    /// The process has its own copies: only so does its end come to be noticed.
    func closeFarEnds() {
        for fd in slots { try? fd.close() }
        slots = []
    }

    /// The container's terminal, once its process has made it.
    func receiveTerminal() throws -> FileDescriptor? {
        guard let console else { return nil }
        guard let packet = try console.receivePacket(limit: 4096), let terminal = packet.takeDescriptors().first else {
            throw Failure("the container has sent no terminal")
        }
        return terminal
    }

    func close() {
        closeFarEnds()
        for fd in [maker, console].compactMap(\.self) { try? fd.close() }
        (maker, console) = (nil, nil)
    }
}

extension RuntimeSpec {
    /// Something is to be done by the runtime while the container is being made.
    var needsMeeting: Bool {
        let hooks = [hooks?.prestart, hooks?.createRuntime, hooks?.createContainer]
        return hooks.contains { !($0 ?? []).isEmpty } || linux?.intelRdt != nil
            || !(linux?.netDevices ?? [:]).isEmpty || linux?.seccomp?.listensForCalls == true
    }
}
