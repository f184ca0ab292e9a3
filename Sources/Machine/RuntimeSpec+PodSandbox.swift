import Cgroups
import Containers
import OCI
package import Pods

extension PodContainer {
    /// The pod's sandbox: the pause process that holds its namespaces, and can do nothing else.
    ///
    /// - Parameters:
    ///   - pod: whose sandbox it is
    ///   - hostname: what `gethostname(2)` says in the pod
    ///   - program: where pause lies in the sandbox's root file system
    ///   - networkNamespace: the file that the pod's network namespace is bound to; `nil` with the machine's network
    ///   - cgroupsPath: the sandbox's cgroup from the tree's root
    package init(
        sandboxOf pod: Pod, hostname: String, program: String = "/pause", networkNamespace: String?,
        cgroupsPath: String?
    ) {
        // Source: the user of Kubernetes' own pause image.
        user = UserRequest(user: .id(65_535), group: .id(65_535), joinsListedGroups: false, refusesRoot: true)
        spec = RuntimeSpec()
        spec.process = RuntimeSpec.Process(
            user: RuntimeSpec.User(uid: 65_535, gid: 65_535), args: [program], env: [], cwd: "/",
            capabilities: RuntimeSpec.Capabilities(bounding: [], effective: [], permitted: []),
            noNewPrivileges: true, oomScoreAdj: OOMScore.sandbox)
        spec.root = RuntimeSpec.Root(path: "rootfs", readonly: true)
        if !pod.hostNetwork { spec.hostname = hostname }
        spec.annotations = RuntimeSpec.annotations(of: pod, kind: "sandbox", container: nil)
        spec.mounts = RuntimeSpec.systemMounts(isPrivileged: false).filter {
            ["/proc", "/dev"].contains($0.destination)
        }
        var namespaces = [RuntimeSpec.Namespace(.mount), RuntimeSpec.Namespace(.cgroup)]
        if !pod.hostNetwork {
            namespaces += [RuntimeSpec.Namespace(.network, path: networkNamespace), RuntimeSpec.Namespace(.uts)]
        }
        if !pod.hostIPC { namespaces.append(RuntimeSpec.Namespace(.ipc)) }
        // Its own even when the containers have theirs: process 1 of it reaps, and ends with the sandbox.
        if !pod.hostPID { namespaces.append(RuntimeSpec.Namespace(.pid)) }
        spec.linux = RuntimeSpec.Linux(
            namespaces: namespaces, cgroupsPath: cgroupsPath,
            resources: RuntimeSpec.Resources(
                devices: DeviceRule.containerDefaults.map { RuntimeSpec.DeviceRule($0) },
                cpu: RuntimeSpec.CPU(shares: CPUShares.min.value)),
            seccomp: DefaultSeccompProfile.profile(capabilities: []), maskedPaths: DefaultPaths.masked,
            readonlyPaths: DefaultPaths.readOnly)
    }
}
