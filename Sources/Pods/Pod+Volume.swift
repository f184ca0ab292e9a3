extension Pod {
    /// Storage that the pod's containers mount by name.
    package struct Volume: Equatable, Sendable {
        package enum Source: Equatable, Sendable {
            /// An empty directory on the node's disk that lives as long as the pod.
            case emptyDir
            case hostPath(path: String, type: HostPathType)
        }

        package var name: String
        package var source: Source
        package init(name: String, source: Source) {
            self.name = name
            self.source = source
        }
    }

    /// What must be at a `hostPath` before it is mounted. Source: core/v1 `HostPathType`.
    package enum HostPathType: String, Sendable {
        case unset = ""
        case directoryOrCreate = "DirectoryOrCreate"
        case directory = "Directory"
        case fileOrCreate = "FileOrCreate"
        case file = "File"
        case socket = "Socket"
        case characterDevice = "CharDevice"
        case blockDevice = "BlockDevice"
    }
}
