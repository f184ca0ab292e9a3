extension RuntimeSpec {
    /// What only Linux has.
    package struct Linux: Codable, Equatable, Sendable {
        /// New or joined ones; a kind that is absent is inherited.
        package var namespaces: [Namespace]?
        package var uidMappings: [IDMapping]?
        package var gidMappings: [IDMapping]?
        package var timeOffsets: [String: TimeOffset]?
        package var devices: [Device]?
        /// Network devices that move into the container's namespace, by their name outside.
        package var netDevices: [String: NetDevice]?
        /// Below the cgroup mount's root.
        package var cgroupsPath: String?
        package var resources: Resources?
        package var sysctl: [String: String]?
        package var seccomp: Seccomp?
        /// `shared`, `slave`, `private` or `unbindable`.
        package var rootfsPropagation: String?
        package var maskedPaths: [String]?
        package var readonlyPaths: [String]?
        package var mountLabel: String?
        package var personality: Personality?
        package var intelRdt: IntelRDT?
        package var memoryPolicy: MemoryPolicy?

        package init(
            namespaces: [Namespace]? = nil, devices: [Device]? = nil, cgroupsPath: String? = nil,
            resources: Resources? = nil, sysctl: [String: String]? = nil, seccomp: Seccomp? = nil,
            rootfsPropagation: String? = nil, maskedPaths: [String]? = nil, readonlyPaths: [String]? = nil
        ) {
            self.namespaces = namespaces
            self.devices = devices
            self.cgroupsPath = cgroupsPath
            self.resources = resources
            self.sysctl = sysctl
            self.seccomp = seccomp
            self.rootfsPropagation = rootfsPropagation
            self.maskedPaths = maskedPaths
            self.readonlyPaths = readonlyPaths
        }
    }

    /// A namespace to make, or with `path` one to join.
    package struct Namespace: Codable, Equatable, Sendable {
        package enum Kind: String, Codable, Sendable, CaseIterable {
            case pid, network, mount, ipc, uts, user, cgroup, time
        }
        package var type: Kind
        package var path: String?

        package init(_ type: Kind, path: String? = nil) {
            self.type = type
            self.path = path
        }
    }

    /// How far a clock of a time namespace is ahead; the keys are `monotonic` and `boottime`.
    package struct TimeOffset: Codable, Equatable, Sendable {
        package var secs: Int64?
        package var nanosecs: UInt32?

        package init(secs: Int64? = nil, nanosecs: UInt32? = nil) {
            self.secs = secs
            self.nanosecs = nanosecs
        }
    }

    /// A device node to make.
    package struct Device: Codable, Equatable, Sendable {
        /// `c`, `b`, `u` or `p`.
        package var type: String
        package var path: String
        package var major: Int64?
        package var minor: Int64?
        package var fileMode: UInt32?
        package var uid: UInt32?
        package var gid: UInt32?

        package init(
            type: String, path: String, major: Int64? = nil, minor: Int64? = nil, fileMode: UInt32? = nil,
            uid: UInt32? = nil, gid: UInt32? = nil
        ) {
            self.type = type
            self.path = path
            self.major = major
            self.minor = minor
            self.fileMode = fileMode
            self.uid = uid
            self.gid = gid
        }
    }

    /// A moved network device's name inside; it may carry `%d`.
    package struct NetDevice: Codable, Equatable, Sendable {
        package var name: String?

        package init(name: String? = nil) {
            self.name = name
        }
    }

    /// `personality(2)`: `LINUX` or `LINUX32`.
    package struct Personality: Codable, Equatable, Sendable {
        package var domain: String
        package var flags: [String]?

        package init(domain: String, flags: [String]? = nil) {
            self.domain = domain
            self.flags = flags
        }
    }

    /// Cache and memory bandwidth of Intel's resource director.
    package struct IntelRDT: Codable, Equatable, Sendable {
        package var closID: String?
        package var schemata: [String]?
        package var l3CacheSchema: String?
        package var memBwSchema: String?
        package var enableMonitoring: Bool?

        package init(
            closID: String? = nil, schemata: [String]? = nil, l3CacheSchema: String? = nil, memBwSchema: String? = nil,
            enableMonitoring: Bool? = nil
        ) {
            self.closID = closID
            self.schemata = schemata
            self.l3CacheSchema = l3CacheSchema
            self.memBwSchema = memBwSchema
            self.enableMonitoring = enableMonitoring
        }
    }

    /// `set_mempolicy(2)`: a mode such as `MPOL_BIND` over nodes such as `0-1`.
    package struct MemoryPolicy: Codable, Equatable, Sendable {
        package var mode: String
        package var nodes: String?
        package var flags: [String]?

        package init(mode: String, nodes: String? = nil, flags: [String]? = nil) {
            self.mode = mode
            self.nodes = nodes
            self.flags = flags
        }
    }
}
