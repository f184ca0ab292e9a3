import Pods

/// Why a hook failed, in the kubelet's words. Source: facts of kubelet, §3.7.
struct HookError: Error, CustomStringConvertible {
    enum Moment: String { case postStart = "PostStartHook", preStop = "PreStopHook" }

    let description: String

    init(
        _ moment: Moment, _ hook: Pod.Container.Hook, container: String, of pod: Pod, problem: String,
        output: String = ""
    ) {
        let place = "for Container \"\(container)\" in Pod \"\(pod.fullName)(\(pod.id))\" failed - error: \(problem)"
        switch hook {
        case .exec(let command):
            description =
                "Exec lifecycle hook ([\(command.joined(separator: " "))]) \(place), message: \"\(output)\""
        case .http(let request): description = "HTTP lifecycle hook (\(request.path)) \(place), message: \"\(output)\""
        case .sleep(let time): description = "Sleep lifecycle hook (\(time.components.seconds)) \(place)"
        }
    }
}
