package import Kubernetes

extension PodView {
    /// Which pod it is, not how it is: enough to find it among others.
    init(namesOf pod: Pod) {
        self.init(
            namespace: pod.metadata?.namespace ?? "default", name: pod.metadata?.name ?? "",
            uid: pod.metadata?.uid ?? "", node: pod.spec?.nodeName ?? "", phase: "", status: "")
        deletedAt = pod.metadata?.deletionTimestamp
    }

    /// As far as it takes to choose one of its containers.
    init(containersOf pod: Pod) {
        self.init(namesOf: pod)
        annotations = pod.metadata?.annotations ?? [:]
        initContainers = Self.containers(pod.spec?.initContainers, pod.status?.initContainerStatuses)
        containers = Self.containers(pod.spec?.containers, pod.status?.containerStatuses)
        ephemeralContainers = Self.containers(
            pod.spec?.ephemeralContainers?.map(\.shown), pod.status?.ephemeralContainerStatuses)
    }

    /// What people are shown of the API's object.
    package init(_ pod: Pod) {
        let (spec, status, meta) = (pod.spec ?? PodSpec(), pod.status ?? PodStatus(), pod.metadata ?? ObjectMeta())
        self.init(containersOf: pod)
        (phase, self.status) = (status.phase ?? "Pending", Self.status(of: pod))
        (reason, message) = (status.reason, status.message)
        source = meta.annotations?["kubernetes.io/config.source"]
        qosClass = status.qosClass
        restartPolicy = spec.restartPolicy
        hostIP = status.hostIP
        ips = (status.podIPs ?? []).compactMap(\.ip)
        if ips.isEmpty, let ip = status.podIP { ips = [ip] }
        createdAt = status.startTime ?? meta.creationTimestamp
        labels = meta.labels ?? [:]
        conditions = (status.conditions ?? []).map {
            ConditionView(type: $0.type ?? "", status: $0.status ?? "", reason: $0.reason, message: $0.message)
        }
        volumes = (spec.volumes ?? []).map(VolumeView.init)
    }

    private static func containers(_ specs: [Container]?, _ statuses: [ContainerStatus]?) -> [ContainerView] {
        (specs ?? []).map { spec in ContainerView(spec, statuses?.first { $0.name == spec.name }) }
    }

    /// The word of kubectl's STATUS column. Source: kubernetes `pkg/printers/internalversion`, `printPod`.
    package static func status(of pod: Pod) -> String {
        let status = pod.status ?? PodStatus()
        var word = status.reason ?? status.phase ?? "Pending"
        let isInitialized = status.conditions?.contains { $0.type == "Initialized" && $0.status == "True" } ?? false
        if !isInitialized,
            let initializing = initializing(pod.spec?.initContainers ?? [], status.initContainerStatuses ?? [])
        {
            word = initializing
        } else {
            var isOneRunning = false
            for container in (status.containerStatuses ?? []).reversed() {
                if let waiting = container.state?.waiting, let reason = waiting.reason, !reason.isEmpty {
                    word = reason
                } else if let ended = container.state?.terminated {
                    word = Self.word(for: ended)
                } else if container.state?.running != nil && container.ready == true {
                    isOneRunning = true
                }
            }
            if word == "Completed" && isOneRunning {
                let isReady = status.conditions?.contains { $0.type == "Ready" && $0.status == "True" } ?? false
                word = isReady ? "Running" : "NotReady"
            }
        }
        if pod.metadata?.deletionTimestamp != nil {
            word = status.reason == "NodeLost" ? "Unknown" : "Terminating"
        }
        return word
    }

    /// `Init:1/2`, `Init:CrashLoopBackOff` …; `nil` once the containers' turn has come.
    private static func initializing(_ specs: [Container], _ statuses: [ContainerStatus]) -> String? {
        for (index, container) in statuses.enumerated() {
            if let ended = container.state?.terminated {
                if ended.exitCode == 0 { continue }
                return "Init:" + word(for: ended)
            }
            let isSidecar = specs.first { $0.name == container.name }?.restartPolicy == "Always"
            if isSidecar, container.started == true { continue }
            if let reason = container.state?.waiting?.reason, !reason.isEmpty, reason != "PodInitializing" {
                return "Init:" + reason
            }
            return "Init:\(index)/\(specs.count)"
        }
        return nil
    }

    private static func word(for ended: ContainerStateTerminated) -> String {
        if let reason = ended.reason, !reason.isEmpty { return reason }
        if let signal = ended.signal, signal != 0 { return "Signal:\(signal)" }
        return "ExitCode:\(ended.exitCode ?? 0)"
    }
}

extension EphemeralContainer {
    /// What of it is shown, as any container's.
    fileprivate var shown: Container {
        var shown = Container()
        (shown.name, shown.image, shown.command, shown.args) = (name, image, command, args)
        return shown
    }
}

extension ContainerView {
    init(_ spec: Container, _ status: ContainerStatus?) {
        self.init(
            name: spec.name ?? "", image: status?.image.flatMap { $0.isEmpty ? nil : $0 } ?? spec.image ?? "",
            state: ContainerStateView(status?.state) ?? ContainerStateView(.waiting, reason: "ContainerCreating"),
            ready: status?.ready ?? false, restarts: Int(status?.restartCount ?? 0))
        id = status?.containerID.flatMap { $0.isEmpty ? nil : $0 }
        imageID = status?.imageID.flatMap { $0.isEmpty ? nil : $0 }
        last = ContainerStateView(status?.lastState)
        isSidecar = spec.restartPolicy == "Always"
        command = spec.command ?? []
        arguments = spec.args ?? []
        ports = (spec.ports ?? []).map { port in
            "\(port.containerPort ?? 0)/\(port.protocol ?? "TCP")"
                + (port.hostPort.map { ", host \(port.hostIP.map { "\($0):" } ?? "")\($0)" } ?? "")
        }
        limits = (spec.resources?.limits ?? [:]).mapValues(\.description)
        requests = (spec.resources?.requests ?? [:]).mapValues(\.description)
        environment = (spec.env ?? []).map { "\($0.name ?? ""): \($0.value ?? "")" }
        mounts = (spec.volumeMounts ?? []).map { mount in
            "\(mount.mountPath ?? "") from \(mount.name ?? "") (\(mount.readOnly == true ? "ro" : "rw"))"
        }
    }
}

extension ContainerStateView {
    /// `nil` for a state that says nothing.
    init?(_ state: ContainerState?) {
        if let running = state?.running {
            self.init(.running)
            startedAt = running.startedAt
        } else if let ended = state?.terminated {
            self.init(.terminated, reason: ended.reason, message: ended.message)
            (exitCode, signal) = (ended.exitCode, ended.signal)
            (startedAt, finishedAt) = (ended.startedAt, ended.finishedAt)
        } else if let waiting = state?.waiting {
            self.init(.waiting, reason: waiting.reason, message: waiting.message)
        } else {
            return nil
        }
    }
}

extension VolumeView {
    init(_ volume: Volume) {
        let name = volume.name ?? ""
        if let empty = volume.emptyDir {
            let parts = [
                empty.medium.flatMap { $0.isEmpty ? nil : "medium \($0)" },
                empty.sizeLimit.map { "limit \($0)" },
            ]
            self.init(name: name, kind: "EmptyDir", detail: parts.compactMap(\.self).joined(separator: ", "))
        } else if let host = volume.hostPath {
            let type = host.type.flatMap { $0.isEmpty ? nil : " (\($0))" } ?? ""
            self.init(name: name, kind: "HostPath", detail: (host.path ?? "") + type)
        } else {
            self.init(name: name, kind: "Other")
        }
    }
}
