import CNI
import Cgroups
import Containers
import FoundationEssentials
import Linux
import Logging
import OCI
import Pods
import Shim
import SystemPackage

extension Machine {
    /// Makes what a pod's containers share: directories, cgroup, network, shim and pause.
    ///
    /// The ledger's entry comes first: from then on a crash at any line leaves something that is found again.
    /// The network is attached while shim and pause start: CNI's plugins take most of the time.
    func createSandbox(for pod: Pod, attempt: Int) async throws {
        try await gatherReferences(of: pod)
        let runtime = try otherRuntime(of: pod)
        try await removeSandbox(of: pod)
        let id = newContainerID()
        var entry = PodLedgerEntry(pod, sandboxID: pod.hostNetwork ? nil : id)
        entry.madeElsewhere = runtime.map { .init(runtime: $0, id: id) }
        entry.start(after: try PodLedgerEntry(of: pod.id, in: ledger))
        try entry.record(in: ledger)
        try recordFirstAllocation(of: pod)
        if !pod.hostUsers { try users.take(for: pod.id, in: directories) }
        try await makeDirectories(of: pod)
        try await prepareVolumes(of: pod)
        let hostname = try PodHostname(pod, clusterDomain: settings.clusterDomain, nodeName: settings.nodeName)
        let cgroup = try cgroups.create(for: pod)
        let (addresses, processes) = try await startAttached(
            pod, sandbox: id, hostname, by: runtime, cgroup: cgroup.path)
        try writeResolverFiles(of: pod, hostname, addresses: addresses)
        try records(of: pod.id).write(
            SandboxRecord(
                id: id, attempt: attempt, createdAt: Date(), shim: processes.shim, pause: processes.pause,
                addresses: addresses, usesHostNetwork: pod.hostNetwork, runtime: runtime,
                allocation: Allocation(wholeOf: pod), startVersion: ShimRequest.startVersion))
        if !pod.hostUsers { try await prepareVolumes(of: pod, addresses: addresses) }
        // What a file says of the pod's address is known only now.
        if !addresses.isEmpty { try refreshVolumes(of: pod) }
        Logger.current.notice("Sandbox created", metadata: ["sandbox": "\(id.prefix(12))", "ips": "\(addresses)"])
    }

    private func makeDirectories(of pod: Pod) async throws {
        // Writable layers that no record names are of before a reboot: the records went with it.
        if try records(of: pod.id).containers().isEmpty {
            try await onOwnThread { [layers = directories.layers(of: pod.id)] in try removeTree(at: layers) }
        }
        try Linux.makeDirectories(directories.volumes(of: pod.id), mode: 0o750)
        try Linux.makeDirectories(directories.containers(of: pod.id), mode: 0o700)
        try Linux.makeDirectories(directories.logs(of: pod), mode: 0o755)
        if !pod.hostIPC { try mountSharedMemory(of: pod.id) }
    }

    /// Starts the pause and attaches the network: at once, unless the network namespace is the pause's to make.
    private func startAttached(
        _ pod: Pod, sandbox id: String, _ hostname: PodHostname, by runtime: OtherRuntime?, cgroup: FilePath
    ) async throws -> (addresses: [String], processes: (shim: ProcessRecord, pause: ProcessRecord)) {
        let namespace = directories.networkNamespace(of: pod.id)
        if !pod.hostUsers {
            let processes = try await startPause(of: pod, sandbox: id, hostname, by: runtime)
            _ = try NetworkNamespace.bind(ofProcess: processes.pause.pid, at: namespace)
            guard processes.pause.isAlive else { throw PauseEnded() }
            return (try await attach(pod, sandbox: id, cgroup: cgroup), processes)
        }
        if !pod.hostNetwork { _ = try await NetworkNamespace.create(at: namespace) }
        async let attached = attach(pod, sandbox: id, cgroup: cgroup)
        async let started = startPause(of: pod, sandbox: id, hostname, by: runtime)
        return try await (attached, started)
    }

