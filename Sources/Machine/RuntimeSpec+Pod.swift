import Cgroups
package import Containers
package import OCI
package import Pods

/// A container as the runtime starts it, and who its process shall be.
///
/// The specification's user holds numbers only; a name must be looked up in the image by whoever has its files.
package struct PodContainer: Equatable, Sendable {
    package var spec: RuntimeSpec
    package var user: UserRequest
}

extension PodContainer {
    /// What a pod's container means for the runtime.
    ///
    /// - Throws: ``ContainerConfigurationError`` for what the pod's author, or the image's, has to mend.
    package init(
        _ container: Pod.Container, in pod: Pod, image: ImageConfig, sandbox: SandboxFacts,
        instance: ContainerInstance, environment: ContainerEnvironment
    ) throws {
        let security = container.security
        user = try UserRequest(of: container, in: pod, image: image.config)
        let variables = ContainerCommand.environment(of: container, image: image.config, hostname: sandbox.hostname)
        let capabilities = try RuntimeSpec.Capabilities(security)
        var ids = RuntimeSpec.User(additionalGids: user.additionalGroups.isEmpty ? nil : user.additionalGroups)
        if case .id(let id) = user.user { ids.uid = id }
        if case .id(let id) = user.group { ids.gid = id }
        let directory = [container.workingDirectory, image.config?.workingDir].compactMap { $0 }.first { !$0.isEmpty }
        spec = RuntimeSpec()
        spec.process = RuntimeSpec.Process(
            user: ids, args: try ContainerCommand.arguments(of: container, image: image.config),
            env: variables.map { "\($0.name)=\($0.value)" }, cwd: directory ?? "/", capabilities: capabilities,
            rlimits: environment.resourceLimits.isEmpty ? nil : environment.resourceLimits,
            noNewPrivileges: !security.allowsPrivilegeEscalation && !security.isPrivileged,
            oomScoreAdj: OOMScore.adjustment(of: container, in: pod, memoryCapacity: environment.memoryCapacity))
        spec.root = RuntimeSpec.Root(path: "rootfs", readonly: security.hasReadOnlyRootFilesystem)
        spec.mounts = try RuntimeSpec.mounts(of: container, in: pod, sandbox: sandbox, instance: instance)
        spec.annotations = RuntimeSpec.annotations(of: pod, kind: "container", container: container.name)
        spec.linux = RuntimeSpec.Linux(
            namespaces: RuntimeSpec.namespaces(of: pod, sandbox: sandbox, isPrivileged: security.isPrivileged),
            devices: security.isPrivileged ? environment.hostDevices : nil, cgroupsPath: instance.cgroupsPath,
            resources: RuntimeSpec.Resources(of: container, in: pod, policy: environment.limits),
            seccomp: try RuntimeSpec.Seccomp(of: security, byDefault: environment.confinesByDefault),
            rootfsPropagation: container.mounts.rootPropagation)
        if !security.isPrivileged {
            spec.linux?.maskedPaths = DefaultPaths.masked + environment.machineMaskedPaths
            spec.linux?.readonlyPaths = DefaultPaths.readOnly
        }
    }
}

extension RuntimeSpec {
    /// Namespaces of a container: those of its pod, and its own for mounts, processes and cgroups.
    ///
    /// A kind that the pod shares with the machine is left out: it is inherited.
    static func namespaces(of pod: Pod, sandbox: SandboxFacts, isPrivileged: Bool) -> [Namespace] {
        var namespaces = [Namespace(.mount)]
        if !pod.hostNetwork {
            namespaces.append(Namespace(.network, path: sandbox.namespaces[.network]))
            namespaces.append(Namespace(.uts, path: sandbox.namespaces[.uts]))
        }
        if !pod.hostIPC { namespaces.append(Namespace(.ipc, path: sandbox.namespaces[.ipc])) }
        if !pod.hostPID {
            namespaces.append(Namespace(.pid, path: pod.shareProcessNamespace ? sandbox.namespaces[.pid] : nil))
        }
        // A privileged container sees the machine's whole tree.
        if !isPrivileged { namespaces.append(Namespace(.cgroup)) }
        return namespaces
    }

    /// What tells people and tools whose container it is. Source: CRI, as containerd names them.
    static func annotations(of pod: Pod, kind: String, container: String?) -> [String: String] {
        var annotations = [
            "io.kubernetes.cri.container-type": kind, "io.kubernetes.cri.sandbox-name": pod.name,
            "io.kubernetes.cri.sandbox-namespace": pod.namespace, "io.kubernetes.cri.sandbox-uid": pod.id.rawValue,
        ]
        annotations["io.kubernetes.cri.container-name"] = container
        return annotations
    }
}

extension RuntimeSpec.Resources {
    /// Limits of a container's cgroup, and its devices. Source: facts of kubelet, §5.3.
    package init(of container: Pod.Container, in pod: Pod, policy: LimitPolicy) {
        self.init()
        let rules = container.security.isPrivileged ? DeviceRule.everything : DeviceRule.containerDefaults
        devices = rules.map { RuntimeSpec.DeviceRule($0) }
        let request = container.requests.cpu ?? container.limits.cpu
        cpu = RuntimeSpec.CPU(shares: CPUShares(milliCPU: request?.thousandths ?? 0).value)
        if policy.enforcesCPULimits, let limit = container.limits.cpu, limit.thousandths > 0 {
            let quota = CPUQuota(milliCPU: limit.thousandths, period: policy.cpuPeriod)
            cpu?.quota = quota.quota.map { Int64(clamping: $0) }
            cpu?.period = quota.period
        }
        if let limit = container.limits.memory, limit.bytes > 0 {
            // Memory and swap together: the same number leaves no swap.
            memory = RuntimeSpec.Memory(limit: limit.bytes, swap: limit.bytes)
        }
        let pages = PodCgroup.hugePages(container.limits)
        if !policy.hugePageSizes.isEmpty {
            hugepageLimits = policy.hugePageSizes.sorted().map {
                RuntimeSpec.HugepageLimit(pageSize: $0.kernelName, limit: pages[$0] ?? 0)
            }
        }
        // A container that lost one process is rarely well: all of it goes, and is started again.
        if !policy.killsSingleProcess { unified = ["memory.oom.group": "1"] }
    }
}
