import Linux
import OCI

extension ProgramCompiler {
    /// Those of the specification, and before them the ones that every container has.
    ///
    /// Source: runtime-spec, config-linux.md, "Default Devices".
    var devices: [(path: String, node: InitProgram.DeviceNode)] {
        let own = (linux.devices ?? []).map { device in
            (path: device.path, node: InitProgram.DeviceNode(device))
        }
        let taken = Set(own.map(\.path))
        return Self.standard.filter { !taken.contains($0.path) } + own
    }

    private static let standard: [(path: String, node: InitProgram.DeviceNode)] = [
        ("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0),
    ].map { name, major, minor in
        ("/dev/\(name)", InitProgram.DeviceNode(kind: .character, major: UInt32(major), minor: UInt32(minor)))
    }

    /// A `/dev` of the host has what it has. Source: runc and crun leave a bound one alone, too.
    private var hasOwnDevices: Bool {
        if case .program = container.root { return false }
        return !zip(container.spec.mounts ?? [], options).contains { $0.destination == "/dev" && $1.isBind }
    }

    /// Source: runtime-spec, config-linux.md, "Dev symbolic links".
    mutating func makeDevices() {
        guard hasOwnDevices else { return }
        let bound = Dictionary(hostDevices.map { ($0.path, $0.slot) }) { first, _ in first }
        for device in devices {
            if let copy = bound[device.path] {
                steps.append(.attach(copy, root: root, path: device.path, place: .file))
            } else {
                steps.append(.makeDevice(root: root, path: device.path, device: device.node))
            }
        }
        let links = [
            ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"),
            ("stderr", "/proc/self/fd/2"), ("ptmx", "pts/ptmx"),
        ]
        for (name, target) in links {
            steps.append(.makeLink(root: root, path: "/dev/\(name)", target: target))
        }
    }
}

extension InitProgram.DeviceNode {
    /// Source: runtime-spec, config-linux.md, "Devices": `u` is a character device without a buffer.
    init(_ device: RuntimeSpec.Device) {
        let kind: Kind =
            switch device.type {
            case "b": .block
            case "p": .fifo
            default: .character
            }
        self.init(
            kind: kind, major: UInt32(clamping: device.major ?? 0), minor: UInt32(clamping: device.minor ?? 0),
            mode: (device.fileMode ?? 0o666) & 0o7777, uid: device.uid ?? 0, gid: device.gid ?? 0)
    }
}
