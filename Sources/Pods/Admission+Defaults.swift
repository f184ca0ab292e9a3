import Kubernetes

extension Kubernetes.Pod {
    /// Fills in what the API server would. Source: `pkg/apis/core/v1/defaults.go`.
    mutating func applyDefaults() {
        var spec = spec ?? PodSpec()
        spec.restartPolicy = spec.restartPolicy.unlessEmpty ?? "Always"
        spec.dnsPolicy = spec.dnsPolicy.unlessEmpty ?? "ClusterFirst"
        spec.schedulerName = spec.schedulerName.unlessEmpty ?? "default-scheduler"
        spec.terminationGracePeriodSeconds = spec.terminationGracePeriodSeconds ?? 30
        spec.enableServiceLinks = spec.enableServiceLinks ?? true
        spec.securityContext = spec.securityContext ?? PodSecurityContext()
        let usesHostNetwork = spec.hostNetwork ?? false
        spec.containers = spec.containers?.map { $0.defaulted(usesHostNetwork: usesHostNetwork) }
        spec.initContainers = spec.initContainers?.map { $0.defaulted(usesHostNetwork: usesHostNetwork) }
        spec.ephemeralContainers = spec.ephemeralContainers?.map(\.defaulted)
        spec.volumes = spec.volumes?.map(\.defaulted)
        spec.applyResourceDefaults()
        self.spec = spec
        apiVersion = "v1"
        kind = "Pod"
    }
}

extension Kubernetes.Container {
    fileprivate func defaulted(usesHostNetwork: Bool) -> Self {
        var container = self
        container.imagePullPolicy = imagePullPolicy.unlessEmpty ?? Self.defaultPullPolicy(of: image ?? "")
        container.terminationMessagePath = terminationMessagePath ?? "/dev/termination-log"
        container.terminationMessagePolicy = terminationMessagePolicy.unlessEmpty ?? "File"
        container.ports = ports?.map { port in
            var port = port
            port.protocol = port.protocol.unlessEmpty ?? "TCP"
            if usesHostNetwork { port.hostPort = port.hostPort.flatMap { $0 == 0 ? nil : $0 } ?? port.containerPort }
            return port
        }
        container.lifecycle = lifecycle?.defaulted
        var resources = resources ?? ResourceRequirements()
        if let limits = resources.limits {
            resources.requests = (resources.requests ?? [:]).merging(limits) { request, _ in request }
        }
        container.resources = resources
        container.applyProbeDefaults()
        return container
    }

    /// `Always` for the tag `latest` and for no tag, `IfNotPresent` for any other tag or a digest.
    fileprivate static func defaultPullPolicy(of image: String) -> String {
        if image.contains("@") { return "IfNotPresent" }
        let name = image.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        guard let colon = name.lastIndex(of: ":") else { return "Always" }
        return name[name.index(after: colon)...] == "latest" ? "Always" : "IfNotPresent"
    }
}

extension Kubernetes.EphemeralContainer {
    fileprivate var defaulted: Self {
        var container = self
        container.imagePullPolicy = imagePullPolicy.unlessEmpty ?? Container.defaultPullPolicy(of: image ?? "")
        container.terminationMessagePath = terminationMessagePath ?? "/dev/termination-log"
        container.terminationMessagePolicy = terminationMessagePolicy.unlessEmpty ?? "File"
        return container
    }
}

extension Lifecycle {
    fileprivate var defaulted: Self {
        var lifecycle = self
        lifecycle.postStart?.httpGet?.applyDefaults()
        lifecycle.preStop?.httpGet?.applyDefaults()
        return lifecycle
    }
}

extension HTTPGetAction {
    fileprivate mutating func applyDefaults() {
        path = path.unlessEmpty ?? "/"
        scheme = scheme.unlessEmpty ?? "HTTP"
    }
}

extension Kubernetes.Volume {
    fileprivate var defaulted: Self {
        var volume = self
        if var hostPath = volume.hostPath {
            hostPath.type = hostPath.type ?? ""
            volume.hostPath = hostPath
        }
        if var image = volume.image {
            image.pullPolicy =
                image.pullPolicy.unlessEmpty ?? Kubernetes.Container.defaultPullPolicy(of: image.reference ?? "")
            volume.image = image
        }
        return volume
    }
}

extension String? {
    /// Nil for the empty text as well: the API does not tell them apart.
    var unlessEmpty: String? { self?.isEmpty ?? true ? nil : self }
}
