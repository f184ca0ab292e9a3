import Linux
import OCI

extension RuntimeSpec.Scheduler {
    /// Source: uapi/linux/sched.h (SCHED_*, SCHED_FLAG_*).
    var attributes: InitProgram.Scheduler {
        get throws(SpecError) {
            let policies: [String: UInt32] = [
                "SCHED_OTHER": 0, "SCHED_FIFO": 1, "SCHED_RR": 2, "SCHED_BATCH": 3, "SCHED_ISO": 4, "SCHED_IDLE": 5,
                "SCHED_DEADLINE": 6,
            ]
            let known: [String: UInt64] = [
                "SCHED_FLAG_RESET_ON_FORK": 0x01, "SCHED_FLAG_RECLAIM": 0x02, "SCHED_FLAG_DL_OVERRUN": 0x04,
                "SCHED_FLAG_KEEP_POLICY": 0x08, "SCHED_FLAG_KEEP_PARAMS": 0x10, "SCHED_FLAG_UTIL_CLAMP_MIN": 0x20,
                "SCHED_FLAG_UTIL_CLAMP_MAX": 0x40,
            ]
            guard let number = policies[policy] else {
                throw SpecError("process.scheduler.policy", "\(policy) is no policy")
            }
            var bits: UInt64 = 0
            for flag in flags ?? [] {
                guard let bit = known[flag] else { throw SpecError("process.scheduler.flags", "\(flag) is no flag") }
                bits |= bit
            }
            return InitProgram.Scheduler(
                policy: number, flags: bits, nice: nice ?? 0, priority: UInt32(clamping: priority ?? 0),
                runtime: runtime ?? 0, deadline: deadline ?? 0, period: period ?? 0)
        }
    }
}

extension RuntimeSpec.IOPriority {
    /// Source: uapi/linux/ioprio.h: the class from bit 13 on.
    var number: UInt32 {
        get throws(SpecError) {
            let classes: [String: UInt32] = ["IOPRIO_CLASS_RT": 1, "IOPRIO_CLASS_BE": 2, "IOPRIO_CLASS_IDLE": 3]
            guard let number = classes[`class`] else {
                throw SpecError("process.ioPriority.class", "\(`class`) is no class")
            }
            guard (0...7).contains(priority) else {
                throw SpecError("process.ioPriority.priority", "\(priority) is not between 0 and 7")
            }
            return number << 13 | UInt32(priority)
        }
    }
}

extension RuntimeSpec.Personality {
    /// Source: uapi/linux/personality.h, PER_LINUX and PER_LINUX32. The specification knows no flags.
    var number: UInt64 {
        get throws(SpecError) {
            guard (flags ?? []).isEmpty else {
                throw SpecError("linux.personality.flags", "the specification has none")
            }
            switch domain {
            case "LINUX": return 0
            case "LINUX32": return 8
            default: throw SpecError("linux.personality.domain", "\(domain) is neither LINUX nor LINUX32")
            }
        }
    }
}

extension RuntimeSpec.MemoryPolicy {
    /// Source: uapi/linux/mempolicy.h.
    var step: InitProgram.Step {
        get throws(SpecError) {
            let modes: [String: UInt32] = [
                "MPOL_DEFAULT": 0, "MPOL_PREFERRED": 1, "MPOL_BIND": 2, "MPOL_INTERLEAVE": 3, "MPOL_LOCAL": 4,
                "MPOL_PREFERRED_MANY": 5, "MPOL_WEIGHTED_INTERLEAVE": 6,
            ]
            let known: [String: UInt32] = [
                "MPOL_F_NUMA_BALANCING": 1 << 13, "MPOL_F_RELATIVE_NODES": 1 << 14, "MPOL_F_STATIC_NODES": 1 << 15,
            ]
            guard var number = modes[mode] else { throw SpecError("linux.memoryPolicy.mode", "\(mode) is no mode") }
            for flag in flags ?? [] {
                guard let bit = known[flag] else { throw SpecError("linux.memoryPolicy.flags", "\(flag) is no flag") }
                number |= bit
            }
            guard let words = bitWords(of: nodes ?? "") else {
                throw SpecError("linux.memoryPolicy.nodes", "\(nodes ?? "") is no list of nodes")
            }
            return .setMemoryPolicy(mode: number, nodes: words)
        }
    }
}

/// The bits of a list such as `0-3,8`: bit n of the words for number n. `nil` for what is no list.
///
/// Source: `cpuset(7)`, "List format". No machine has more than 8192 CPUs (CONFIG_NR_CPUS).
func bitWords(of list: String) -> [UInt64]? {
    var words: [UInt64] = []
    for part in list.split(separator: ",", omittingEmptySubsequences: true) {
        let ends = part.split(separator: "-", omittingEmptySubsequences: false).map {
            Int($0.filter { !$0.isWhitespace })
        }
        guard ends.count <= 2, let first = ends[0], let last = ends[ends.count - 1], first >= 0, first <= last,
            last < 8192
        else { return nil }
        for bit in first...last {
            while words.count <= bit / 64 { words.append(0) }
            words[bit / 64] |= 1 << UInt64(bit % 64)
        }
    }
    return words
}
