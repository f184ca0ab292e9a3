import Linux
import Pods
import SystemPackage

/// The labels that a node with SELinux gives containers and their files.
///
/// Source: `selinux_lxc_contexts_path(3)`: lines `process = "system_u:system_r:container_t:s0"` and `file = …`.
struct SELinuxContexts: Equatable, Sendable {
    var process: SELinuxContext?
    var file: SELinuxContext?

    init(parsing text: String) {
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " && $0 != "\"" } }
            guard parts.count == 2 else { continue }
            if parts[0] == "process" { process = SELinuxContext(parts[1]) }
            if parts[0] == "file" { file = SELinuxContext(parts[1]) }
        }
    }

    /// Nil where the kernel has no SELinux, or no policy was loaded into it.
    ///
    /// Source: `is_selinux_enabled(3)`: selinuxfs is mounted; without a policy every process is `kernel`.
    static func ofNode(root: FilePath = "/") throws -> SELinuxContexts? {
        guard try fileExists(at: root.appending("sys/fs/selinux/enforce")),
            let own = try readFile(at: root.appending("proc/self/attr/current"), limit: 4096),
            String(decoding: own.prefix { $0 != 0 && $0 != 10 }, as: UTF8.self) != "kernel"
        else { return nil }
        let config = try readFile(at: root.appending("etc/selinux/config"), ifExists: true, limit: 1 << 16) ?? []
        let kind = String(decoding: config, as: UTF8.self).split(separator: "\n")
            .first { $0.hasPrefix("SELINUXTYPE=") }?.dropFirst("SELINUXTYPE=".count).filter { $0 != " " }
        let path = root.appending("etc/selinux").appending(kind ?? "targeted").appending("contexts/lxc_contexts")
        let text = try readFile(at: path, ifExists: true, limit: 1 << 16) ?? []
        return SELinuxContexts(parsing: String(decoding: text, as: UTF8.self))
    }

    /// The label of the process; nil where none is asked for, or the container is privileged.
    func process(of security: Pod.Container.SecurityContext) throws -> String? {
        guard let asked = security.selinux, !security.isPrivileged else { return nil }
        var context = process ?? SELinuxContext()
        context.user = asked.user ?? context.user
        context.role = asked.role ?? context.role
        context.type = asked.type ?? context.type
        context.level = asked.level ?? context.level
        guard let text = context.text else { throw Incomplete() }
        return text
    }

    /// The label of what is mounted for the container: the node's, at the process' level.
    ///
    /// Source: opencontainers/selinux `label.InitLabels`.
    func files(of security: Pod.Container.SecurityContext) throws -> String? {
        guard let asked = security.selinux, !security.isPrivileged, var context = file else { return nil }
        context.level = asked.level ?? process?.level ?? context.level
        return context.text
    }

    struct Incomplete: Error, CustomStringConvertible {
        var description: String {
            "seLinuxOptions: user, role or type is missing, and the node has no contexts for containers (lxc_contexts)"
        }
    }
}

/// A label, as `user:role:type:level`. Source: the SELinux notebook, "Security Context"; a level may hold colons.
struct SELinuxContext: Equatable, Sendable {
    var user = ""
    var role = ""
    var type = ""
    /// Empty: the policy has no levels.
    var level = ""

    init() {}

    init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 3).map(String.init)
        guard parts.count >= 3 else { return nil }
        (user, role, type) = (parts[0], parts[1], parts[2])
        level = parts.count > 3 ? parts[3] : ""
    }

    /// Nil while a part is missing.
    var text: String? {
        guard ![user, role, type].contains("") else { return nil }
        return ([user, role, type] + (level.isEmpty ? [] : [level])).joined(separator: ":")
    }
}
