package import Cgroups
import Linux
import Logging
import Pods
import Synchronization
import SystemPackage

/// The node's part of the cgroup tree: `kubepods`, the classes of service, pods, containers.
///
/// Source: facts of kubelet, §5.2. A pod's group bears its UID and a container's its id, so what is left over can be
/// told from what is wanted.
package struct PodCgroups: Sendable {
    package struct Settings: Sendable {
        package var enforcesCPULimits = true
        /// Microseconds.
        package var cpuPeriod: UInt64 = 100_000
        package var podPIDsLimit: Int64?
        package var killsSingleProcesses = false
        package var hugePageSizes: [HugePageSize] = []
        package var memory = MemoryPolicy()
        /// What all pods together may use; `nil`: all there is.
        package var podLimit: NodeResources?
        /// A limit that cannot be enforced refuses the pod, instead of being warned of once.
        package var requiresControllers = false

        package init() {}
    }

    let root: Cgroup
    let settings: Settings
    let warned = Warned()
    private let claims = PodClaims()
    private let devices = DevicePrograms()

    package init(root: Cgroup, settings: Settings) {
        self.root = root
        self.settings = settings
    }

    /// Makes the tree down to the classes of service; tells what this machine cannot enforce.
    package func prepare() throws -> [MissingController] {
        try root.create()
        let missing = try root.makeDescendant(["kubepods", "burstable"], controllers: Controller.allCases).missing
        _ = try root.makeDescendant(["kubepods", "besteffort"], controllers: Controller.allCases)
        // What a class of service gives its pods: the pods' groups are made below these.
        for name in ["burstable", "besteffort"] { _ = try kubepods.child(name).enable(Controller.allCases) }
        for name in ["burstable", "besteffort"] {
            try kubepods.child(name).apply(CgroupSettings([.init(.cpu, "cpu.weight", "1", isDefault: true)]))
        }
        try keepMemory(for: .init())
        if let limit = settings.podLimit { try kubepods.apply(CgroupSettings(limit)) }
        try shims.create()
        return missing
    }

    /// Takes note of pods that are there already, and of what they ask for.
    func adopt(_ claims: [Pod.ID: PodClaim]) throws { try change { $0 = claims } }

    func change(_ body: (inout [Pod.ID: PodClaim]) -> Void) throws {
        try claims.change(body) { new, old in
            if new.weight != old.weight {
                let weight = CgroupSettings.Setting(.cpu, "cpu.weight", "\(new.weight)", isDefault: true)
                try kubepods.child("burstable").apply(CgroupSettings([weight]))
            }
            try keepMemory(for: new)
        }
    }

    /// What is kept for pods must be kept for the groups above them: for all, and of those the burstable ones.
    private func keepMemory(for totals: PodClaims.Totals) throws {
        guard let qos = settings.memory.qos else { return }
        let isTiered = qos.reservation == .tiered
        let all = clampedSum([totals.guaranteedMemory, totals.burstableMemory])
        for (group, kept) in [
            (kubepods, (min: isTiered ? all : 0, low: Int64(0))),
            (kubepods.child("burstable"), (min: Int64(0), low: isTiered ? totals.burstableMemory : 0)),
        ] { try report(group.apply(CgroupSettings(qos.settings(keeping: kept)))) }
    }

    private var kubepods: Cgroup { root.child("kubepods") }
    /// The shims: outside the limits of the pods that they keep.
    package var shims: Cgroup { root.child("shims") }

    /// A group's path as a runtime of another's writes it: from the root of the tree.
    func pathInTree(_ group: FilePath) throws -> String {
        let mount = try CgroupMount.find()?.path ?? "/sys/fs/cgroup"
        var path = group
        return path.removePrefix(mount) ? "/\(path)" : group.string
    }

    func group(of pod: Pod) -> Cgroup { group(of: pod.id, pod.qosClass) }

    func group(of pod: Pod.ID, _ qosClass: Pod.QoSClass) -> Cgroup {
        let parent =
            switch qosClass {
            case .guaranteed: kubepods
            case .burstable: kubepods.child("burstable")
            case .bestEffort: kubepods.child("besteffort")
            }
        return parent.child("pod\(pod.rawValue)")
    }

    /// The group of a pod, limited, with the controllers given on to its containers.
    func create(for pod: Pod) throws -> Cgroup {
        let group = group(of: pod)
        try group.create()
        try report(group.apply(CgroupSettings(pod, settings)))
        _ = try group.enable(group.controllers())
        try change { $0[pod.id] = PodClaim(pod) }
        return group
    }

    func createSandbox(of pod: Pod) throws -> Cgroup {
        let group = group(of: pod).child("pause")
        try group.create()
        try group.setDevices(DeviceRule.rules(for: .init()))
        return group
    }

    func create(_ container: Pod.Container, of pod: Pod, id: String) throws -> Cgroup {
        let group = group(of: pod).child(id)
        try group.create()
        try report(group.apply(CgroupSettings(container, of: pod, settings)))
        try group.setDevices(DeviceRule.rules(for: container.security), from: devices)
        return group
    }

    func kill(_ path: FilePath) throws { try Cgroup(path: path).kill() }

    func outOfMemoryKills(_ path: FilePath) throws -> UInt64 {
        guard try Cgroup(path: path).exists else { return 0 }
        return try Cgroup(path: path).memoryEvents()?.killed ?? 0
    }

    /// Kills what is left in a group and removes it. An empty path is that of an instance that never had one.
    func remove(_ path: FilePath) async throws {
        guard !path.isEmpty else { return }
        try await Cgroup(path: path).remove()
    }

    /// Kills the pod's pause process and removes its group.
    func removeSandbox(of pod: Pod.ID) async throws {
        for group in groups(of: pod) { try await group.child("pause").remove() }
    }

    func removePod(_ pod: Pod.ID) async throws {
        for group in groups(of: pod) { try await group.remove() }
        try change { $0[pod] = nil }
    }

    /// Where a pod's group may be: without its manifest nobody knows its class of service.
    private func groups(of pod: Pod.ID) -> [Cgroup] {
        [kubepods, kubepods.child("burstable"), kubepods.child("besteffort")].map {
            $0.child("pod\(pod.rawValue)")
        }
    }

    private func report(_ unenforced: [UnenforcedSetting]) throws {
        guard let first = unenforced.first else { return }
        if settings.requiresControllers { throw Unenforceable(setting: first) }
        for setting in unenforced where warned.insert(setting.setting.file) {
            Logger.current.warning("Limit cannot be enforced on this machine", metadata: ["limit": "\(setting)"])
        }
    }

    struct Unenforceable: Error, CustomStringConvertible {
        let setting: UnenforcedSetting
        var description: String { "\(setting)" }
    }

    /// What was told of already: once is enough.
    final class Warned: Sendable {
        private let files = Mutex<Set<String>>([])
        func insert(_ file: String) -> Bool { files.withLock { $0.insert(file).inserted } }
    }
}
