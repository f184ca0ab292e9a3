extension RuntimeSpec.Linux {
    func validate() throws(SpecError) {
        try validateNamespaces()
        try validateDevices()
        try validateParameters()
        for (field, paths) in [("maskedPaths", maskedPaths), ("readonlyPaths", readonlyPaths)] {
            for (index, path) in (paths ?? []).enumerated() where !path.hasPrefix("/") {
                throw SpecError("linux.\(field)[\(index)]", "\(path) is not absolute")
            }
        }
        if let word = rootfsPropagation, !["shared", "slave", "private", "unbindable"].contains(word) {
            throw SpecError("linux.rootfsPropagation", "\(word) is no kind of propagation")
        }
        try validateNetDevices()
        if let id = intelRdt?.closID, id != "/", id.isEmpty || id == "." || id == ".." || id.contains("/") {
            throw SpecError("linux.intelRdt.closID", "\(id) is no name")
        }
        try seccomp?.validate()
    }

    private func validateNamespaces() throws(SpecError) {
        var seen: Set<RuntimeSpec.Namespace.Kind> = []
        for (index, namespace) in (namespaces ?? []).enumerated() {
            guard seen.insert(namespace.type).inserted else {
                throw SpecError("linux.namespaces[\(index)].type", "\(namespace.type) stands there twice")
            }
            if let path = namespace.path, !path.isEmpty, !path.hasPrefix("/") {
                throw SpecError("linux.namespaces[\(index)].path", "\(path) is not absolute")
            }
        }
        try RuntimeSpec.validate(uidMappings, "linux.uidMappings")
        try RuntimeSpec.validate(gidMappings, "linux.gidMappings")
        let isNewUser = namespaces?.contains { $0.type == .user && ($0.path ?? "").isEmpty } ?? false
        let isMapped = !(uidMappings ?? []).isEmpty && !(gidMappings ?? []).isEmpty
        if isNewUser && !isMapped { throw SpecError("linux.uidMappings", "a user namespace needs uids and gids") }
        if !seen.contains(.user), uidMappings?.isEmpty == false || gidMappings?.isEmpty == false {
            throw SpecError("linux.uidMappings", "they need a user namespace")
        }
        try validateClocks(
            hasNewNamespace: namespaces?.contains { $0.type == .time && ($0.path ?? "").isEmpty } ?? false)
    }

    /// Source: `time_namespaces(7)`.
    private func validateClocks(hasNewNamespace: Bool) throws(SpecError) {
        guard let timeOffsets, !timeOffsets.isEmpty else { return }
        guard hasNewNamespace else { throw SpecError("linux.timeOffsets", "they need a new time namespace") }
        for (clock, offset) in timeOffsets {
            guard ["monotonic", "boottime"].contains(clock) else {
                throw SpecError("linux.timeOffsets", "\(clock) is no clock that can be offset")
            }
            if let nanoseconds = offset.nanosecs, nanoseconds > 999_999_999 {
                throw SpecError("linux.timeOffsets.\(clock).nanosecs", "\(nanoseconds) is a second or more")
            }
        }
    }

    private func validateDevices() throws(SpecError) {
        var seen: Set<String> = []
        for (index, device) in (devices ?? []).enumerated() {
            let field = "linux.devices[\(index)]"
            guard ["c", "b", "u", "p"].contains(device.type) else {
                throw SpecError("\(field).type", "\(device.type) is none of c, b, u and p")
            }
            guard device.path.hasPrefix("/") else { throw SpecError("\(field).path", "\(device.path) is not absolute") }
            guard seen.insert(device.path).inserted else {
                throw SpecError("\(field).path", "\(device.path) stands there twice")
            }
            guard device.type == "p" || device.major != nil && device.minor != nil else {
                throw SpecError("\(field).major", "a device needs two numbers")
            }
            // Source: the kernel's kdev_t.h: 12 bits and 20 bits.
            guard (0..<(1 << 12)).contains(device.major ?? 0), (0..<(1 << 20)).contains(device.minor ?? 0) else {
                throw SpecError("\(field).major", "\(device.major ?? 0):\(device.minor ?? 0) is no device")
            }
        }
    }

    /// What is not of a namespace of the container's own would change the machine.
    private func validateParameters() throws(SpecError) {
        let kinds = Set((namespaces ?? []).map(\.type))
        for (name, value) in (sysctl ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard let kind = KernelParameter(name).namespace else {
                throw SpecError("linux.sysctl", "\(name) does not belong to a namespace")
            }
            guard kinds.contains(kind) else {
                throw SpecError("linux.sysctl", "\(name) needs a \(kind) namespace")
            }
            try noNUL(value, "linux.sysctl")
        }
    }

    /// Source: the kernel's `dev_valid_name`: IFNAMSIZ is 16 with the NUL; a template may hold one `%d`.
    private func validateNetDevices() throws(SpecError) {
        for (outside, device) in (netDevices ?? [:]).sorted(by: { $0.key < $1.key }) {
            for name in [outside, device.name].compactMap(\.self) {
                let isPlain = !name.contains { $0 == "/" || $0 == ":" || $0.isWhitespace }
                guard !name.isEmpty, name.utf8.count < 16, isPlain, name != ".", name != ".." else {
                    throw SpecError("linux.netDevices[\(outside)]", "\(name) is no name of an interface")
                }
            }
        }
    }
}

extension RuntimeSpec.Seccomp {
    /// Whether some call is handed to whoever listens at ``listenerPath``.
    package var listensForCalls: Bool { syscalls?.contains { $0.action == "SCMP_ACT_NOTIFY" } ?? false }

    fileprivate func validate() throws(SpecError) {
        // The process itself must write, after the filter is loaded, to hand the listener over.
        if defaultAction == "SCMP_ACT_NOTIFY" {
            throw SpecError("linux.seccomp.defaultAction", "SCMP_ACT_NOTIFY would stop the container for good")
        }
        for (index, rule) in (syscalls ?? []).enumerated() {
            let field = "linux.seccomp.syscalls[\(index)]"
            guard !rule.names.isEmpty else { throw SpecError("\(field).names", "it is empty") }
            if rule.action == "SCMP_ACT_NOTIFY", rule.names.contains("write") {
                throw SpecError("\(field).action", "SCMP_ACT_NOTIFY for write would stop the container for good")
            }
            for argument in rule.args ?? [] where argument.index > 5 {
                throw SpecError("\(field).args", "a call has no argument \(argument.index)")
            }
        }
        if listensForCalls, listenerPath?.isEmpty ?? true {
            throw SpecError("linux.seccomp.listenerPath", "SCMP_ACT_NOTIFY needs somebody who listens")
        }
    }
}
