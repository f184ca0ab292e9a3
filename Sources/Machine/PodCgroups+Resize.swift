import Cgroups
package import Pods

extension PodCgroups {
    /// Gives a running container, and with it its pod, other amounts of cpu and memory: what rises from the outside in,
    /// what falls from the inside out. Source: facts of kubelet, §3.9.
    func resize(_ container: Pod.Container, of pod: Pod, id: String) throws {
        let group = group(of: pod)
        let inner = CgroupSettings(container, of: pod, settings)
        try update([(group, CgroupSettings(pod, settings)), (group.child(id), inner)], container: container.name)
        try change { $0[pod.id] = PodClaim(pod) }
    }

    /// Gives the pod as a whole other amounts, and leaves its containers as they are.
    func resize(_ pod: Pod) throws {
        try update([(group(of: pod), CgroupSettings(pod, settings))], container: nil)
        try change { $0[pod.id] = PodClaim(pod) }
    }

    private func update(_ line: [(Cgroup, CgroupSettings)], container: String?) throws {
        let outermost = line.first.map { "\($0.0.path)" }
        do {
            try Cgroup.update(line.map { (group: $0, settings: $1.resizable(by: try $0.controllers())) })
        } catch let error as LimitBelowUsage {
            let name = error.group == outermost ? nil : container
            throw MemoryInUse(container: name, limit: error.limit, usage: error.usage)
        }
    }

    /// What the files of a pod's group say; what this machine cannot enforce is not there. Nil: there is no group.
    ///
    /// Source: kubernetes `pkg/kubelet/cm`, `GetPodCgroupConfig`.
    func enforced(on pod: Pod.ID, _ qosClass: Pod.QoSClass) throws -> Allocation? {
        let group = group(of: pod, qosClass)
        guard try group.exists else { return nil }
        return try Allocation(
            weight: group.read("cpu.weight", ifExists: true), quota: group.read("cpu.max", ifExists: true),
            memory: group.read("memory.max", ifExists: true))
    }

    /// Source: facts of kubelet, §3.9; its words.
    struct MemoryInUse: Error, CustomStringConvertible {
        /// Nil: the pod as a whole.
        let container: String?
        let limit: UInt64
        let usage: UInt64
        var description: String {
            let whose = container.map { "container \"\($0)\"" } ?? "pod"
            return "attempting to set \(whose) memory limit (\(limit)) below current usage (\(usage))"
        }
    }

    /// Whether the container's memory may be swapped.
    package func swaps(_ container: Pod.Container, of pod: Pod) -> Bool {
        settings.memory.swap(of: container, in: pod) > 0
    }
}

extension Allocation {
    /// What the contents of `cpu.weight`, `cpu.max` and `memory.max` stand for.
    ///
    /// Source: kubelet, `SharesToMilliCPU` (2, the least, is 2 thousandths as well) and `QuotaToMilliCPU`.
    init(weight: String?, quota: String?, memory: String?) throws {
        self.init()
        if let weight, case .at(let weight) = try Limit(parsing: weight, file: "cpu.weight") {
            let shares = CPUShares(weight: weight)
            cpuRequest = MilliCPU(max(2, shares.milliCPU))
        }
        if let quota {
            let limit = try CPUQuota(parsing: quota)
            cpuLimit = limit.quota.map { MilliCPU(Int64(clamping: UInt128($0) * 1000 / UInt128(max(1, limit.period)))) }
        }
        if let memory, case .at(let bytes) = try Limit(parsing: memory, file: "memory.max") {
            memoryLimit = ByteCount(Int64(clamping: bytes))
        }
    }
}
