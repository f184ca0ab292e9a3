import Linux
import Logging
import Pods
import Shim
package import SystemPackage

/// The lines to the pods' shims: one for each pod, opened when it is first needed and again when it broke.
package actor Shims {
    private let directories: Directories
    private let zygote: Zygote
    private var clients: [Pod.ID: ShimClient] = [:]

    package init(directories: Directories, zygote: Zygote) {
        self.directories = directories
        self.zygote = zygote
    }

    /// Makes a shim for a pod that has none. It lives in a cgroup outside the pod's limits and outside the agent's unit.
    func create(for pod: Pod, cgroup: FilePath?) async throws -> ProcessRecord {
        clients[pod.id] = nil
        let process = try await zygote.forkShim(
            socket: directories.shimSocket(of: pod.id), runDirectory: directories.running.appending(pod.id.rawValue),
            cgroup: cgroup, name: pod.name)
        return try ProcessRecord(pid: process.pid, startTime: ProcessStat(pid: process.pid).startTime)
    }

    func client(for pod: Pod.ID) async throws -> ShimClient {
        if let client = clients[pod] { return client }
        let client = try await ShimClient(connecting: directories.shimSocket(of: pod))
        // Another task may have connected while this one waited: either line serves.
        clients[pod] = client
        return client
    }

    /// Forgets a line that broke, so that the next question opens a new one.
    func forget(_ pod: Pod.ID) { clients[pod] = nil }
}
