import CCap

/// Rights that root's power is divided into: `capabilities(7)`. The numbers are libcap's.
package struct Capabilities: OptionSet, Hashable, Sendable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Every capability that the running kernel knows.
    package static let all: Capabilities = {
        let count = UInt64(max(0, min(cap_max_bits(), 63)))
        return Capabilities(rawValue: (1 << count) - 1)
    }()

    /// Every capability that this process may have, and so can give: what "all" means to a container.
    ///
    /// Source: containerd's `WithAllCurrentCapabilities`; `capabilities(7)`, the bounding set.
    package static let available: Capabilities = {
        let bits = (0..<63).filter { cap_get_bound(cap_value_t($0)) == 1 }
        return Capabilities(rawValue: bits.reduce(0) { $0 | 1 << UInt64($1) })
    }()

    /// What a container has unless the pod says otherwise.
    ///
    /// Source: containerd's default specification, `defaultUnixCaps`.
    package static let containerDefaults: Capabilities = [
        .chown, .dacOverride, .fsetid, .fowner, .mknod, .netRaw, .setgid, .setuid, .setfcap, .setpcap,
        .netBindService, .sysChroot, .kill, .auditWrite,
    ]

    /// Finds a capability by name: with `CAP_` or without, in any case.
    package init(named name: String) throws(UnknownCapability) {
        if let known = Self.byName[name] {
            self = known
            return
        }
        let upper = name.uppercased()
        guard let known = Self.byName[upper] ?? Self.byName["CAP_" + upper] else { throw UnknownCapability(name: name) }
        self = known
    }

    /// What libcap has names for: asked once, as each start and each exec needs dozens of them.
    private static let byName: [String: Capabilities] = {
        let all = (0..<64).map { Capabilities(rawValue: 1 << UInt64($0)) }
        // libcap gives the number where it knows no name.
        return all.reduce(into: [:]) { known, capability in
            for name in capability.names where name.hasPrefix("CAP_") { known[name] = capability }
        }
    }()

    /// Finds all of a list.
    package init(named names: some Sequence<String>) throws(UnknownCapability) {
        self = []
        for name in names { formUnion(try Capabilities(named: name)) }
    }

    /// Names as the OCI specification wants them, `CAP_CHOWN`, in the kernel's order.
    package var names: [String] {
        (0..<64).compactMap { bit in
            guard rawValue >> UInt64(bit) & 1 == 1, let name = unsafe cap_to_name(cap_value_t(bit)) else { return nil }
            defer { unsafe _ = cap_free(name) }
            return unsafe String(cString: name).uppercased()
        }
    }

    /// This set with the pod's wishes: first all or none, then names one by one, of which `dropped` wins.
    ///
    /// Source: CRI `Capability`, as containerd applies it.
    package func adding(_ added: [String], dropping dropped: [String]) throws(UnknownCapability) -> Capabilities {
        func isAll(_ name: String) -> Bool { ["ALL", "CAP_ALL"].contains(name.uppercased()) }
        var set = added.contains(where: isAll) ? Capabilities.available : self
        if dropped.contains(where: isAll) { set = [] }
        set.formUnion(try Capabilities(named: added.filter { !isAll($0) }))
        set.subtract(try Capabilities(named: dropped.filter { !isAll($0) }))
        return set
    }
}

/// A name that stands for no capability of this machine.
package struct UnknownCapability: Error, Equatable, CustomStringConvertible {
    package let name: String

    package init(name: String) { self.name = name }

    package var description: String { "unknown capability \"\(name)\"" }
}

extension Capabilities {
    private static func bit(_ value: Int32) -> Self { Self(rawValue: 1 << UInt64(value)) }

    package static let chown = bit(CAP_CHOWN)
    package static let dacOverride = bit(CAP_DAC_OVERRIDE)
    package static let dacReadSearch = bit(CAP_DAC_READ_SEARCH)
    package static let fowner = bit(CAP_FOWNER)
    package static let fsetid = bit(CAP_FSETID)
    package static let kill = bit(CAP_KILL)
    package static let setgid = bit(CAP_SETGID)
    package static let setuid = bit(CAP_SETUID)
    package static let setpcap = bit(CAP_SETPCAP)
    package static let netBindService = bit(CAP_NET_BIND_SERVICE)
    package static let netAdmin = bit(CAP_NET_ADMIN)
    package static let netRaw = bit(CAP_NET_RAW)
    package static let sysModule = bit(CAP_SYS_MODULE)
    package static let sysRawIO = bit(CAP_SYS_RAWIO)
    package static let sysChroot = bit(CAP_SYS_CHROOT)
    package static let sysPtrace = bit(CAP_SYS_PTRACE)
    package static let sysPacct = bit(CAP_SYS_PACCT)
    package static let sysAdmin = bit(CAP_SYS_ADMIN)
    package static let sysBoot = bit(CAP_SYS_BOOT)
    package static let sysNice = bit(CAP_SYS_NICE)
    package static let sysResource = bit(CAP_SYS_RESOURCE)
    package static let sysTime = bit(CAP_SYS_TIME)
    package static let sysTTYConfig = bit(CAP_SYS_TTY_CONFIG)
    package static let mknod = bit(CAP_MKNOD)
    package static let auditWrite = bit(CAP_AUDIT_WRITE)
    package static let setfcap = bit(CAP_SETFCAP)
    package static let syslog = bit(CAP_SYSLOG)
    package static let perfmon = bit(CAP_PERFMON)
    package static let bpf = bit(CAP_BPF)
}
