import Linux
import Logging
import Pods
import Shim
import SystemPackage

import struct Kubernetes.Time

extension Machine {
    /// Asks the instance to leave, waits, and kills what is left of it.
    ///
    /// The signal goes to the first process alone, as from every runtime; the kill to the whole cgroup, so that
    /// nothing survives, whatever it forked.
    func stop(_ instance: String, of pod: Pod.ID, grace: Duration) async throws {
        guard let record = try record(of: instance, in: pod), record.end == nil, let process = record.process else {
            return
        }
        Logger.current.notice("Container stops", metadata: ["container": "\(record.name)", "grace": "\(grace)"])
        do {
            if process.isAlive {
                try await shim(of: pod).signal(instance, record.stopSignal)
                let hasLeft = try await ends(instance, of: pod, within: grace)
                // Whoever cancels lets go: it is not over, and the time is not up.
                try Task.checkCancellation()
                if !hasLeft {
                    Logger.current.notice(
                        "Container did not leave in time and is killed", metadata: ["container": "\(record.name)"])
                }
            }
            try cgroups.kill(FilePath(record.cgroup))
            _ = try await shim(of: pod).wait(instance)
        } catch let error as ShimError {
            // Nobody takes its output any more, nor learns how it ends: there is nothing to leave in order for.
            Logger.current.notice(
                "Shim does not keep the container, which is killed",
                metadata: ["container": "\(record.name)", "error": "\(error)"])
            try await cgroups.remove(FilePath(record.cgroup))
        }
    }

    /// Whether the instance ends in the given time.
    private func ends(_ instance: String, of pod: Pod.ID, within time: Duration) async throws -> Bool {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                await waitForExit(of: instance, in: pod)
                return true
            }
            group.addTask {
                try await Task.sleep(for: time)
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
