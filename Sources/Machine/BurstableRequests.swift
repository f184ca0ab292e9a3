import Cgroups
import Pods
import Synchronization

/// What the burstable pods of this node ask of its processors: their class weighs as much as they together.
///
/// Source: facts of kubelet, §5.3, row "BestEffort QoS".
final class BurstableRequests: Sendable {
    private let requests = Mutex<[Pod.ID: Int64]>([:])

    /// Changes what is asked for, and hands on the weight that follows: never an older one after a newer.
    func change(_ body: (inout [Pod.ID: Int64]) -> Void, weigh: (UInt64) throws -> Void) rethrows {
        try requests.withLock { requests in
            let old = requests
            body(&requests)
            guard requests != old else { return }
            try weigh(Self.weight(of: requests.values))
        }
    }

    /// The `cpu.weight` of so many thousandths of a CPU.
    static func weight(of requests: some Sequence<Int64>) -> UInt64 {
        CPUShares(milliCPU: Int64(clamping: requests.reduce(Int128(0)) { $0 + Int128($1) })).linearWeight
    }
}
