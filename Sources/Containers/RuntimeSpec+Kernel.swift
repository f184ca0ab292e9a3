import Linux
package import OCI

extension InitProgram.DeviceNode {
    init(_ device: RuntimeSpec.Device) {
        let kind: Kind =
            switch device.type {
            case "b": .block
            case "p": .fifo
            default: .character
            }
        self.init(
            kind: kind, major: UInt32(clamping: device.major ?? 0), minor: UInt32(clamping: device.minor ?? 0),
            mode: device.fileMode ?? 0o666, uid: device.uid ?? 0, gid: device.gid ?? 0)
    }
}

extension RuntimeSpec.Namespace {
    /// Stands in a namespace's `path` for "that of the pod's pause": the shim finds it by the pidfd that it holds.
    package static let ofSandbox = "pause"
}

extension RuntimeSpec.Namespace.Kind {
    var linux: Namespaces {
        switch self {
        case .pid: .pid
        case .network: .network
        case .mount: .mount
        case .ipc: .ipc
        case .uts: .uts
        case .user: .user
        case .cgroup: .cgroup
        case .time: .time
        }
    }
}

/// Source: `getrlimit(2)`, the numbers of `asm-generic/resource.h`.
let resourceLimits: [String: Int32] = [
    "RLIMIT_CPU": 0, "RLIMIT_FSIZE": 1, "RLIMIT_DATA": 2, "RLIMIT_STACK": 3, "RLIMIT_CORE": 4, "RLIMIT_RSS": 5,
    "RLIMIT_NPROC": 6, "RLIMIT_NOFILE": 7, "RLIMIT_MEMLOCK": 8, "RLIMIT_AS": 9, "RLIMIT_LOCKS": 10,
    "RLIMIT_SIGPENDING": 11, "RLIMIT_MSGQUEUE": 12, "RLIMIT_NICE": 13, "RLIMIT_RTPRIO": 14, "RLIMIT_RTTIME": 15,
]
