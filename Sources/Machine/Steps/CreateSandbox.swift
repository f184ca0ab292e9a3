import CNI
import Containers
import FoundationEssentials
import Linux
import Logging
import Pods
import Shim
import SystemPackage

extension Machine {
    /// Makes what a pod's containers share: directories, cgroup, network, shim and pause.
    ///
    /// The ledger's entry comes first: from then on a crash at any line leaves something that is found again.
    /// The network is attached while shim and pause start: CNI's plugins take most of the time.
    func createSandbox(for pod: Pod, attempt: Int) async throws {
        try await removeSandbox(of: pod)
        let id = newContainerID()
        try SandboxLedgerEntry(pod, sandboxID: pod.hostNetwork ? nil : id).record(in: ledger)
        try makeDirectories(of: pod)
        let cgroup = try cgroups.create(for: pod)
        if !pod.hostNetwork {
            try await NetworkNamespace.create(at: directories.networkNamespace(of: pod.id))
        }
        async let network = attach(pod, sandbox: id, cgroup: cgroup)
        async let processes = startPause(of: pod, sandbox: id, cgroup: cgroup)
        let (addresses, (shim, pause)) = try await (network, processes)
        try records(of: pod.id).write(
            SandboxRecord(
                id: id, attempt: attempt, createdAt: Date(), shim: shim, pause: pause, addresses: addresses,
                usesHostNetwork: pod.hostNetwork, cgroup: cgroups.sandbox(of: pod).string))
        try writeResolverFiles(of: pod)
        Logger.current.notice("Sandbox created", metadata: ["sandbox": "\(id.prefix(12))", "ips": "\(addresses)"])
    }

    private func makeDirectories(of pod: Pod) throws {
        try Linux.makeDirectories(directories.volumes(of: pod.id), mode: 0o750)
        try Linux.makeDirectories(directories.containers(of: pod.id), mode: 0o700)
        try Linux.makeDirectories(directories.logs(of: pod), mode: 0o755)
        try Linux.makeDirectories(directories.containerLogs, mode: 0o755)
    }

    /// The pod's addresses; none on the host's network.
    private func attach(_ pod: Pod, sandbox: String, cgroup: FilePath) async throws -> [String] {
        guard !pod.hostNetwork else { return [] }
        let request = AttachmentRequest(
            pod, sandbox: sandbox, namespace: directories.networkNamespace(of: pod.id), cgroup: cgroup, settings)
        return try await networks.attach(request).addresses
    }

    private func startPause(
        of pod: Pod, sandbox: String, cgroup: FilePath
    ) async throws -> (shim: ProcessRecord, pause: ProcessRecord) {
        let shim = try await shims.create(for: pod, cgroup: cgroups.shims)
        let spec = try ContainerSpec(sandboxOf: pod, facts: facts(of: pod))
        let started = try await shims.client(for: pod.id).start(
            StartRequest(
                id: PodRecords.sandboxName, program: InitProgram(spec), cgroup: cgroups.createSandbox(of: pod),
                log: nil, exitRecord: records(of: pod.id).sandboxExitFile))
        return (shim, ProcessRecord(pid: started.pid, startTime: started.startTime))
    }
}

/// 64 hexadecimal digits that no other container has had.
func newContainerID() -> String {
    var generator = SystemRandomNumberGenerator()
    return (0..<4).map { _ in
        let digits = String(generator.next() as UInt64, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
}
