package import Kubernetes

extension Pod {
    /// A pod that was admitted before, as its ``manifest`` says.
    package init(admitted manifest: Kubernetes.Pod, source: PodSource) { self.init(valid: manifest, source: source) }

    /// In seconds, a century: the API allows any number, clocks do not.
    private static let longestGracePeriod: Int64 = 3_153_600_000

    /// Takes over an object that has its defaults and passed validation.
    init(valid object: Kubernetes.Pod, source: PodSource) {
        let metadata = object.metadata ?? ObjectMeta()
        let spec = object.spec ?? PodSpec()
        self.init(
            id: ID(metadata.uid ?? ""), name: metadata.name ?? "", namespace: metadata.namespace ?? "default",
            source: source,
            containers: (spec.containers ?? []).map { Container(valid: $0, in: spec.securityContext) })
        manifest = object
        labels = metadata.labels ?? [:]
        annotations = metadata.annotations ?? [:]
        nodeName = spec.nodeName ?? ""
        restartPolicy = spec.restartPolicy.flatMap(RestartPolicy.init) ?? .always
        terminationGracePeriod = .seconds(min(spec.terminationGracePeriodSeconds ?? 30, Self.longestGracePeriod))
        priority = spec.priority ?? Self.priority(ofClass: spec.priorityClassName)
        hostNetwork = spec.hostNetwork ?? false
        hostPID = spec.hostPID ?? false
        hostIPC = spec.hostIPC ?? false
        hostUsers = spec.hostUsers ?? true
        shareProcessNamespace = spec.shareProcessNamespace ?? false
        takeNames(spec)
        volumes = (spec.volumes ?? []).map(Volume.init(valid:))
        initContainers = (spec.initContainers ?? []).map {
            Container(valid: $0, in: spec.securityContext, as: $0.restartPolicy == "Always" ? .sidecar : .initial)
        }
        ephemeralContainers = (spec.ephemeralContainers ?? []).compactMap {
            Container(added: $0, in: spec.securityContext)
        }
        activeDeadline = spec.activeDeadlineSeconds.map { .seconds($0) }
        if metadata.deletionTimestamp != nil {
            let grace = metadata.deletionGracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? 30
            deletionGrace = .seconds(min(grace, Self.longestGracePeriod))
        }
        serviceAccountName = spec.serviceAccountName ?? ""
        takeSecurity(spec.securityContext ?? PodSecurityContext())
        takeAppArmorAnnotations(spec)
        resources = spec.resources.map(Resources.init)
        qosClass = Self.qosClass(of: initContainers + containers, resources)
        runtimeClass = spec.runtimeClassName.unlessEmpty
        overhead = ResourceAmounts(spec.overhead ?? [:])
    }

    private mutating func takeNames(_ spec: PodSpec) {
        hostname = spec.hostname.unlessEmpty
        subdomain = spec.subdomain.unlessEmpty
        setHostnameAsFQDN = spec.setHostnameAsFQDN ?? false
        hostnameOverride = spec.hostnameOverride.unlessEmpty
        hostAliases = (spec.hostAliases ?? []).map { HostAlias(ip: $0.ip ?? "", hostnames: $0.hostnames ?? []) }
        dnsPolicy = spec.dnsPolicy.flatMap(DNSPolicy.init) ?? .clusterFirst
        dnsConfig = DNSConfig(
            nameservers: spec.dnsConfig?.nameservers ?? [], searches: spec.dnsConfig?.searches ?? [],
            options: (spec.dnsConfig?.options ?? []).map { .init(name: $0.name ?? "", value: $0.value) })
    }

    private mutating func takeSecurity(_ security: PodSecurityContext) {
        volumeGroup = security.fsGroup.map {
            VolumeGroup(
                id: UInt32(clamping: $0), onlyOnMismatch: security.fsGroupChangePolicy == "OnRootMismatch")
        }
        sysctls = Dictionary(
            (security.sysctls ?? []).map { (($0.name ?? "").replacing("/", with: "."), $0.value ?? "") }
        ) { $1 }
    }

    /// The priority of the API's own classes, which need no API server to be known.
    /// Source: kubernetes `pkg/apis/scheduling`, `SystemPriorityClasses`.
    private static func priority(ofClass name: String?) -> Int32 {
        switch name {
        case "system-cluster-critical": 2_000_000_000
        case "system-node-critical": 2_000_001_000
        default: 0
        }
    }

    /// Source: `ComputePodQOS`: only processor time and memory count, amounts of zero do not. What is said of the pod as
    /// a whole, if only `{}`, decides alone.
    static func qosClass(of containers: [Container], _ whole: Resources?) -> QoSClass {
        func isPositive(_ amounts: ResourceAmounts) -> (cpu: Bool, memory: Bool) {
            ((amounts.cpu?.thousandths ?? 0) > 0, (amounts.memory?.bytes ?? 0) > 0)
        }
        let all = whole.map { [($0.requests, $0.limits)] } ?? containers.map { ($0.requests, $0.limits) }
        let gives = all.map { (isPositive($0.0), isPositive($0.1)) }
        if gives.allSatisfy({ $0.0 == (false, false) && $0.1 == (false, false) }) { return .bestEffort }
        let isGuaranteed = zip(all, gives).allSatisfy { amounts, gives in
            gives.1 == (true, true) && amounts.0.cpu == amounts.1.cpu && amounts.0.memory == amounts.1.memory
        }
        return isGuaranteed ? .guaranteed : .burstable
    }
}

