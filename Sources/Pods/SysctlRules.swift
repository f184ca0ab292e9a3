/// Which kernel parameters a pod may set. Source: facts of kubelet, §9.3.
package enum SysctlRules {
    /// Of the pod's own namespaces, and harmless to others.
    private static let safe: Set<String> = [
        "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies",
        "net.ipv4.ping_group_range", "net.ipv4.ip_unprivileged_port_start", "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem",
    ]

    private enum Namespace { case ipc, network }

    private static func namespace(of name: String) -> Namespace? {
        if name.hasPrefix("net.") { return .network }
        let ipc = name.hasPrefix("kernel.shm") || name.hasPrefix("kernel.msg") || name.hasPrefix("fs.mqueue.")
        return ipc || name == "kernel.sem" ? .ipc : nil
    }

    /// Why the pod may not run here; `nil`: it may. `allowed` are names, or beginnings of names with `*`.
    package static func refusal(of pod: Pod, allowed: [String]) -> String? {
        for name in pod.sysctls.keys.sorted() {
            let isAllowed =
                safe.contains(name)
                || namespace(of: name) != nil
                    && allowed.contains { pattern in
                        let pattern = pattern.replacing("/", with: ".")
                        return pattern.hasSuffix("*") ? name.hasPrefix(pattern.dropLast()) : name == pattern
                    }
            guard isAllowed else { return "forbidden sysctl: \"\(name)\" not allowlisted" }
            switch namespace(of: name) {
            case .network where pod.hostNetwork:
                return "forbidden sysctl: \"\(name)\" not allowed with host net enabled"
            case .ipc where pod.hostIPC: return "forbidden sysctl: \"\(name)\" not allowed with host ipc enabled"
            default: continue
            }
        }
        return nil
    }
}