    struct PauseEnded: Error, CustomStringConvertible {
        var description: String { "the pod's pause has ended" }
    }

    /// The pod's addresses; none on the host's network.
    private func attach(_ pod: Pod, sandbox: String, cgroup: FilePath) async throws -> [String] {
        guard !pod.hostNetwork else { return [] }
        var request = AttachmentRequest(
            sandboxID: sandbox, namespacePath: directories.networkNamespace(of: pod.id), podNamespace: pod.namespace,
            podName: pod.name, podUID: pod.id.rawValue)
        request.cgroupPath = cgroup.string
        request.annotations = pod.annotations
        request.portMappings = pod.allContainers.flatMap(\.ports).compactMap { port in
            port.hostPort.map {
                .init(
                    hostPort: Int($0), containerPort: Int(port.containerPort),
                    protocol: port.transport.rawValue.lowercased(), hostIP: port.hostIP ?? "")
            }
        }
        let dns = resolver(of: pod)
        request.dns = .init(servers: dns.nameservers, searches: dns.searches, options: dns.options)
        return try await networks.attach(request).ips
    }

    private func startPause(
        of pod: Pod, sandbox: String, _ hostname: PodHostname, by runtime: OtherRuntime?
    ) async throws -> (shim: ProcessRecord, pause: ProcessRecord) {
        let forked = try await zygote.forkShim(
            socket: directories.shimSocket(of: pod.id), cgroup: cgroups.shims.path, name: "shim \(pod.name)")
        for warning in forked.warnings where cgroups.warned.insert("zygote") {
            Logger.current.warning(
                "Containers begin with a copy of the host's mounts: they start the later the more there are",
                metadata: ["error": "\(warning)"])
        }
        let shim = ProcessRecord(pid: forked.state.pid, startTime: forked.state.startTime)
        let request = try await pauseRequest(of: pod, sandbox, hostname, by: runtime)
        let pause = try await start(request, by: self.shim(of: pod.id))
        for warning in pause.warnings where cgroups.warned.insert("pause") {
            Logger.current.warning("Pause is not what it should be", metadata: ["step": "\(warning)"])
        }
        return (shim, ProcessRecord(pid: pause.state.pid, startTime: pause.state.startTime))
    }
}

extension Machine {
    private func pauseRequest(
        of pod: Pod, _ sandbox: String, _ hostname: PodHostname, by runtime: OtherRuntime?
    ) async throws -> StartRequest {
        let cgroup = try cgroups.createSandbox(of: pod).path
        let spec = RuntimeSpec(sandboxOf: pod, hostname: hostname.kernelName, try facts(of: pod))
        let profile = DefaultSeccompProfile.profile(capabilities: [])
        if let runtime {
            let bundled = spec.bundled(
                user: .init(uid: 65535, gid: 65535), cgroup: try cgroups.pathInTree(cgroup), seccomp: profile)
            return try request(
                toRunPause: sandbox, bundled, in: Bundle(directory: directories.sandboxBundle(of: pod.id)), by: runtime,
                cgroup: cgroup.string)
        }
        var container = ContainerSpec(
            spec: spec, root: .program(pause.string),
            // As the image of Kubernetes' own pause has it.
            user: ContainerSpec.User(.id(65535), group: .id(65535)))
        container.seccompFilter = try await seccomp.filter(for: profile)
        return StartRequest(id: sandbox, program: try InitProgram(container), cgroup: cgroup.string)
    }
}

/// 64 hexadecimal digits that no other container has had.
func newContainerID() -> String { randomDigits(words: 4) }

/// Hexadecimal digits, sixteen for each word.
func randomDigits(words: Int) -> String {
    var generator = SystemRandomNumberGenerator()
    return (0..<words).map { _ in
        let digits = String(generator.next() as UInt64, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
}
