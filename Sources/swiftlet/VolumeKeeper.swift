import Linux
import Logging
import Machine
import Pods
import ServiceLifecycle
import Statistics

/// Keeps volumes what they should be while pods run: files follow the objects they are made of, and a pod that has more
/// on the node's disks than it may is evicted.
struct VolumeKeeper: Service {
    /// Source: kubernetes `pkg/kubelet/eviction`: how often usage is looked at.
    private static let period = Duration.seconds(10)

    let machine: Machine
    let pods: PodManager
    /// Rings when the objects have changed.
    private let changes: Wakeup
    private let meter: NodeMeter

    init(machine: Machine, pods: PodManager, meter: NodeMeter, changes: Wakeup = Wakeup()) {
        self.meter = meter
        self.machine = machine
        self.pods = pods
        self.changes = changes
    }

    /// These are all objects that pods may refer to from now on.
    func take(_ objects: LocalObjects) async {
        machine.objects.replace(with: objects)
        changes.ring()
    }

    func run() async {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask {
                    while !Task.isCancelled {
                        await self.changes.wait(until: nil, on: ContinuousClock())
                        await self.refresh()
                    }
                }
                group.addTask {
                    var inspection = StorageInspection(machine: self.machine)
                    while !Task.isCancelled {
                        try? await Task.sleep(for: Self.period)
                        await self.enforce(&inspection)
                    }
                }
            }
        }
    }

    private func refresh() async {
        for entry in await pods.list() where !entry.isTerminating {
            guard await machine.knowsReferences(of: entry.pod) else { continue }
            do {
                try machine.refreshVolumes(of: entry.pod)
            } catch {
                Logger.current.error(
                    "Volumes not brought up to date", metadata: ["pod": "\(entry.pod.fullName)", "error": "\(error)"])
            }
        }
        await pods.tryAgain()
    }

    private func enforce(_ inspection: inout StorageInspection) async {
        do {
            try await inspection.look(through: await pods.list()) { pod, excess in
                guard await pods.evict(pod, because: excess.message) else { return }
                meter.count(.evictions, Labels(["eviction_signal": excess.signal]))
            }
        } catch {
            Logger.current.error("Disk use not known", metadata: ["error": "\(error)"])
        }
    }
}
