import Linux
import Logging
import Pods
import SystemPackage

extension Machine {
    /// Runs the newest instance's hook, if it awaits it; stops it if the hook fails.
    ///
    /// Nobody is told that the instance runs before its hook succeeded. An agent that ends meanwhile leaves it to
    /// await: the next one runs the hook again. Source: facts of kubelet, §3.4 ("Start of one container").
    func runPostStart(of container: Pod.Container, _ pod: Pod) async throws {
        guard let hook = container.lifecycle.postStart,
            let record = try records(of: pod.id).newestInstance(of: container.name),
            record.awaitsPostStart == true, record.end == nil, record.process?.isAlive ?? false
        else { return }
        do {
            try await run(hook, .postStart, in: container, of: pod, instance: record.id)
        } catch let error as HookError {
            Logger.current.error("Hook failed", metadata: ["container": "\(container.name)", "error": "\(error)"])
            try await stop(record.id, of: pod, grace: pod.terminationGracePeriod, after: [])
            throw error
        }
        var done = record
        done.awaitsPostStart = nil
        try records(of: pod.id).write(done)
    }

    /// Runs the hook before the stop, for as long as there is time. A failure does not keep the container.
    func runPreStop(of record: ContainerRecord, _ pod: Pod, until deadline: ContinuousClock.Instant) async throws {
        guard record.ranPreStop != true, deadline > .now, let container = pod.container(named: record.name),
            let hook = container.lifecycle.preStop
        else { return }
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await run(hook, .preStop, in: container, of: pod, instance: record.id) }
                group.addTask {
                    try await Task.sleep(until: deadline)
                    throw HookError(
                        .preStop, hook, container: container.name, of: pod, problem: "the grace period is over")
                }
                defer { group.cancelAll() }
                try await group.next()
            }
        } catch let error as HookError {
            Logger.current.notice("Hook failed", metadata: ["container": "\(record.name)", "error": "\(error)"])
            await note(.preStopFailed(record.name), pod)
        }
        var done = record
        done.ranPreStop = true
        try records(of: pod.id).write(done)
    }
}
