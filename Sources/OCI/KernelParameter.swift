/// A name of `linux.sysctl`: where its file lies, and which namespace it belongs to.
package struct KernelParameter: Equatable, Sendable {
    /// From the root of a proc: `sys/net/ipv4/ip_forward`.
    package let path: String

    /// Dots separate; but where a slash comes first, as in `net/ipv4/conf/eth0.1/forwarding`, slashes do.
    ///
    /// Source: `sysctl(8)`, `sysctl.d(5)`.
    package init(_ name: String) {
        let first = name.first { $0 == "." || $0 == "/" }
        if first == "/" {
            path = "sys/\(name)"
        } else {
            path = "sys/" + String(name.map { $0 == "." ? "/" : $0 == "/" ? "." : $0 })
        }
    }

    /// The namespace whose own copy it is; `nil`: it is the whole machine's, and no container may set it.
    ///
    /// Source: the kernel's `ipc/ipc_sysctl.c`, `ipc/mq_sysctl.c`, `kernel/utsname_sysctl.c`, `net/sysctl_net.c`;
    /// runc's `validate.go` has the same list.
    package var namespace: RuntimeSpec.Namespace.Kind? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        guard !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) else { return nil }
        let name = parts.joined(separator: "/")
        if name.hasPrefix("net/") { return .network }
        if name.hasPrefix("fs/mqueue/") || Self.ipc.contains(name) { return .ipc }
        return ["kernel/domainname", "kernel/hostname"].contains(name) ? .uts : nil
    }

    private static let ipc: Set<String> = [
        "kernel/msgmax", "kernel/msgmnb", "kernel/msgmni", "kernel/sem", "kernel/shmall", "kernel/shmmax",
        "kernel/shmmni", "kernel/shm_rmid_forced", "kernel/auto_msgmni", "kernel/msg_next_id", "kernel/sem_next_id",
        "kernel/shm_next_id",
    ]
}
