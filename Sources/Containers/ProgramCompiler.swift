import Linux
import OCI

/// Builds an ``InitProgram`` step by step, in the order that the kernel forces.
struct ProgramCompiler {
    let container: ContainerSpec
    let process: RuntimeSpec.Process
    /// Of each mount, by its place in the list.
    let options: [MountOptions]
    var linux: RuntimeSpec.Linux { container.spec.linux ?? RuntimeSpec.Linux() }
    /// Into a container that runs already.
    private(set) var isEntering = false
    private(set) var namespaces: Namespaces = []
    private(set) var joins: [NamespaceJoin] = []
    /// Of the container's process.
    var steps: [InitProgram.Step] = []
    /// Of the helper, if there is one: what needs the runtime's rights.
    var helperSteps: [InitProgram.Step] = []
    var warnings: [String] = []

    private var nextSlot: InitProgram.Slot = 16
    /// What each mount was copied or made into before the root is entered, by its place in the list.
    var prepared: [Int: InitProgram.Slot] = [:]
    /// Device nodes of the host, where a user namespace forbids making them.
    var hostDevices: [(path: String, slot: InitProgram.Slot)] = []
    var root: InitProgram.Slot = 0
    var proc: InitProgram.Slot?
    var program: InitProgram {
        InitProgram(
            namespaces: namespaces, joins: joins, steps: steps, helper: helper,
            oomScoreAdjustment: process.oomScoreAdj.map { Int32(clamping: $0) })
    }
    /// User namespaces that mounts are mapped through: those with the same maps share one.
    var mappings: [(uids: [RuntimeSpec.IDMapping], gids: [RuntimeSpec.IDMapping], slot: InitProgram.Slot)] = []
    /// The program in memory of a container without files.
    var onlyProgram: InitProgram.Slot = 0
    /// Mounts that become read-only when nothing more is put into them.
    var readOnlyAtLast: [InitProgram.Slot] = []

    init(_ container: ContainerSpec) throws(ContainerError) {
        guard let process = container.spec.process else { throw .noProcess }
        self.container = container
        self.process = process
        options = (container.spec.mounts ?? []).map(\.parsedOptions)
        for namespace in container.spec.linux?.namespaces ?? [] { take(namespace) }
    }

    init(_ container: ContainerSpec, joins: [NamespaceJoin]) throws(ContainerError) {
        guard let process = container.spec.process else { throw .noProcess }
        self.container = container
        self.process = process
        options = []
        isEntering = true
        self.joins = joins
    }

    mutating func slot() -> InitProgram.Slot {
        defer { nextSlot += 1 }
        return nextSlot
    }

    private mutating func take(_ namespace: RuntimeSpec.Namespace) {
        let kind = namespace.type.linux
        guard let path = namespace.path, !path.isEmpty else { return namespaces.formUnion(kind) }
        if let sandbox = container.sandbox, path == RuntimeSpec.Namespace.ofSandbox {
            joins.append(.process(id: sandbox, kinds: kind))
        } else {
            joins.append(.path(path, kind: kind))
        }
    }

    /// Whether the process ends up in another user namespace than the runtime.
    var hasUserNamespace: Bool {
        namespaces.contains(.user)
            || joins.contains { join in
                switch join {
                case .path(_, let kind): kind.contains(.user)
                case .process(_, let kinds): kinds.contains(.user)
                }
            }
    }

    func hasNamespace(_ kind: RuntimeSpec.Namespace.Kind) -> Bool {
        linux.namespaces?.contains { $0.type == kind } ?? false
    }

    /// Of ordinary containers there is none, and so no second process at their start.
    var needsHelper: Bool {
        hasUserNamespace || namespaces.contains(.time)
            || zip(container.spec.mounts ?? [], options).contains { isMapped($0, $1) }
    }

    func isMapped(_ mount: RuntimeSpec.Mount, _ options: MountOptions) -> Bool {
        options.idMap != nil || !(mount.uidMappings ?? []).isEmpty || !(mount.gidMappings ?? []).isEmpty
    }

    /// To where the rights of the runtime are.
    mutating func prepare(_ steps: [InitProgram.Step]) {
        if needsHelper { helperSteps += steps } else { self.steps += steps }
    }

    /// The ids outside that the root of the container's user namespace is.
    var rootOutside: (uid: UInt32, gid: UInt32)? {
        guard hasUserNamespace, let uid = linux.uidMappings?.first(where: { $0.containerID == 0 }),
            let gid = linux.gidMappings?.first(where: { $0.containerID == 0 })
        else { return nil }
        return (uid.hostID, gid.hostID)
    }

    private var helper: InitProgram.Helper? {
        guard needsHelper else { return nil }
        let clocks = (linux.timeOffsets ?? [:]).sorted { $0.key < $1.key }.map {
            InitProgram.ClockOffset(
                clock: $0.key, seconds: $0.value.secs ?? 0, nanoseconds: $0.value.nanosecs ?? 0)
        }
        let isNew = namespaces.contains(.user)
        return InitProgram.Helper(
            steps: helperSteps, uids: isNew ? (linux.uidMappings ?? []).map(\.range) : [],
            gids: isNew ? (linux.gidMappings ?? []).map(\.range) : [], clocks: clocks)
    }
}

extension RuntimeSpec.IDMapping {
    var range: InitProgram.IDRange { InitProgram.IDRange(inside: containerID, outside: hostID, count: size) }
}
