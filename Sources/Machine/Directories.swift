package import Pods
package import SystemPackage

/// Where this agent keeps its things. Everything it writes lies below these, so that several agents and tests can
/// run beside each other.
package struct Directories: Sendable {
    /// What outlives the boot: images, volumes, writable layers, the ledger.
    package var root: FilePath
    /// What the boot takes with it: sockets, namespaces, records of what runs.
    package var state: FilePath
    /// `podLogsDir` of the configuration.
    package var podLogs: FilePath
    /// Links to the logs by container, for log collectors.
    package var containerLogs: FilePath

    package init(root: FilePath, state: FilePath, podLogs: FilePath, containerLogs: FilePath) {
        self.root = root
        self.state = state
        self.podLogs = podLogs
        self.containerLogs = containerLogs
    }

    package var images: FilePath { root.appending("images") }
    package var ledger: FilePath { root.appending("ledger") }
    package var networkCache: FilePath { root.appending("cni") }
    package var networkNamespaces: FilePath { state.appending("netns") }
    package var statuses: FilePath { state.appending("statuses") }
    package var histories: FilePath { state.appending("histories") }
    package var controlSocket: FilePath { state.appending("control.sock") }
    /// One directory a pod: volumes, writable layers, generated files.
    package var pods: FilePath { root.appending("pods") }
    /// One directory a pod: its shim's socket and the records.
    package var running: FilePath { state.appending("pods") }

    /// What runtimes of others' know of their containers, one directory a handler.
    var runtimes: FilePath { state.appending("runtimes") }
    /// What a runtime of another's makes a sandbox of.
    func sandboxBundle(of pod: Pod.ID) -> FilePath { pods.appending(pod.rawValue).appending("sandbox") }

    package func volumes(of pod: Pod.ID) -> FilePath { pods.appending(pod.rawValue).appending("volumes") }
    /// Parts of volumes, mounted for one container each.
    package func subPaths(of pod: Pod.ID) -> FilePath {
        pods.appending(pod.rawValue).appending("volume-subpaths")
    }
    /// Profiles that containers name by a path below it.
    package var seccompProfiles: FilePath { root.appending("seccomp") }
    package func userMapping(of pod: Pod.ID) -> FilePath { pods.appending(pod.rawValue).appending("userns") }
    package func etcHosts(of pod: Pod.ID) -> FilePath { pods.appending(pod.rawValue).appending("etc-hosts") }
    package func etcHostname(of pod: Pod.ID) -> FilePath { pods.appending(pod.rawValue).appending("hostname") }
    package func resolvConf(of pod: Pod.ID) -> FilePath { pods.appending(pod.rawValue).appending("resolv.conf") }
    /// The `/dev/shm` that a pod's containers share: a mount of its pause, found through this directory.
    package func sharedMemory(of pod: Pod.ID) -> FilePath { running.appending(pod.rawValue).appending("shm") }
    package func shimSocket(of pod: Pod.ID) -> FilePath { running.appending(pod.rawValue).appending("shim.sock") }
    /// What one command needs while it is started.
    func running(_ exec: String, of pod: Pod.ID) -> FilePath { running.appending(pod.rawValue).appending(exec) }
    package func networkNamespace(of pod: Pod.ID) -> FilePath { networkNamespaces.appending(pod.rawValue) }

    package func containers(of pod: Pod.ID) -> FilePath { running.appending(pod.rawValue).appending("containers") }

    /// What containers write to their root file systems.
    func layers(of pod: Pod.ID) -> FilePath { pods.appending(pod.rawValue).appending("containers") }

    /// What a container's instance writes to its root file system, and its termination message.
    package func instance(_ name: String, _ restartCount: Int, of pod: Pod.ID) -> FilePath {
        layers(of: pod).appending(name).appending("\(restartCount)")
    }

    /// `<namespace>_<name>_<uid>`, the kubelet's layout below `podLogsDir`.
    package func logs(of pod: Pod) -> FilePath {
        podLogs.appending("\(pod.namespace)_\(pod.name)_\(pod.id.rawValue)")
    }
}
