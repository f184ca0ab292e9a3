package import Foundation
import Linux

/// What a test sees of an agent: the files it writes, the processes that run.
extension AgentProcess {
    package func write(_ manifest: (name: String, text: String)) throws { try write(manifest.name, manifest.text) }

    package func write(_ name: String, _ text: String) throws {
        let hidden = manifests.appending(path: ".\(name)")
        try text.write(to: hidden, atomically: false, encoding: .utf8)
        _ = unsafe rename(hidden.path, manifests.appending(path: name).path)
    }

    package func remove(_ name: String) throws {
        try FileManager.default.removeItem(at: manifests.appending(path: "\(name).yaml"))
    }

    /// A bridge of this agent's own, with the real plugins.
    package func writeNetwork() throws {
        try """
        {"cniVersion": "1.0.0", "name": "test", "plugins": [
          {"type": "bridge", "bridge": "\(bridge)", "isGateway": true, "ipMasq": false,
           "ipam": {"type": "host-local", "dataDir": "\(directory.path)/leases",
                    "ranges": [[{"subnet": "10.213.\(UInt8.random(in: 0 ... 255)).0/24"}]]}}]}
        """.write(to: networkConfiguration.appending(path: "10-test.conflist"), atomically: true, encoding: .utf8)
    }

    private var bridge: String { "t\(directory.lastPathComponent.suffix(8))" }

    package func log() throws -> String { try String(contentsOf: output, encoding: .utf8) }

    /// The status that the agent wrote of a pod, found by the pod's name in its manifest.
    package func status(_ name: String) throws -> [String: Any]? {
        let folder = state.appending(path: "statuses")
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        guard let file = files.first(where: { $0.hasPrefix("default_\(name)-node1_") && $0.hasSuffix(".json") }),
            let data = try? Data(contentsOf: folder.appending(path: file)),
            let object = try JSONSerialization.jsonObject(with: data) as? [String: Any]
        else { return nil }
        return object["status"] as? [String: Any]
    }

    package func phase(_ name: String) throws -> String? { try status(name)?["phase"] as? String }
    package func podIP(_ name: String) throws -> String? { try status(name)?["podIP"] as? String }

    private func container(_ name: String) throws -> [String: Any]? {
        (try status(name)?["containerStatuses"] as? [[String: Any]])?.first
    }

    package func restarts(_ name: String) throws -> Int? { try container(name)?["restartCount"] as? Int }

    private func state(_ name: String, _ kind: String) throws -> [String: Any]? {
        (try container(name)?["state"] as? [String: Any])?[kind] as? [String: Any]
    }

    package func exitCode(_ name: String) throws -> Int? { try state(name, "terminated")?["exitCode"] as? Int }
    package func waitingMessage(_ name: String) throws -> String? { try state(name, "waiting")?["message"] as? String }
    package func waitingReason(_ name: String) throws -> String? { try state(name, "waiting")?["reason"] as? String }

    /// The termination message of a pod's container.
    package func message(_ name: String) throws -> String? { try state(name, "terminated")?["message"] as? String }

    package func log(_ name: String, _ container: String, restart: Int = 0) throws -> String {
        guard let folder = try logFolder(name, container) else { return "" }
        return (try? String(contentsOf: folder.appending(path: "\(restart).log"), encoding: .utf8)) ?? ""
    }

