package import Pods

/// What a pod is called on the network.
///
/// Source: facts of kubelet, §14.3.
package struct PodHostname: Equatable, Sendable {
    /// The first label, at most 63 characters.
    package var name: String
    /// The rest of the full name; empty without a subdomain.
    package var domain: String
    /// What `gethostname(2)` says in the pod.
    package var kernelName: String

    /// - Throws: ``HostnameTooLong``
    package init(of pod: Pod, nodeHostname: String, clusterDomain: String) throws {
        if pod.hostNetwork {
            (name, domain, kernelName) = (nodeHostname, "", nodeHostname)
            return
        }
        name = Self.truncated(pod.hostname ?? pod.name)
        domain = pod.subdomain.map { "\($0).\(pod.namespace).svc.\(clusterDomain)" } ?? ""
        kernelName = name
        if pod.setHostnameAsFQDN && !domain.isEmpty {
            kernelName = "\(name).\(domain)"
            // Source: uapi/linux/utsname.h, __NEW_UTS_LEN.
            if kernelName.utf8.count > 64 { throw HostnameTooLong(name: kernelName) }
        }
    }

    /// Source: RFC 1123: a label has at most 63 characters and does not end in a hyphen.
    private static func truncated(_ name: String) -> String {
        if name.utf8.count <= 63 { return name }
        var label = name.prefix(63)
        while label.last == "-" || label.last == "." { label = label.dropLast() }
        return String(label)
    }
}

/// A full name that the kernel does not take as a hostname.
package struct HostnameTooLong: Error, Equatable, CustomStringConvertible {
    package let name: String

    package init(name: String) { self.name = name }

    package var description: String {
        "failed to construct FQDN from pod hostname and cluster domain, FQDN \(name) is too long"
            + " (64 characters is the max, \(name.utf8.count) characters requested)"
    }
}
