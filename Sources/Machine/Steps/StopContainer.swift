import Linux
import Logging
package import Pods
import Shim
import SystemPackage

import struct Kubernetes.Time

extension Machine {
    /// Runs the instance's last hook, waits for those that have to leave before it, asks it to leave, waits, and kills
    /// what is left of it.
    ///
    /// The time by which it is gone is written down: another agent, or another wish, only shortens it.
    /// The signal goes to the first process alone, as from every runtime; the kill to the whole cgroup, so that
    /// nothing survives, whatever it forked.
    func stop(_ instance: String, of pod: Pod, grace: Duration, after others: [String]) async throws {
        guard var record = try record(of: instance, in: pod.id), record.end == nil, let process = record.process else {
            return
        }
        let deadline = min(record.stopBy ?? .now + grace, .now + grace)
        record.stopBy = deadline
        try records(of: pod.id).write(record)
        Logger.current.notice("Container stops", metadata: ["container": "\(record.name)", "grace": "\(grace)"])
        do {
            if process.isAlive {
                try await runPreStop(of: record, pod, until: deadline)
                for other in others { _ = try await ends(other, of: pod.id, until: deadline) }
                try Task.checkCancellation()
                try await signal(record, record.stopSignal, of: pod.id)
                // Source: facts of kubelet, §3.6: at least 2 s, whatever the hook has left.
                let hasLeft = try await ends(instance, of: pod.id, until: max(deadline, .now + .seconds(2)))
                // Whoever cancels lets go: it is not over, and the time is not up.
                try Task.checkCancellation()
                if !hasLeft {
                    Logger.current.notice(
                        "Container did not leave in time and is killed", metadata: ["container": "\(record.name)"])
                }
            }
            try cgroups.kill(FilePath(record.cgroup))
            _ = try await shim(of: pod.id).wait(instance)
        } catch let error as ShimError {
            // Nobody takes its output any more, nor learns how it ends: there is nothing to leave in order for.
            Logger.current.notice(
                "Shim does not keep the container, which is killed",
                metadata: ["container": "\(record.name)", "error": "\(error)"])
            try await cgroups.remove(FilePath(record.cgroup))
        }
    }

    /// Kills a container's newest instance.
    package func end(_ container: String, of pod: Pod) async throws {
        guard let record = try records(of: pod.id).newestInstance(of: container) else { return }
        try await stop(record.id, of: pod, grace: .zero, after: [])
    }

    /// Whether the instance ends by then.
    private func ends(
        _ instance: String, of pod: Pod.ID, until deadline: ContinuousClock.Instant
    ) async throws -> Bool {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                await waitForExit(of: instance, in: pod)
                return true
            }
            group.addTask {
                try await Task.sleep(until: deadline)
                return false
            }
            defer { group.cancelAll() }
            return try await group.next() ?? true
        }
    }

    func record(of instance: String, in pod: Pod.ID) throws -> ContainerRecord? {
        try records(of: pod).containers().values.joined().first { $0.id == instance }
    }
}
