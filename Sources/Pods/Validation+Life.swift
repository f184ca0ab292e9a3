import Kubernetes

extension Validation {
    /// Every container of a pod, whose names are all different.
    mutating func checkContainers(of spec: PodSpec, _ path: FieldPath) {
        let containers = spec.containers ?? []
        if containers.isEmpty { required(path.child("containers")) }
        let deadline = spec.activeDeadlineSeconds ?? 1
        if !(1...Int64(Int32.max)).contains(deadline) {
            invalid(path.child("activeDeadlineSeconds"), deadline, "must be between 1 and 2147483647, inclusive")
        }
        var names: Set<String> = []
        let ephemeral = (spec.ephemeralContainers ?? []).compactMap(\.container)
        let groups = [("initContainers", spec.initContainers ?? []), ("containers", containers)]
        for (field, group) in groups + [("ephemeralContainers", ephemeral)] {
            for (index, container) in group.enumerated() {
                let path = path.child(field).index(index)
                if let name = container.name, !name.isEmpty, !names.insert(name).inserted {
                    duplicate(path.child("name"), name)
                }
                // Those that run one after the other may ask for the same port.
                if field == "initContainers", container.restartPolicy != "Always" { hostPorts = [] }
                checkContainer(container, path)
                checkLife(of: container, spec, path)
                if field == "initContainers" { checkInitial(container, path) }
                if field == "ephemeralContainers" { checkEphemeral(container, path) }
            }
        }
        for (index, container) in (spec.ephemeralContainers ?? []).enumerated() {
            guard let target = container.targetContainerName.unlessEmpty, !names.contains(target) else { continue }
            notFound(path.child("ephemeralContainers").index(index).child("targetContainerName"), target)
        }
    }

    private mutating func checkLife(of container: Kubernetes.Container, _ spec: PodSpec, _ path: FieldPath) {
        choice(container.restartPolicy, path.child("restartPolicy"), ["Always", "OnFailure", "Never"])
        checkRules(container, path)
        for (index, policy) in (container.resizePolicy ?? []).enumerated() {
            let path = path.child("resizePolicy").index(index)
            choice(policy.resourceName ?? "", path.child("resourceName"), ["cpu", "memory"])
            choice(policy.restartPolicy ?? "", path.child("restartPolicy"), ["NotRequired", "RestartContainer"])
            if spec.restartPolicy == "Never", policy.restartPolicy == "RestartContainer" {
                invalid(path, "RestartContainer", "must be 'NotRequired' when `restartPolicy` is 'Never'")
            }
        }
        guard let lifecycle = container.lifecycle else { return }
        let place = path.child("lifecycle")
        let grace = spec.terminationGracePeriodSeconds ?? 30
        if let hook = lifecycle.postStart { checkHook(hook, grace, place.child("postStart")) }
        if let hook = lifecycle.preStop { checkHook(hook, grace, place.child("preStop")) }
        guard let signal = lifecycle.stopSignal.unlessEmpty else { return }
        if spec.os?.name.unlessEmpty == nil {
            forbidden(place.child("stopSignal"), "may not be set for containers with empty `spec.os.name`")
        } else if !StopSignal.names.contains(signal) {
            choice(signal, place.child("stopSignal"), StopSignal.names)
        }
    }

    /// Source: `validateContainerRestartPolicy`.
    private mutating func checkRules(_ container: Kubernetes.Container, _ path: FieldPath) {
        guard let rules = container.restartPolicyRules, !rules.isEmpty else { return }
        let place = path.child("restartPolicyRules")
        if container.restartPolicy.unlessEmpty == nil {
            required(path.child("restartPolicy"), "must specify restartPolicy when restart rules are used")
        }
        if rules.count > 20 { problems.append("\(place): Too many: \(rules.count): must have at most 20 items") }
        for (index, rule) in rules.enumerated() {
            let path = place.index(index)
            choice(rule.action ?? "", path.child("action"), ["Restart", "RestartAllContainers"])
            guard let codes = rule.exitCodes else {
                required(path.child("exitCodes"), "must be specified")
                continue
            }
            choice(codes.operator ?? "", path.child("exitCodes").child("operator"), ["In", "NotIn"])
            let values = codes.values ?? []
            if values.isEmpty { required(path.child("exitCodes").child("values")) }
            if values.count > 255 {
                problems.append(
                    "\(path.child("exitCodes").child("values")): Too many: \(values.count): must have at most 255 items"
                )
            }
        }
    }

    /// Source: `validateHandler`.
    private mutating func checkHook(_ hook: LifecycleHandler, _ grace: Int64, _ path: FieldPath) {
        let count = [hook.exec != nil, hook.httpGet != nil, hook.sleep != nil, hook.tcpSocket != nil].count { $0 }
        if count > 1 { forbidden(path, "may not specify more than 1 handler type") }
        if count == 0 { required(path, "must specify a handler type") }
        if let exec = hook.exec, exec.command?.isEmpty ?? true { required(path.child("exec").child("command")) }
        if let seconds = hook.sleep?.seconds, seconds < 0 || seconds > grace {
            invalid(
                path.child("sleep"), seconds,
                "must be non-negative and less than or equal to terminationGracePeriodSeconds=\(grace)")
        }
        guard let get = hook.httpGet else { return }
        let place = path.child("httpGet")
        choice(get.scheme ?? "HTTP", place.child("scheme"), ["HTTP", "HTTPS"])
        switch get.port {
        case .int(let number)? where !(1...65535).contains(number):
            invalid(place.child("port"), number, "must be between 1 and 65535, inclusive")
        case .string(let name)? where name.isEmpty: required(place.child("port"))
        case nil: required(place.child("port"))
        default: break
        }
    }

    /// Source: `validateInitContainers`.
    private mutating func checkInitial(_ container: Kubernetes.Container, _ path: FieldPath) {
        if container.restartPolicy == "Always" { return }
        let fields = [
            ("lifecycle", container.lifecycle != nil), ("livenessProbe", container.livenessProbe != nil),
            ("readinessProbe", container.readinessProbe != nil), ("startupProbe", container.startupProbe != nil),
        ]
        for (field, isSet) in fields where isSet {
            forbidden(path.child(field), "may not be set for init containers without restartPolicy=Always")
        }
    }

    /// Source: `allowedEphemeralContainerFields`.
    private mutating func checkEphemeral(_ container: Kubernetes.Container, _ path: FieldPath) {
        let fields = [
            ("lifecycle", container.lifecycle != nil), ("ports", container.ports?.isEmpty == false),
            ("resources", container.resources.map { $0 != ResourceRequirements() } ?? false),
            ("restartPolicy", container.restartPolicy != nil),
            ("livenessProbe", container.livenessProbe != nil), ("readinessProbe", container.readinessProbe != nil),
            ("startupProbe", container.startupProbe != nil),
        ]
        for (field, isSet) in fields where isSet {
            forbidden(path.child(field), "cannot be set for an Ephemeral Container")
        }
    }

    mutating func forbidden(_ path: FieldPath, _ detail: String) { problems.append("\(path): Forbidden: \(detail)") }
}

/// Signals that the API has names for. Source: `core/v1` `Signal`.
enum StopSignal {
    static let names: [String] =
        [
            "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL", "PIPE",
            "POLL", "PROF", "PWR", "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP", "TTIN", "TTOU",
            "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ", "RTMIN", "RTMAX",
        ].map { "SIG\($0)" } + (1...15).map { "SIGRTMIN+\($0)" } + (1...14).map { "SIGRTMAX-\($0)" }
}
