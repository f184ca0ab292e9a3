import Linux
import Logging
import Machine
import Pods
import ServiceLifecycle

/// Keeps volumes what they should be while pods run: files follow the objects they are made of, and a pod whose empty
/// directory outgrows its limit is evicted.
struct VolumeKeeper: Service {
    /// Source: kubernetes `pkg/kubelet/eviction`: how often usage is looked at.
    private static let period = Duration.seconds(10)

    let machine: Machine
    let pods: PodManager
    /// Rings when the objects have changed.
    private let changes: Wakeup

    init(machine: Machine, pods: PodManager, changes: Wakeup = Wakeup()) {
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
                    while !Task.isCancelled {
                        try? await Task.sleep(for: Self.period)
                        await self.enforce()
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

    private func enforce() async {
        for entry in await pods.list() where !entry.isTerminating && !entry.waitsForName {
            do {
                guard let excess = try await machine.excess(of: entry.pod) else { continue }
                Logger.current.warning(
                    "Pod is evicted", metadata: ["pod": "\(entry.pod.fullName)", "reason": "\(excess)"])
                await pods.want(.terminated(entry.pod, .eviction(excess)))
            } catch {
                Logger.current.debug(
                    "Usage not known", metadata: ["pod": "\(entry.pod.fullName)", "error": "\(error)"])
            }
        }
    }
}
