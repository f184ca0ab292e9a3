import Cgroups
import Pods
import Synchronization

/// What one pod asks of the node, as far as its class of service depends on it. Written down with the pod: the next
/// agent must know it too.
struct PodClaim: Codable, Equatable, Sendable {
    var qosClass: String
    /// In thousandths of a CPU.
    var cpu: Int64
    /// In bytes.
    var memory: Int64

    init(_ pod: Pod) {
        let requests = pod.requests
        qosClass = pod.qosClass.rawValue
        cpu = requests.cpu?.thousandths ?? 0
        memory = requests.memory?.bytes ?? 0
    }
}

/// What the pods of this node ask for together: classes of service are weighed, and memory is kept for them, by it.
///
/// Source: facts of kubelet, §5.3, row "BestEffort QoS", and §5.7.
final class PodClaims: Sendable {
    struct Totals: Equatable, Sendable {
        /// The burstable class' `cpu.weight`: it weighs as much as its pods together.
        var weight: UInt64 = 1
        var burstableMemory: Int64 = 0
        var guaranteedMemory: Int64 = 0
    }

    private let claims = Mutex<[Pod.ID: PodClaim]>([:])

    /// Changes who asks for what, and hands on the totals if they changed: never older ones after newer.
    func change(_ body: (inout [Pod.ID: PodClaim]) -> Void, apply: (_ new: Totals, _ old: Totals) throws -> Void)
        rethrows
    {
        try claims.withLock { claims in
            let old = Self.totals(of: claims.values)
            body(&claims)
            let new = Self.totals(of: claims.values)
            if new != old { try apply(new, old) }
        }
    }

    static func totals(of claims: some Sequence<PodClaim>) -> Totals {
        func sum(_ qosClass: Pod.QoSClass, _ amount: (PodClaim) -> Int64) -> Int64 {
            clampedSum(claims.filter { $0.qosClass == qosClass.rawValue }.map(amount))
        }
        return Totals(
            weight: CPUShares(milliCPU: sum(.burstable, \.cpu)).linearWeight,
            burstableMemory: sum(.burstable, \.memory), guaranteedMemory: sum(.guaranteed, \.memory))
    }
}