extension Pod.Container {
    init(valid container: Kubernetes.Container, in podSecurity: PodSecurityContext?, as role: Role = .regular) {
        self.init(name: container.name ?? "", image: container.image ?? "")
        pullPolicy = container.imagePullPolicy.flatMap(PullPolicy.init) ?? .ifNotPresent
        command = container.command.flatMap { $0.isEmpty ? nil : $0 }
        args = container.args.flatMap { $0.isEmpty ? nil : $0 }
        workingDirectory = container.workingDir.unlessEmpty
        environment = (container.env ?? []).map(EnvironmentVariable.init(valid:))
        environmentSources = (container.envFrom ?? []).compactMap(EnvironmentSource.init(valid:))
        ports = (container.ports ?? []).map(Port.init(valid:))
        requests = ResourceAmounts(container.resources?.requests ?? [:])
        limits = ResourceAmounts(container.resources?.limits ?? [:])
        mounts = (container.volumeMounts ?? []).map(Mount.init(valid:))
        security = SecurityContext(container.securityContext, podSecurity)
        probes = container.validProbes
        terminationMessagePath = container.terminationMessagePath.unlessEmpty
        terminationMessagePolicy =
            container.terminationMessagePolicy.flatMap(TerminationMessagePolicy.init) ?? .file
        hasInput = container.stdin ?? false
        hasTerminal = container.tty ?? false
        self.role = role
        takeLife(of: container)
    }
}

extension Pod.Container.Port {
    fileprivate init(valid port: ContainerPort) {
        self.init(
            containerPort: UInt16(clamping: port.containerPort ?? 0),
            hostPort: port.hostPort.flatMap { $0 == 0 ? nil : UInt16(clamping: $0) })
        name = port.name.unlessEmpty
        hostIP = port.hostIP.unlessEmpty
        transport = port.protocol.flatMap(TransportProtocol.init) ?? .tcp
    }
}

extension Pod.Container.Mount {
    fileprivate init(valid mount: VolumeMount) {
        self.init(volume: mount.name ?? "", path: mount.mountPath ?? "")
        isReadOnly = mount.readOnly ?? false
        recursiveReadOnly = mount.recursiveReadOnly.flatMap(RecursiveReadOnly.init) ?? .disabled
        propagation = mount.mountPropagation.flatMap(Propagation.init) ?? .none
        subPath =
            mount.subPathExpr.unlessEmpty.map { .expression($0) } ?? mount.subPath.unlessEmpty.map { .fixed($0) }
    }
}

extension Pod.Container.SecurityContext {
    /// Merges the pod's defaults under the container's own fields. Source: facts of kubelet, §9.1.
    fileprivate init(_ own: SecurityContext?, _ pod: PodSecurityContext?) {
        self.init()
        runAsUser = (own?.runAsUser ?? pod?.runAsUser).map(UInt32.init(clamping:))
        runAsGroup = (own?.runAsGroup ?? pod?.runAsGroup).map(UInt32.init(clamping:))
        runAsNonRoot = own?.runAsNonRoot ?? pod?.runAsNonRoot ?? false
        supplementalGroups = (pod?.supplementalGroups ?? []).map(UInt32.init(clamping:))
        isPrivileged = own?.privileged ?? false
        allowsPrivilegeEscalation = own?.allowPrivilegeEscalation ?? true
        hasReadOnlyRootFilesystem = own?.readOnlyRootFilesystem ?? false
        addedCapabilities = own?.capabilities?.add ?? []
        droppedCapabilities = own?.capabilities?.drop ?? []
        seccomp = (own?.seccompProfile ?? pod?.seccompProfile).flatMap(Seccomp.init(valid:))
        appArmor = (own?.appArmorProfile ?? pod?.appArmorProfile).flatMap(AppArmor.init(valid:))
        selinux = (own?.seLinuxOptions ?? pod?.seLinuxOptions).map(SELinuxLabel.init(valid:))
        ignoresImageGroups = pod?.supplementalGroupsPolicy == "Strict"
        showsWholeProc = own?.procMount == "Unmasked"
        if let group = pod?.fsGroup { supplementalGroups.append(UInt32(clamping: group)) }
    }
}

extension Pod.Container.SecurityContext.Seccomp {
    fileprivate init?(valid profile: SeccompProfile) {
        switch profile.type {
        case "RuntimeDefault": self = .runtimeDefault
        case "Unconfined": self = .unconfined
        case "Localhost": self = .local(profile.localhostProfile ?? "")
        default: return nil
        }
    }
}

extension ResourceAmounts {
    package init(_ amounts: [String: Quantity]) {
        self.init(
            cpu: amounts["cpu"].map { MilliCPU($0.milliValue) }, memory: amounts["memory"].map { ByteCount($0.value) })
        disk = amounts["ephemeral-storage"].map { ByteCount($0.value) }
        for (name, amount) in amounts where name.hasPrefix("hugepages-") {
            hugePages[String(name.dropFirst("hugepages-".count))] = ByteCount(amount.value)
        }
    }
}
