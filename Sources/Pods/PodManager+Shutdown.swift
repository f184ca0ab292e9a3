import Kubernetes
import Logging

extension PodManager {
    /// Ends all pods because the machine goes down, group after group, and takes no new ones.
    ///
    /// Returns when all have ended, or their time is over. Manifests stay what they are: after the boot they run again.
    package func shutDown(within periods: ShutdownPeriods) async {
        isShuttingDown = true
        let groups = ShutdownGroup.groups(periods)
        for group in groups {
            var members: [PodWorker] = []
            for worker in workers.values {
                let pod = await worker.desired.pod
                guard group.takes(priority: pod.priority, among: groups) else { continue }
                await worker.want(.terminated(pod, .shutdown(of: pod, within: group.grace)))
                members.append(worker)
            }
            Logger.current.notice(
                "Pods end for the node's shutdown",
                metadata: ["priority": "\(group.priority)", "pods": "\(members.count)", "grace": "\(group.grace)"])
            let left = await waitForEnd(of: members, within: group.grace)
            if left > 0 {
                Logger.current.warning("Pods did not end in time for the shutdown", metadata: ["pods": "\(left)"])
            }
        }
    }

    /// The machine stays up after all: new pods are taken again. Source: facts of kubelet, §10.6 ("Cancelled").
    package func cancelShutdown() { isShuttingDown = false }

    /// Returns how many did not end in time.
    func waitForEnd(of members: [PodWorker], within time: Duration) async -> Int {
        let deadline = environment.clock.now.advanced(by: time)
        var left = members
        while !left.isEmpty, environment.clock.now < deadline, !Task.isCancelled {
            var still: [PodWorker] = []
            for worker in left where await !worker.hasEnded { still.append(worker) }
            left = still
            if !left.isEmpty { await environment.pause(.milliseconds(100)) }
        }
        return left.count
    }
}
