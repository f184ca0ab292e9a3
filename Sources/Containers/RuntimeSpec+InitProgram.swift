package import Linux
import OCI

extension InitProgram {
    /// Compiles a container's description into the kernel calls that make it: nothing is looked up or decided later.
    ///
    /// - Throws: ``ContainerError`` for what the specification forbids.
    package init(_ container: ContainerSpec) throws(ContainerError) {
        var compiler = try ProgramCompiler(container)
        compiler.copyBinds()
        compiler.enterRoot()
        compiler.mountAll()
        compiler.makeDevices()
        compiler.protectPaths()
        try compiler.becomeProcess()
        self.init(namespaces: compiler.namespaces, joins: compiler.joins, steps: compiler.steps)
    }
}

/// What a container's description asks for that cannot be.
package enum ContainerError: Error, Equatable, CustomStringConvertible {
    case noProcess
    case unknownCapability(String)
    case unknownLimit(String)

    package var description: String {
        switch self {
        case .noProcess: "process: it is missing, and a container runs one"
        case .unknownCapability(let name): "process.capabilities: \(name) is none that this kernel knows"
        case .unknownLimit(let name): "process.rlimits: \(name) is no resource limit"
        }
    }
}

/// Builds an ``InitProgram`` step by step, in the order that the kernel forces.
struct ProgramCompiler {
    private let container: ContainerSpec
    private let process: RuntimeSpec.Process
    private(set) var namespaces: Namespaces = []
    private(set) var joins: [NamespaceJoin] = []
    private(set) var steps: [InitProgram.Step] = []

    private var nextSlot: InitProgram.Slot = 16
    private var binds: [Int: InitProgram.Slot] = [:]
    private var root: InitProgram.Slot = 0
    private var proc: InitProgram.Slot?

    init(_ container: ContainerSpec) throws(ContainerError) {
        guard let process = container.spec.process else { throw .noProcess }
        self.container = container
        self.process = process
        for namespace in container.spec.linux?.namespaces ?? [] { take(namespace) }
    }

    private mutating func slot() -> InitProgram.Slot {
        defer { nextSlot += 1 }
        return nextSlot
    }

    private mutating func take(_ namespace: RuntimeSpec.Namespace) {
        let kind = namespace.type.linux
        guard let path = namespace.path else { return namespaces.formUnion(kind) }
        if let sandbox = container.sandbox, path == RuntimeSpec.Namespace.ofSandbox {
            joins.append(.process(id: sandbox, kinds: kind))
        } else {
            joins.append(.path(path, kind: kind))
        }
    }

    /// Copies come first: a bind that shares mounts with the host must be taken while the host's are still shared.
    mutating func copyBinds() {
        for (index, mount) in (container.spec.mounts ?? []).enumerated() {
            let options = MountOptions(mount.options ?? [])
            guard options.isBind, let source = mount.source else { continue }
            let copy = slot()
            binds[index] = copy
            steps.append(.copyMount(copy, path: source, recursive: options.isRecursive))
        }
        if case .program(let path) = container.root {
            program = slot()
            steps.append(.copyProgram(program, path: path))
        }
        // From here on nothing that the container mounts reaches the host, while the host's mounts still reach it.
        steps.append(.setPropagation(.slave))
    }

    private var program: InitProgram.Slot = 0

    mutating func enterRoot() {
        root = slot()
        switch container.root {
        case .overlay(let layers, let upper, let work):
            // One option a layer: a text given to fsconfig(2) may have 255 bytes, not more. Linux 6.7.
            let options: [InitProgram.MountOption] =
                layers.map { .init("lowerdir+", $0) } + [.init("upperdir", upper), .init("workdir", work)]
            steps.append(.makeFilesystem(root, type: "overlay", options: options, attributes: []))
        case .directory(let path): steps.append(.copyMount(root, path: path, recursive: true))
        case .program:
            steps.append(
                .makeFilesystem(
                    root, type: "tmpfs", options: [.init("size", "64k"), .init("mode", "755")],
                    attributes: [.noSetUserID, .noDevices, .noExecute]))
        }
        steps.append(.enterRoot(root))
    }

    /// The root that the process has, once it has joined the container's namespaces.
    mutating func openRoot() {
        root = slot()
        steps.append(.openRoot(root))
    }

    mutating func mountAll() {
        for (index, mount) in (container.spec.mounts ?? []).enumerated() {
            let options = MountOptions(mount.options ?? [])
            if let copy = binds[index] {
                attach(bind: copy, at: mount.destination, options)
            } else {
                let filesystem = slot()
                if mount.type == "proc" { proc = filesystem }
                let type = mount.type == "cgroup" ? "cgroup2" : mount.type ?? "tmpfs"
                steps.append(
                    .makeFilesystem(filesystem, type: type, options: options.data, attributes: options.set))
                steps.append(.attach(filesystem, root: root, path: mount.destination, place: .directory))
            }
        }
    }

    private mutating func attach(bind copy: InitProgram.Slot, at path: String, _ options: MountOptions) {
        if options.propagation != nil {
            steps.append(
                .changeMount(copy, set: [], clear: [], propagation: options.propagation, recursive: options.isRecursive)
            )
        }
        let above = options.set.subtracting(options.setBelow)
        if !above.isEmpty {
            steps.append(.changeMount(copy, set: above, clear: [], propagation: nil, recursive: false))
        }
        if !options.setBelow.isEmpty {
            steps.append(.changeMount(copy, set: options.setBelow, clear: [], propagation: nil, recursive: true))
        }
        steps.append(.attach(copy, root: root, path: path, place: .matching))
    }

