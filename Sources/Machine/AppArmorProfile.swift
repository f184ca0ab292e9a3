/// The profile of AppArmor's that containers have which name none, as text for `apparmor_parser(8)`.
///
/// What it forbids beyond capabilities and seccomp is what the default profiles of containerd and Docker forbid: mounts,
/// writing to what is the machine's in `/proc` and `/sys`, tracing and signalling what is not confined by it.
/// Source of the words: `apparmor.d(5)`; facts of kubelet, §9.1.
struct AppArmorProfile: Equatable, Sendable {
    static let name = "swiftlet-default"

    /// What the agent runs under, for it must be able to end what it started; `unconfined`, unless somebody confines it.
    var agent = AppArmor.unconfined
    /// The parser has the description of an older kernel's module: what later kernels confine beside is then left alone,
    /// for the profile has no rule about it.
    var knowsOlderKernel = false

    var text: String {
        let rules =
            ["file", "network", "capability", "umount", "deny mount"]
            + [AppArmor.unconfined, agent].uniqued.map { "signal (receive) peer=\"\($0)\"" }
            + ["signal (send, receive) peer=\(Self.name)", "ptrace (trace, tracedby, read, readby) peer=\(Self.name)"]
            // A process' own directory, and those of others, are as their owners say.
            + Self.all(below: "/proc/", besides: "sys/kernel/shm", or: "0-9").map { "deny \($0) w" }
            + Self.all(below: "/sys/", besides: "fs/cgroup").map { "deny \($0) wkl" }
            + [
                "/proc/{kcore,kmem,mem,sysrq-trigger}", "/sys/firmware/**", "/sys/devices/virtual/powercap/**",
                "/sys/kernel/security/**",
            ].map { "deny \($0) rwklx" }
        let lines = rules.map { "    \($0),\n" }.joined()
        return (knowsOlderKernel ? "abi <abi/3.0>,\n" : "")
            + "profile \(Self.name) flags=(attach_disconnected, mediate_deleted) {\n\(lines)}\n"
    }

    /// Patterns that together are every path below a directory but those that begin in one way.
    ///
    /// The language has no "all but": each pattern leaves the way at one letter.
    ///
    /// - Parameter others: what the first letter may be beside, as in brackets of a pattern.
    static func all(below directory: String, besides way: String, or others: String = "") -> [String] {
        way.indices.map { index in
            "\(directory)\(way[..<index])[^\(index == way.startIndex ? others : "")\(way[index])]**"
        }
    }
}

extension [String] {
    /// Each once, at its first place.
    fileprivate var uniqued: [String] { enumerated().filter { firstIndex(of: $1) == $0 }.map(\.element) }
}
