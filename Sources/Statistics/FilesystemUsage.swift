package import Kubernetes
package import Linux

/// How full a file system is, and how much of it a part takes. Amounts in bytes.
package struct FilesystemUsage: Equatable, Sendable {
    package var time: MicroTime
    package var available: UInt64
    package var capacity: UInt64
    package var used: UInt64
    package var inodesFree: UInt64
    package var inodes: UInt64
    package var inodesUsed: UInt64

    /// - Parameter part: what is counted; `nil`: all that lies on it.
    package init(_ status: FilesystemStatus, part: DiskUse? = nil, at time: MicroTime) {
        self.time = time
        available = status.available
        capacity = status.total
        used = part?.bytes ?? status.total - min(status.free, status.total)
        inodesFree = status.filesFree
        inodes = status.files
        inodesUsed = part?.files ?? status.files - min(status.filesFree, status.files)
    }
}

/// A volume of a pod.
package struct VolumeStatistics: Equatable, Sendable {
    package var name: String
    package var usage: FilesystemUsage
    /// The claim that it was found by, in the pod's namespace.
    package var claim: String?
    /// It lies on the node's disk, and goes with the pod.
    package var isEphemeral: Bool

    package init(name: String, usage: FilesystemUsage, claim: String? = nil, isEphemeral: Bool = false) {
        self.name = name
        self.usage = usage
        self.claim = claim
        self.isEphemeral = isEphemeral
    }
}
