import Linux
import Pods
import SystemPackage

/// Files and memory that a pod's containers share.
extension Machine {
    /// The one file system that is mounted on the host for a pod: what its containers see as `/dev/shm`.
    func mountSharedMemory(of pod: Pod.ID) throws {
        let place = directories.sharedMemory(of: pod)
        try unmountSharedMemory(of: pod)
        try makeDirectories(place, mode: 0o755)
        let memory = try Mount.filesystem(
            "tmpfs", options: [("mode", "1777"), ("size", "67108864")],
            [.noSetUserID, .noDevices, .noExecute])
        let directory = try openDirectory(place)
        try memory.borrow { memory throws(SyscallError) in
            try directory.borrow { directory throws(SyscallError) in try Mount.move(memory, to: directory) }
        }
    }

    func unmountSharedMemory(of pod: Pod.ID) throws {
        do throws(SyscallError) {
            try Mount.unmount(directories.sharedMemory(of: pod))
        } catch {
            // Not mounted, or not even there: nothing to do.
            guard error.errno == .invalidArgument || error.errno == .noSuchFileOrDirectory else { throw error }
        }
    }

    func resolver(of pod: Pod) -> ResolverConfiguration {
        var host = ResolverConfiguration()
        if let path = settings.resolvConf, let text = try? readFile(at: path, ifExists: true, limit: 1 << 20) {
            host = ResolverConfiguration(parsing: String(decoding: text, as: UTF8.self))
        }
        return ResolverConfiguration(
            of: pod, clusterDNS: settings.clusterDNS, clusterDomain: settings.clusterDomain, host: host)
    }

    func writeResolverFiles(of pod: Pod, _ hostname: PodHostname, addresses: [String]) throws {
        let host = try readFile(at: "/etc/hosts", ifExists: true, limit: 1 << 20) ?? []
        let hosts = HostsFile.text(
            of: pod, hostname: hostname, addresses: addresses, hostFile: String(decoding: host, as: UTF8.self))
        try write(hosts, to: directories.etcHosts(of: pod.id))
        try write("\(hostname.kernelName)\n", to: directories.etcHostname(of: pod.id))
        try write(resolver(of: pod).text, to: directories.resolvConf(of: pod.id))
    }

    private func write(_ text: String, to path: FilePath) throws {
        // They are written anew with each sandbox, which no power cut outlives.
        try replaceFile(at: path, with: text.utf8, durably: false)
        try setMode(0o644, of: path)
    }

    func facts(of pod: Pod) throws -> PodFacts {
        var facts = PodFacts(
            hostname: try PodHostname(pod, clusterDomain: settings.clusterDomain, nodeName: settings.nodeName)
                .kernelName,
            networkNamespace: pod.hostNetwork ? nil : directories.networkNamespace(of: pod.id),
            memoryCapacity: settings.memoryCapacity, etcHosts: directories.etcHosts(of: pod.id),
            etcHostname: directories.etcHostname(of: pod.id), resolvConf: directories.resolvConf(of: pod.id),
            sharedMemory: directories.sharedMemory(of: pod.id))
        if !pod.hostUsers {
            guard let mapping = try UserMapping(at: directories.userMapping(of: pod.id)) else { throw NoUsers() }
            facts.idMappings = mapping.idMappings
        }
        facts.selinux = try SELinuxContexts.ofNode()
        return facts
    }

    struct NoUsers: Error, CustomStringConvertible {
        var description: String { "no ids are written down for the pod's user namespace" }
    }
}
