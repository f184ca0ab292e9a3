package import Kubernetes

/// Everything that a node tells of what it uses.
package struct NodeStatistics: Equatable, Sendable {
    package var name: String
    package var machine = MachineFacts()
    package var started = Time()
    package var group = GroupStatistics(path: "/")
    /// The groups of the agent, of its shims, and of all pods, by the kubelet's names.
    package var systemGroups: [SystemGroup] = []
    /// Other groups above the pods'.
    package var classes: [GroupStatistics] = []
    package var interfaces: [InterfaceCounters] = []
    package var disks: [DiskCounters] = []
    package var filesystem: FilesystemUsage?
    package var imageFilesystem: FilesystemUsage?
    /// File systems that the node's things lie on, by what is mounted there.
    package var mounts: [String: FilesystemUsage] = [:]
    package var tasks: Tasks?
    package var pods: [PodStatistics] = []

    package init(name: String) { self.name = name }

    package struct SystemGroup: Equatable, Sendable {
        package var name: String
        package var group: GroupStatistics
        package init(name: String, group: GroupStatistics) {
            self.name = name
            self.group = group
        }
    }

    /// Tasks of the machine, and how many it may have.
    package struct Tasks: Equatable, Sendable {
        package var limit: Int64
        package var count: Int64
        package init(limit: Int64, count: Int64) {
            self.limit = limit
            self.count = count
        }
    }
}

/// What does not change while the machine runs.
package struct MachineFacts: Equatable, Sendable {
    package var machineID = ""
    package var systemUUID = ""
    package var bootID = ""
    package var kernelVersion = ""
    package var osVersion = ""
    package var memory: UInt64 = 0
    package var swap: UInt64 = 0
    package var cores: UInt64 = 0
    package var physicalCores: UInt64 = 0
    package var sockets: UInt64 = 0
    package var books: UInt64 = 0
    package var drawers: UInt64 = 0

    package init() {}
}

/// A pod whose sandbox runs.
package struct PodStatistics: Equatable, Sendable {
    package var name: String
    package var namespace: String
    package var uid: String
    package var started: Time?
    package var group: GroupStatistics
    /// `nil`: it shares the machine's.
    package var interfaces: [InterfaceCounters]?
    package var containers: [ContainerStatistics] = []
    package var volumes: [VolumeStatistics] = []
    package var ephemeralStorage: FilesystemUsage?

    package init(name: String, namespace: String, uid: String, group: GroupStatistics) {
        self.name = name
        self.namespace = namespace
        self.uid = uid
        self.group = group
    }
}

/// A container that runs.
package struct ContainerStatistics: Equatable, Sendable {
    package var name: String
    package var id: String
    package var image: String
    package var group: GroupStatistics
    /// What it has written to its root file system.
    package var rootFilesystem: FilesystemUsage?
    package var logs: FilesystemUsage?

    package init(name: String, id: String, image: String, group: GroupStatistics) {
        self.name = name
        self.id = id
        self.image = image
        self.group = group
    }
}
