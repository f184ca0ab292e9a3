import FoundationEssentials

/// A static pod of this node: a manifest in the agent's directory, and what became of it.
struct TestPod {
    let name: String
    /// Static pods carry the node's name.
    var fullName: String { "\(name)-node1" }
    private var path: String { "/etc/swiftlet/manifests/\(name).yaml" }

    /// Puts a manifest in place at once, as a person's editor or a deployment would. The text is the file's.
    init(_ name: String, manifest: String) async throws {
        self.name = name
        let hidden = "/etc/swiftlet/manifests/.\(name).new"
        try Data(manifest.utf8).write(to: URL(filePath: hidden))
        try await shell("mv \(hidden) \(path)")
    }

    /// A pod with the manifest's fields below `spec`, written from the left margin.
    init(_ name: String, spec: String) async throws {
        let lines = spec.split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? "" : "  \($0)" }
        let head = "apiVersion: v1\nkind: Pod\nmetadata: {name: \(name)}\nspec:\n"
        try await self.init(name, manifest: head + lines.joined(separator: "\n") + "\n")
    }

    /// A script as the block that follows `args: - |` of a container in the first list of a spec.
    static func indented(_ script: String) -> String {
        script.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n")
    }

    /// A pod of one container, `app`, that runs a shell script.
    ///
    /// - Parameters:
    ///   - name: the pod's.
    ///   - script: what `sh -c` gets.
    ///   - resources: one line of YAML, e.g. `{limits: {memory: 32Mi}}`.
    ///   - restartPolicy: as in the API.
    ///   - isPrivileged: whether the container has all of the machine's rights.
    init(
        _ name: String, script: String, resources: String = "{}", restartPolicy: String = "Always",
        isPrivileged: Bool = false
    ) async throws {
        try await self.init(
            name,
            spec: """
                restartPolicy: \(restartPolicy)
                terminationGracePeriodSeconds: 1
                containers:
                - name: app
                  image: localhost/demo:1
                  resources: \(resources)
                  securityContext: {privileged: \(isPrivileged)}
                  command: [sh, -c]
                  args:
                  - |
                \(Self.indented(script))
                """)
    }

    /// A pod whose manifest an earlier boot left.
    init(existing name: String) { self.name = name }

    func object() async throws -> PodObject {
        try await JSONDecoder().decode(PodObject.self, from: Data(shell("swiftlet pods get \(fullName) -o json").utf8))
    }

    @discardableResult
    func untilItRuns() async throws -> PodObject {
        try await until("\(fullName) runs") {
            let pod = try await object()
            return pod.runs ? pod : nil
        }
    }

    /// Waits until the container has ended for good, and says how.
    func end(of container: String = "app") async throws -> PodObject.State.Terminated {
        try await until("\(container) of \(fullName) ends") {
            try await object().container(container)?.state?.terminated
        }
    }

    /// Lines of a container's log.
    func log(of container: String = "app") async throws -> [Substring] {
        try await shell("swiftlet logs \(fullName) \(container)").split(separator: "\n")
    }

    /// Removes the manifest and waits until nothing of the pod is left.
    func remove() async throws {
        try await shell("rm -f \(path)")
        try await until("\(fullName) is gone") {
            try await shell("swiftlet pods list").contains(" \(fullName) ") ? nil : true
        }
    }
}

extension TestPod {
    /// The pod's cgroup, wherever the agent put it.
    func cgroup() async throws -> String {
        let uid = try await object().metadata.uid
        let found = try await shell("find /sys/fs/cgroup -type d -name '*pod\(uid)*' | head -n 1")
        guard !found.isEmpty else { throw TimedOut(what: "\(fullName) has a cgroup", last: "") }
        return found
    }

    /// The processes of its containers, without pause: pid and start time, which together are never another's.
    func processes() async throws -> Set<String> {
        let lines = try await shell(
            """
            cat $(find \(cgroup()) -name cgroup.procs) | while read -r pid; do
                read -r name </proc/$pid/comm || continue
                [ "$name" = pause ] || [ "$name" = swiftlet-shim ] || echo "$pid@$(cut -d' ' -f22 /proc/$pid/stat)"
            done
            """)
        // One that ended between the two looks has no start time.
        return Set(lines.split(separator: "\n").map(String.init).filter { !$0.hasSuffix("@") })
    }

    /// The cgroup of its only container: the one below the pod's with a process that is not pause.
    func containerCgroup() async throws -> String {
        guard let pid = try await processes().first?.split(separator: "@").first else {
            throw TimedOut(what: "\(fullName) has a process", last: "")
        }
        return try await shell("echo /sys/fs/cgroup$(sed -n 's/^0:://p' /proc/\(pid)/cgroup)")
    }
}

/// A cgroup's control file as text.
func control(_ file: String, of cgroup: String) async throws -> String { try await shell("cat \(cgroup)/\(file)") }

/// One counter of a flat keyed file such as `memory.events`.
func counter(_ key: String, in file: String, of cgroup: String) async throws -> Int {
    Int(try await shell("awk '$1 == \"\(key)\" { print $2 }' \(cgroup)/\(file)")) ?? 0
}
