import Logging

extension PodWorker {
    /// Remembers and tells what failed of a step. Returns whether the steps behind it make sense.
    func settle(_ error: any Error, after step: PodPlan.Step, for pod: Pod) async throws -> Bool {
        switch step {
        case .resize(let name, _):
            await tellResizeProblems(of: pod) { [clock] in $0.recordResize(error, of: name, at: clock.now) }
            return true
        case .resizeWhole:
            await tellResizeProblems(of: pod) { [clock] in $0.recordWholeResize(error, at: clock.now) }
            return true
        case .start(let name, _, _), .postStart(let name):
            guard let container = pod.container(named: name) else { return true }
            failures.record(error, of: container, at: clock.now)
            await tell(error, of: name)
            Logger.current.error("Container did not start", metadata: ["container": "\(name)", "error": "\(error)"])
            return true
        case .createSandbox:
            failures.recordSandbox(error, at: clock.now)
            await tell(error)
            Logger.current.error("Sandbox not made", metadata: ["error": "\(error)"])
            return false
        default: throw error
        }
    }

    /// What fails again for the same reason is not told again.
    private func tellResizeProblems(of pod: Pod, _ record: (inout StartFailures) -> Void) async {
        let known = failures.resizeProblems
        record(&failures)
        guard failures.resizeProblems != known else { return }
        await tell(.resizeFailed(pod, failures.resizeProblems.joined(separator: "; ")))
    }
}
