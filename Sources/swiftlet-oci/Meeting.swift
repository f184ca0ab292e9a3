import Containers
import JSONText
import Linux
import OCI
import SystemPackage

/// What the runtime does while the container's process waits for it.
struct Meeting {
    let container: Container
    let spec: RuntimeSpec
    /// The process that has the filter: the container's first, or a further one.
    var process: Int32
    /// What the process says that is still to come.
    private var awaited: Set<InitProgram.Stage>

    init(container: Container, spec: RuntimeSpec) {
        self.container = container
        self.spec = spec
        process = container.record.pid
        awaited = spec.linux?.seccomp?.listensForCalls == true ? [.surroundings, .seccomp] : [.surroundings]
    }

    /// With a further process in the container, which has nothing to be done but its listener passed on.
    init(container: Container, spec: RuntimeSpec, process: Int32) {
        self.container = container
        self.spec = spec
        self.process = process
        awaited = [.seccomp]
    }

    func attend(_ socket: FileDescriptor) throws {
        var awaited = awaited
        while !awaited.isEmpty {
            // Its end: the process has failed, and says so elsewhere.
            guard let packet = try socket.receivePacket(limit: 4096) else { return }
            guard let stage = packet.bytes.first.flatMap(InitProgram.Stage.init) else { return }
            awaited.remove(stage)
            let descriptors = packet.takeDescriptors()
            defer { for fd in descriptors { try? fd.close() } }
            switch stage {
            case .surroundings:
                try makeSurroundings()
                try socket.sendPacket(container.state(.creating).encoded)
            case .seccomp: try give(descriptors)
            }
        }
    }

    private func makeSurroundings() throws {
        let state = container.state(.creating).encoded
        if let wish = spec.linux?.intelRdt {
            var group = try ResourceGroup(wish, container: container.record.id)
            try group.admit(container.record.pid)
        }
        try NetworkDevices.move(spec.linux?.netDevices ?? [:], to: container.record.pid)
        _ = try spec.hooks?.run(at: .prestart, state: state)
        _ = try spec.hooks?.run(at: .createRuntime, state: state)
    }

    private func give(_ descriptors: [FileDescriptor]) throws {
        guard let listener = descriptors.first, let path = spec.linux?.seccomp?.listenerPath else { return }
        let status = try process == container.record.pid ? .creating : container.status
        let message: JSON = [
            "ociVersion": .string(container.record.ociVersion), "fds": ["seccompFd"],
            "pid": .number("\(process)"), "metadata": .string(spec.linux?.seccomp?.listenerMetadata ?? ""),
            "state": container.state(status),
        ]
        try SeccompListener.give(listener, to: FilePath(path), message: message.encoded)
    }
}
