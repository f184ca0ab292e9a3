import Kubernetes
import Linux
package import Pods
import Statistics
import SystemPackage

// What pods may have on the node's disks: the limits of their empty directories, and `ephemeral-storage`.

/// Why a pod has more on the node's disks than it may.
///
/// Source: kubernetes `pkg/kubelet/eviction/eviction_manager.go`, whose words these are.
package struct StorageExcess: Equatable, Sendable {
    /// Which limit it is, as metrics name it.
    package var signal: String
    /// For people.
    package var message: String

    init(_ signal: String, _ message: String) { (self.signal, self.message) = (signal, message) }
}

extension Pods.Pod {
    /// Something that grows on the node's disk has a limit. An empty directory in memory ends at its own.
    package var hasStorageLimit: Bool {
        storageLimit != nil
            || volumes.contains { volume in
                guard case .emptyDir(let directory) = volume.source, let limit = directory.sizeLimit else {
                    return false
                }
                return directory.medium == .disk && limit.bytes > 0
            }
    }

    /// Why the pod has more on the node's disks than it may, in the kubelet's words; `nil`: it has not.
    ///
    /// Source: kubernetes `pkg/kubelet/eviction`, `localStorageEviction`; facts of kubelet, §6.3.
    func excess(_ use: PodStatistics) -> StorageExcess? {
        for volume in manifest.spec?.volumes ?? [] {
            guard let limit = volume.emptyDir?.sizeLimit, limit > Quantity(0), let name = volume.name,
                let used = use.volumes.first(where: { $0.name == name })?.usage.used
            else { continue }
            if used > UInt64(clamping: limit.value) {
                return StorageExcess(
                    "emptydirfs.limit", "Usage of EmptyDir volume \"\(name)\" exceeds the limit \"\(limit)\". ")
            }
        }
        if let limit = storageLimit, let used = use.ephemeralStorage?.used, used > UInt64(clamping: limit.value) {
            return StorageExcess(
                "ephemeralpodfs.limit",
                "Pod ephemeral local storage usage exceeds the total limit of containers \(limit). ")
        }
        for container in manifest.spec?.containers ?? [] {
            guard let limit = container.storageLimit, limit > Quantity(0),
                let own = use.containers.first(where: { $0.name == container.name })
            else { continue }
            let used = (own.rootFilesystem?.used ?? 0) + (own.logs?.used ?? 0)
            if used > UInt64(clamping: limit.value) {
                return StorageExcess(
                    "ephemeralcontainerfs.limit",
                    "Container \(own.name) exceeded its local ephemeral storage limit \"\(limit)\". ")
            }
        }
        return nil
    }

    /// What all that run at a time may have together; one without a limit adds nothing, and nobody's is no limit.
    ///
    /// Source: kubernetes `resourcehelper.PodLimits`.
    private var storageLimit: Quantity? {
        let limits = ((manifest.spec?.initContainers ?? []) + (manifest.spec?.containers ?? []))
            .compactMap(\.storageLimit)
        guard let first = limits.first else { return nil }
        let sum = clampedSum([most { $0.limits.disk?.bytes ?? 0 }, overhead.disk?.bytes ?? 0])
        return Quantity(sum, format: first.format)
    }
}

extension Kubernetes.Container {
    fileprivate var storageLimit: Quantity? { resources?.limits?["ephemeral-storage"] }
}

extension PodStatistics {
    /// The pod and its containers without a figure.
    fileprivate init(of sampled: SampledPod) {
        let group = GroupStatistics(path: "")
        self.init(
            name: sampled.pod.name, namespace: sampled.pod.namespace, uid: sampled.pod.id.rawValue, group: group)
        containers = sampled.containers.map {
            ContainerStatistics(name: $0.name, id: $0.id, image: $0.image, group: group)
        }
    }
}

/// Finds pods that have more on the node's disks than they may.
package struct StorageInspection: Sendable {
    private let machine: Machine
    private var uses: [Pods.Pod.ID: DiskUses] = [:]

    package init(machine: Machine) { self.machine = machine }

    /// Looks through what belongs to pods that run and have a limit, one after the other, and tells of each that has
    /// passed it before it looks at the next. Those that took long come last: nobody waits for somebody's million files.
    package mutating func look(
        through entries: [PodManager.Entry], onExcess: (Pods.Pod, StorageExcess) async -> Void
    ) async throws {
        let limited = entries.filter(\.pod.hasStorageLimit).compactMap { SampledPod($0, machine) }
        let known = uses.filter { use in limited.contains { $0.pod.id == use.key } }
        uses = known
        let inOrder = limited.sorted { known[$0.pod.id]?.longest ?? .zero < known[$1.pod.id]?.longest ?? .zero }
        for sampled in inOrder {
            let before = known[sampled.pod.id] ?? DiskUses()
            let (excess, after) = try await onOwnThread { [machine] in
                var (uses, use) = (before, PodStatistics(of: sampled))
                machine.addDisks(to: &use, sampled, try machine.diskSystems(), &uses, at: .now)
                uses.forgetOthers()
                return (sampled.pod.excess(use), uses)
            }
            uses[sampled.pod.id] = after
            if let excess { await onExcess(sampled.pod, excess) }
        }
    }
}
