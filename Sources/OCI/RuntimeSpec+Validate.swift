/// What is wrong with a `config.json`, and where: `process.cwd: tmp is not absolute`.
package struct SpecError: Error, Equatable, CustomStringConvertible {
    package let field: String
    package let reason: String

    package init(_ field: String, _ reason: String) {
        self.field = field
        self.reason = reason
    }

    package var description: String { "\(field): \(reason)" }
}

extension RuntimeSpec {
    /// Checks what the types cannot say, before anything is done.
    ///
    /// Source: runtime-spec 1.3, config.md and config-linux.md. Any minor version of major version 1 is accepted: what is
    /// new in it is skipped when decoding.
    package func validate() throws(SpecError) {
        let version = ociVersion.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard version.count == 2, version[0] == "1" else {
            throw SpecError("ociVersion", "\(ociVersion) is not a version 1 of the specification")
        }
        if let root, root.path.isEmpty { throw SpecError("root.path", "it is empty") }
        try process?.validate()
        try validateMounts()
        try hooks?.validate()
        try linux?.validate()
        try validateNames()
    }

    private func validateMounts() throws(SpecError) {
        for (index, mount) in (mounts ?? []).enumerated() {
            let field = "mounts[\(index)]"
            try noNUL(mount.destination, "\(field).destination")
            guard !mount.destination.isEmpty else { throw SpecError("\(field).destination", "it is empty") }
            if (mount.uidMappings ?? []).isEmpty != (mount.gidMappings ?? []).isEmpty {
                throw SpecError("\(field).uidMappings", "uids and gids are mapped together or not at all")
            }
            try RuntimeSpec.validate(mount.uidMappings, "\(field).uidMappings")
            try RuntimeSpec.validate(mount.gidMappings, "\(field).gidMappings")
            if mount.type == "proc" || mount.type == "sysfs" { continue }
            try validateKernelPlace(mount, field)
        }
    }

    /// Nothing may cover parts of `/proc` but what imitates single files of it (CVE-2019-16884, CVE-2023-28642).
    ///
    /// Source: runc's `checkProcMount`.
    private func validateKernelPlace(_ mount: Mount, _ field: String) throws(SpecError) {
        let parts = mount.destination.split(separator: "/").filter { $0 != "." }
        guard parts.first == "proc", parts.count > 1 else { return }
        let path = parts.dropFirst().joined(separator: "/")
        let imitated: Set<String> = [
            "cpuinfo", "diskstats", "meminfo", "stat", "swaps", "uptime", "loadavg", "slabinfo",
            "sys/kernel/ns_last_pid", "sys/crypto/fips_enabled",
        ]
        guard imitated.contains(path) else {
            throw SpecError("\(field).destination", "\(mount.destination) lies in /proc, where nothing may be mounted")
        }
    }

    /// Names of the machine need a namespace of their own, or the whole machine would be renamed.
    private func validateNames() throws(SpecError) {
        let kinds = Set((linux?.namespaces ?? []).map(\.type))
        if hostname.map({ !$0.isEmpty }) == true, !kinds.contains(.uts) {
            throw SpecError("hostname", "it needs a uts namespace")
        }
        if domainname.map({ !$0.isEmpty }) == true, !kinds.contains(.uts) {
            throw SpecError("domainname", "it needs a uts namespace")
        }
        if linux?.netDevices?.isEmpty == false, !kinds.contains(.network) {
            throw SpecError("linux.netDevices", "they need a network namespace")
        }
    }

    /// A range inside may lie in no other, and none may leave 32 bits (CVE-2024-40635).
    static func validate(_ mappings: [IDMapping]?, _ field: String) throws(SpecError) {
        var inside: [Range<UInt64>] = []
        for (index, mapping) in (mappings ?? []).enumerated() {
            let end = UInt64(mapping.containerID) + UInt64(mapping.size)
            guard mapping.size > 0, end <= UInt64(UInt32.max),
                UInt64(mapping.hostID) + UInt64(mapping.size) <= UInt64(UInt32.max)
            else { throw SpecError("\(field)[\(index)]", "it is empty, or goes beyond 4294967294") }
            let range = UInt64(mapping.containerID)..<end
            if inside.contains(where: { $0.overlaps(range) }) {
                throw SpecError("\(field)[\(index)]", "it overlaps another one")
            }
            inside.append(range)
        }
    }
}

/// Texts go to the kernel with a NUL at their end: one inside would cut them.
func noNUL(_ text: String, _ field: String) throws(SpecError) {
    if text.utf8.contains(0) { throw SpecError(field, "it has a NUL character") }
}

extension RuntimeSpec.Hooks {
    fileprivate func validate() throws(SpecError) {
        let lists = [
            ("prestart", prestart), ("createRuntime", createRuntime), ("createContainer", createContainer),
            ("startContainer", startContainer), ("poststart", poststart), ("poststop", poststop),
        ]
        for (name, hooks) in lists {
            for (index, hook) in (hooks ?? []).enumerated() {
                let field = "hooks.\(name)[\(index)]"
                guard hook.path.hasPrefix("/") else { throw SpecError("\(field).path", "\(hook.path) is not absolute") }
                try noNUL(hook.path, "\(field).path")
                if let timeout = hook.timeout, timeout <= 0 || timeout > 1 << 20 {
                    throw SpecError("\(field).timeout", "\(timeout) is not above zero, or beyond all reason")
                }
            }
        }
    }
}
