package import Pods

/// The text of a pod's `/etc/hosts`.
///
/// Source: facts of kubelet, §14.2.
package enum PodHosts {
    package static func text(ips: [String], hostname: PodHostname, aliases: [Pod.HostAlias]) -> String {
        var text = """
            # Kubernetes-managed hosts file.
            127.0.0.1\tlocalhost
            ::1\tlocalhost ip6-localhost ip6-loopback
            fe00::0\tip6-localnet
            fe00::0\tip6-mcastprefix
            fe00::1\tip6-allnodes
            fe00::2\tip6-allrouters

            """
        for ip in ips {
            text +=
                hostname.domain.isEmpty
                ? "\(ip)\t\(hostname.name)\n" : "\(ip)\t\(hostname.name).\(hostname.domain)\t\(hostname.name)\n"
        }
        return text + Self.text(of: aliases)
    }

    /// For a pod on the machine's own network: the machine's file, and the pod's aliases.
    package static func hostNetworkText(machine: String, aliases: [Pod.HostAlias]) -> String {
        "# Kubernetes-managed hosts file (host network).\n" + machine + text(of: aliases)
    }

    private static func text(of aliases: [Pod.HostAlias]) -> String {
        if aliases.isEmpty { return "" }
        let lines = aliases.map { ([$0.ip] + $0.hostnames).joined(separator: "\t") + "\n" }
        return "\n# Entries added by HostAliases.\n" + lines.joined()
    }
}