    /// Source: runtime-spec, config-linux.md, "Default Devices" and "Dev symbolic links".
    mutating func makeDevices() {
        guard case .program = container.root else {
            let nodes: [(String, UInt32, UInt32)] = [
                ("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0),
            ]
            for (name, major, minor) in nodes {
                let node = InitProgram.DeviceNode(kind: .character, major: major, minor: minor)
                steps.append(.makeDevice(root: root, path: "/dev/\(name)", device: node))
            }
            let links = [
                ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"),
                ("stderr", "/proc/self/fd/2"), ("ptmx", "pts/ptmx"),
            ]
            for (name, target) in links {
                steps.append(.makeLink(root: root, path: "/dev/\(name)", target: target))
            }
            return
        }
    }

    mutating func protectPaths() {
        let linux = container.spec.linux
        for path in linux?.readonlyPaths ?? [] { steps.append(.makeReadOnly(root: root, path: path)) }
        for path in linux?.maskedPaths ?? [] { steps.append(.mask(root: root, path: path)) }
        if container.spec.root?.readonly == true {
            steps.append(.changeMount(root, set: .readOnly, clear: [], propagation: nil, recursive: false))
        }
    }

    mutating func becomeProcess() throws(ContainerError) {
        if let name = container.spec.hostname { steps.append(.setHostname(name)) }
        if let proc, let adjustment = process.oomScoreAdj {
            steps.append(.setOOMScoreAdjustment(Int32(adjustment), proc: proc))
        }
        for limit in process.rlimits ?? [] {
            guard let resource = resourceLimits[limit.type] else { throw .unknownLimit(limit.type) }
            steps.append(.setResourceLimit(resource: resource, soft: limit.soft, hard: limit.hard))
        }
        steps += [.newSession, .setMask(process.user.umask ?? 0o022)]
        if case .program = container.root {
        } else {
            // Missing, it is made: images name directories that none of their layers has. As runc and crun do.
            if !container.isRootReadOnly { steps.append(.makeDirectory(root: root, path: process.cwd, mode: 0o755)) }
            steps.append(.changeDirectory(process.cwd))
        }
        try dropRights()
        let arguments = process.args ?? []
        if case .program = container.root {
            steps.append(.executeSlot(program, arguments: arguments, environment: process.env ?? []))
        } else {
            steps.append(.execute(arguments: arguments, environment: process.env ?? []))
        }
    }

    /// A filter needs either CAP_SYS_ADMIN or no_new_privs, so it is loaded before the one goes or after the other
    /// is set: the later the better, for then it need not allow what comes before. Source: `seccomp(2)`.
    private mutating func dropRights() throws(ContainerError) {
        let user = container.user
        let credentials = InitProgram.Step.setCredentials(
            InitProgram.Credentials(
                user: user.user, group: user.group, additionalGroups: user.additionalGroups,
                joinsListedGroups: user.joinsListedGroups, refusesRoot: user.refusesRoot,
                capabilities: try capabilitySets()),
            root: root)
        let filter = container.seccompFilter.map { InitProgram.Step.setSeccompFilter($0.bytes, flags: $0.flags) }
        if process.noNewPrivileges == true {
            steps += [credentials, .setNoNewPrivileges] + [filter].compactMap(\.self)
        } else {
            steps += [filter].compactMap(\.self) + [credentials]
        }
    }
}

extension ProgramCompiler {
    /// `nil` leaves the process what it has.
    private func capabilitySets() throws(ContainerError) -> InitProgram.CapabilitySets? {
        guard let names = process.capabilities else { return nil }
        return InitProgram.CapabilitySets(
            bounding: try mask(names.bounding), effective: try mask(names.effective),
            permitted: try mask(names.permitted), inheritable: try mask(names.inheritable),
            ambient: try mask(names.ambient))
    }

    /// What the kernel does not know cannot be granted, and is left out: a specification may be newer than it.
    private func mask(_ names: [String]?) throws(ContainerError) -> UInt64 {
        do {
            return try Capabilities(named: names ?? []).intersection(.all).rawValue
        } catch {
            throw .unknownCapability(error.name)
        }
    }
}

extension ContainerSpec {
    fileprivate var isRootReadOnly: Bool { spec.root?.readonly == true }
}

extension RuntimeSpec.Namespace {
    /// Stands in a namespace's `path` for "that of the pod's pause": the shim finds it by the pidfd that it holds.
    package static let ofSandbox = "pause"
}

extension RuntimeSpec.Namespace.Kind {
    var linux: Namespaces {
        switch self {
        case .pid: .pid
        case .network: .network
        case .mount: .mount
        case .ipc: .ipc
        case .uts: .uts
        case .user: .user
        case .cgroup: .cgroup
        case .time: .time
        }
    }
}

/// Source: `getrlimit(2)`, the numbers of `asm-generic/resource.h`.
private let resourceLimits: [String: Int32] = [
    "RLIMIT_CPU": 0, "RLIMIT_FSIZE": 1, "RLIMIT_DATA": 2, "RLIMIT_STACK": 3, "RLIMIT_CORE": 4, "RLIMIT_RSS": 5,
    "RLIMIT_NPROC": 6, "RLIMIT_NOFILE": 7, "RLIMIT_MEMLOCK": 8, "RLIMIT_AS": 9, "RLIMIT_LOCKS": 10,
    "RLIMIT_SIGPENDING": 11, "RLIMIT_MSGQUEUE": 12, "RLIMIT_NICE": 13, "RLIMIT_RTPRIO": 14, "RLIMIT_RTTIME": 15,
]