    /// The names of a container's log files, with their parts.
    package func logFiles(_ name: String, _ container: String) throws -> [String] {
        guard let folder = try logFolder(name, container) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    private func logFolder(_ name: String, _ container: String) throws -> URL? {
        let folders = try FileManager.default.contentsOfDirectory(atPath: logs.path)
        let folder = folders.first { $0.hasPrefix("default_\(name)-node1_") }
        return folder.map { logs.appending(path: $0).appending(path: container) }
    }

    /// The processes below the pod's cgroup, the oldest first: their numbers begin anew at some time.
    package func pids(_ name: String) throws -> [Int32] {
        guard let uid = try uid(name) else { return [] }
        let pids = try cgroups().filter { $0.path.contains("pod\(uid)") }.flatMap(members)
        let ages = pids.compactMap { pid in (try? ProcessStat(pid: pid)).map { ($0.startTime, pid) } }
        return ages.sorted(by: <).map(\.1)
    }

    func members(of cgroup: URL) -> [Int32] {
        ((try? String(contentsOf: cgroup.appending(path: "cgroup.procs"), encoding: .utf8)) ?? "")
            .split(separator: "\n").compactMap { Int32($0) }
    }

    package func uid(_ name: String) throws -> String? {
        let files = try FileManager.default.contentsOfDirectory(atPath: state.appending(path: "statuses").path)
        return files.first { $0.hasPrefix("default_\(name)-node1_") }?.split(separator: "_").last.map {
            String($0.dropLast(5))
        }
    }

    /// Every cgroup below the agent's own root.
    package func cgroups() throws -> [URL] {
        guard let all = FileManager.default.enumerator(at: cgroupRoot, includingPropertiesForKeys: nil) else {
            return []
        }
        return all.compactMap { $0 as? URL }.filter { $0.lastPathComponent == "cgroup.procs" }.map {
            $0.deletingLastPathComponent()
        }
    }

    var cgroupRoot: URL { Self.cgroupMount.appending(path: directory.lastPathComponent) }

    private static var cgroupMount: URL {
        let mounts = (try? String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)) ?? ""
        let line = mounts.split(separator: "\n").last { $0.split(separator: " ")[2] == "cgroup2" }
        return URL(filePath: line.map { String($0.split(separator: " ")[1]) } ?? "/sys/fs/cgroup")
    }

    /// What a removed pod must not leave behind: anything that names one.
    package func leftovers() throws -> [String] {
        let places = [
            root.appending(path: "pods"), root.appending(path: "ledger/pods"),
            root.appending(path: "ledger/allocations"), state.appending(path: "pods"), state.appending(path: "netns"),
            state.appending(path: "statuses"), logs,
        ]
        let files = places.flatMap { (try? FileManager.default.contentsOfDirectory(atPath: $0.path)) ?? [] }
        return try files + cgroups().map(\.lastPathComponent).filter { $0.hasPrefix("pod") }
    }

    /// Takes away what a power cut takes, after the agent was killed: processes, groups, mounts, the running state.
    package func losePower() async throws {
        try await clearKernel()
        try FileManager.default.removeItem(at: state)
        try FileManager.default.createDirectory(at: state, withIntermediateDirectories: true)
    }

    /// Removes every manifest, waits until the pods are gone, ends the agent and removes its directories.
    package func takeDown() async throws {
        for file in try FileManager.default.contentsOfDirectory(atPath: manifests.path) {
            try FileManager.default.removeItem(at: manifests.appending(path: file))
        }
        _ = try await eventually(within: .seconds(20)) { try leftovers().isEmpty }
        try await kill(SIGTERM)
        // What a failed test left goes all the same.
        try await clearKernel()
        try FileManager.default.removeItem(at: directory)
    }

    /// Ends the pods' processes, and takes their groups and mounts away.
    private func clearKernel() async throws {
        try? "1".write(to: cgroupRoot.appending(path: "cgroup.kill"), atomically: false, encoding: .utf8)
        _ = try await eventually {
            for folder in try cgroups().sorted(by: { $0.path.count > $1.path.count }) { _ = unsafe rmdir(folder.path) }
            return !FileManager.default.fileExists(atPath: cgroupRoot.path)
        }
        for mount in try mounts().reversed() where mount.hasPrefix(directory.path) {
            _ = try await run("umount", ["-l", mount])
        }
        // The plugin leaves its bridge, and two with one subnet would take each other's traffic.
        if FileManager.default.fileExists(atPath: "/sys/class/net/\(bridge)") {
            _ = try await run("ip", ["link", "delete", bridge])
        }
    }
}
