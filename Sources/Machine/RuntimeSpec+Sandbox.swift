import Containers
import OCI
import Pods
import SystemPackage

extension RuntimeSpec {
    /// The pod's pause: it holds the namespaces that the containers join, and can do nothing else.
    init(sandboxOf pod: Pod, hostname: String, _ facts: PodFacts) {
        var namespaces = [Namespace(.mount)]
        if !facts.idMappings.isEmpty {
            // Made here, it belongs to the user namespace: the pod's root may change what is in it.
            namespaces += [Namespace(.user), Namespace(.network)]
        } else if let path = facts.networkNamespace {
            namespaces.append(Namespace(.network, path: path.string))
        }
        if !pod.hostIPC { namespaces.append(Namespace(.ipc)) }
        if !pod.hostNetwork { namespaces.append(Namespace(.uts)) }
        if !pod.hostPID { namespaces.append(Namespace(.pid)) }
        self.init(
            process: Process(
                args: ["pause"], env: [], cwd: "/", capabilities: Capabilities(), noNewPrivileges: true,
                oomScoreAdj: OOMScore.sandbox),
            root: Root(path: "/", readonly: true),
            hostname: pod.hostNetwork ? nil : hostname,
            linux: Linux(namespaces: namespaces, sysctl: pod.sysctls.isEmpty ? nil : pod.sysctls))
        guard !facts.idMappings.isEmpty else { return }
        linux?.uidMappings = facts.idMappings
        linux?.gidMappings = facts.idMappings
    }
}
