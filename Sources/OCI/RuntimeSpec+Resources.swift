extension RuntimeSpec {
    /// Limits of the container's cgroup. Absent ones are left as they are.
    package struct Resources: Codable, Equatable, Sendable {
        /// Later rules win over earlier ones.
        package var devices: [DeviceRule]?
        package var memory: Memory?
        package var cpu: CPU?
        package var pids: PIDs?
        package var blockIO: BlockIO?
        package var hugepageLimits: [HugepageLimit]?
        package var network: Network?
        package var rdma: [String: RDMA]?
        /// Files of cgroup v2 and what to write, last of all.
        package var unified: [String: String]?

        package init(
            devices: [DeviceRule]? = nil, memory: Memory? = nil, cpu: CPU? = nil, pids: PIDs? = nil,
            hugepageLimits: [HugepageLimit]? = nil, rdma: [String: RDMA]? = nil, unified: [String: String]? = nil
        ) {
            self.devices = devices
            self.memory = memory
            self.cpu = cpu
            self.pids = pids
            self.hugepageLimits = hugepageLimits
            self.rdma = rdma
            self.unified = unified
        }
    }

    /// Which device nodes may be made and opened. An absent number means all.
    package struct DeviceRule: Codable, Equatable, Sendable {
        package var allow: Bool
        /// `a`, `b` or `c`; absent: `a`.
        package var type: String?
        package var major: Int64?
        package var minor: Int64?
        /// Letters of `rwm`; absent: all.
        package var access: String?

        package init(
            allow: Bool, type: String? = nil, major: Int64? = nil, minor: Int64? = nil, access: String? = nil
        ) {
            self.allow = allow
            self.type = type
            self.major = major
            self.minor = minor
            self.access = access
        }
    }

    /// Bytes each; -1 is no limit. `swap` counts memory as well, as cgroup v1 did.
    package struct Memory: Codable, Equatable, Sendable {
        package var limit: Int64?
        package var reservation: Int64?
        package var swap: Int64?
        package var kernel: Int64?
        package var kernelTCP: Int64?
        package var swappiness: UInt64?
        package var disableOOMKiller: Bool?
        package var useHierarchy: Bool?
        package var checkBeforeUpdate: Bool?

        package init(limit: Int64? = nil, reservation: Int64? = nil, swap: Int64? = nil) {
            self.limit = limit
            self.reservation = reservation
            self.swap = swap
        }
    }

    /// Shares as cgroup v1 counted them (1024 = one share); times are microseconds.
    package struct CPU: Codable, Equatable, Sendable {
        package var shares: UInt64?
        package var quota: Int64?
        package var burst: UInt64?
        package var period: UInt64?
        package var realtimeRuntime: Int64?
        package var realtimePeriod: UInt64?
        package var cpus: String?
        package var mems: String?
        package var idle: Int64?

        package init(
            shares: UInt64? = nil, quota: Int64? = nil, burst: UInt64? = nil, period: UInt64? = nil,
            cpus: String? = nil, mems: String? = nil, idle: Int64? = nil
        ) {
            self.shares = shares
            self.quota = quota
            self.burst = burst
            self.period = period
            self.cpus = cpus
            self.mems = mems
            self.idle = idle
        }
    }

    /// The most tasks; -1 is no limit.
    package struct PIDs: Codable, Equatable, Sendable {
        package var limit: Int64?

        package init(limit: Int64? = nil) { self.limit = limit }
    }

    /// Weights and limits of block devices.
    package struct BlockIO: Codable, Equatable, Sendable {
        package struct Weight: Codable, Equatable, Sendable {
            package var major: Int64
            package var minor: Int64
            package var weight: UInt16?
            package var leafWeight: UInt16?
        }
        package struct Throttle: Codable, Equatable, Sendable {
            package var major: Int64
            package var minor: Int64
            package var rate: UInt64
        }
        package var weight: UInt16?
        package var leafWeight: UInt16?
        package var weightDevice: [Weight]?
        package var throttleReadBpsDevice: [Throttle]?
        package var throttleWriteBpsDevice: [Throttle]?
        package var throttleReadIOPSDevice: [Throttle]?
        package var throttleWriteIOPSDevice: [Throttle]?
    }

    /// Bytes of one size of huge page. `pageSize` as the kernel writes it: `2MB`.
    package struct HugepageLimit: Codable, Equatable, Sendable {
        package var pageSize: String
        package var limit: UInt64

        package init(pageSize: String, limit: UInt64) {
            self.pageSize = pageSize
            self.limit = limit
        }
    }

    /// Traffic classes of cgroup v1.
    package struct Network: Codable, Equatable, Sendable {
        package struct Priority: Codable, Equatable, Sendable {
            package var name: String
            package var priority: UInt32
        }
        package var classID: UInt32?
        package var priorities: [Priority]?
    }

    /// Handles and objects of one RDMA device; absent: no limit.
    package struct RDMA: Codable, Equatable, Sendable {
        package var hcaHandles: UInt32?
        package var hcaObjects: UInt32?

        package init(hcaHandles: UInt32? = nil, hcaObjects: UInt32? = nil) {
            self.hcaHandles = hcaHandles
            self.hcaObjects = hcaObjects
        }
    }
}
