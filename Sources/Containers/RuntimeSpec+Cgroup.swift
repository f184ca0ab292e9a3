package import Cgroups
package import OCI

extension CgroupSettings {
    /// What the resources of a runtime spec mean for a cgroup's files, in the order in which they are written.
    ///
    /// Resources of cgroup v1 that version 2 does not have (kernel memory, swappiness, real-time groups, traffic
    /// classes) are left out. Source: opencontainers/cgroups, package fs2.
    package init(_ resources: RuntimeSpec.Resources) throws(ResourceError) {
        self.init()
        if let limit = resources.pids?.limit, limit != 0 { append(.init(.pids, "pids.max", Self.limit(limit))) }
        if let memory = resources.memory { try append(memory) }
        if let io = resources.blockIO { append(io) }
        if let cpu = resources.cpu { append(cpu) }
        if let cpus = resources.cpu?.cpus, !cpus.isEmpty { append(.init(.cpuset, "cpuset.cpus", cpus)) }
        if let nodes = resources.cpu?.mems, !nodes.isEmpty { append(.init(.cpuset, "cpuset.mems", nodes)) }
        for limit in resources.hugepageLimits ?? [] {
            let value = "\(limit.limit)"
            let file = "hugetlb.\(limit.pageSize)"
            append(.init(.hugetlb, "\(file).max", value, isDefault: limit.limit == 0))
            append(.init(.hugetlb, "\(file).rsvd.max", value, isDefault: true))
        }
        for (device, limit) in (resources.rdma ?? [:]).sorted(by: { $0.key < $1.key }) {
            append(.rdma(device: device, handles: limit.hcaHandles, objects: limit.hcaObjects))
        }
        for (file, value) in (resources.unified ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard !file.contains("/"), file.contains("."), let name = file.split(separator: ".").first else {
                throw ResourceError("\"\(file)\" is no file of a cgroup")
            }
            append(.init(Controller(rawValue: String(name)), file, value))
        }
    }

    private static func limit(_ value: Int64) -> String { value < 0 ? "max" : "\(value)" }

    private mutating func append(_ memory: RuntimeSpec.Memory) throws(ResourceError) {
        if let reservation = memory.reservation {
            append(.init(.memory, "memory.low", Self.limit(reservation), isDefault: reservation == 0))
        }
        // The specification counts memory and swap together, the kernel swap alone.
        if let swap = memory.swap, swap != 0 {
            let limit = memory.limit ?? 0
            if swap > 0 && limit <= 0 { throw ResourceError("a swap limit without a memory limit") }
            if swap > 0 && swap < limit { throw ResourceError("memory and swap \(swap) are less than memory \(limit)") }
            let value = swap < 0 ? "max" : "\(swap - limit)"
            append(.init(.memory, "memory.swap.max", value, isDefault: value == "max" || value == "0"))
        }
        if let limit = memory.limit, limit != 0 {
            append(.init(.memory, "memory.max", Self.limit(limit), isDefault: limit < 0))
        }
    }

    private mutating func append(_ cpu: RuntimeSpec.CPU) {
        if let idle = cpu.idle { append(.init(.cpu, "cpu.idle", "\(idle)", isDefault: idle == 0)) }
        // The kernel refuses a weight while the group is idle.
        if cpu.idle != 1, let weight = cpu.shares.flatMap({ CPUShares($0).containerWeight }) {
            append(.init(.cpu, "cpu.weight", "\(weight)"))
        }
        if cpu.quota != nil || cpu.period != nil {
            let quota = cpu.quota.flatMap { $0 > 0 ? UInt64($0) : nil }
            let value = CPUQuota(
                quota: quota, period: cpu.period.flatMap { $0 > 0 ? $0 : nil } ?? CPUQuota.defaultPeriod)
            append(.init(.cpu, "cpu.max", value.description, isDefault: quota == nil))
        }
        if let burst = cpu.burst { append(.init(.cpu, "cpu.max.burst", "\(burst)", isDefault: burst == 0)) }
    }

    private mutating func append(_ io: RuntimeSpec.BlockIO) {
        if let weight = io.weight, weight > 0 {
            // Source: 10…1000 of cgroup v1 on a straight line to 1…10000.
            append(.init(.io, "io.weight", "\(1 + (max(Int(weight), 10) - 10) * 9999 / 990)"))
        }
        for (key, throttles) in [
            ("rbps", io.throttleReadBpsDevice), ("wbps", io.throttleWriteBpsDevice),
            ("riops", io.throttleReadIOPSDevice), ("wiops", io.throttleWriteIOPSDevice),
        ] {
            for throttle in throttles ?? [] {
                append(.init(.io, "io.max", "\(throttle.major):\(throttle.minor) \(key)=\(throttle.rate)"))
            }
        }
    }
}

extension DeviceRule {
    /// A rule of the runtime spec.
    package init(_ rule: RuntimeSpec.DeviceRule) throws(ResourceError) {
        let kind: Kind
        switch rule.type ?? "a" {
        case "a", "": kind = .all
        case "b": kind = .block
        case "c", "u": kind = .character
        default: throw ResourceError("device type \"\(rule.type ?? "")\" is not known")
        }
        guard let access = Access(letters: rule.access ?? "rwm") else {
            throw ResourceError("device access \"\(rule.access ?? "")\" is not known")
        }
        func number(_ value: Int64?) throws(ResourceError) -> UInt32? {
            guard let value, value != -1 else { return nil }
            guard let number = UInt32(exactly: value) else { throw ResourceError("device number \(value)") }
            return number
        }
        self.init(
            allow: rule.allow, kind: kind, major: try number(rule.major), minor: try number(rule.minor),
            access: access.isEmpty ? .all : access)
    }
}

extension RuntimeSpec.DeviceRule {
    /// The rule as the runtime spec writes it.
    package init(_ rule: DeviceRule) {
        let letters: [(DeviceRule.Access, String)] = [(.read, "r"), (.write, "w"), (.makeNode, "m")]
        let type =
            switch rule.kind {
            case .all: "a"
            case .block: "b"
            case .character: "c"
            }
        self.init(
            allow: rule.allow, type: type, major: rule.major.map(Int64.init), minor: rule.minor.map(Int64.init),
            access: letters.filter { rule.access.contains($0.0) }.map(\.1).joined())
    }
}

/// Resources that contradict themselves, or that cgroup v2 has no word for.
package struct ResourceError: Error, Equatable, CustomStringConvertible {
    package let message: String

    package init(_ message: String) { self.message = message }

    package var description: String { "resources: \(message)" }
}
