import JSONText

extension AttachmentRequest {
    /// Everything that a plugin may ask to be told, by the names of CNI's CONVENTIONS.md. What is not set is absent.
    ///
    /// `podCIDRs` is the node's share of the cluster's addresses, for `ipRanges` of `host-local`: one range each, so
    /// that a pod gets an address of each.
    func capabilities(podCIDRs: [String]) -> JSON.Object {
        var object = JSON.Object()
        let ports = portMappings.filter { $0.hostPort > 0 }
        if !ports.isEmpty { object["portMappings"] = .array(ports.map(\.json)) }
        if let bandwidth, let json = bandwidth.json { object["bandwidth"] = json }
        if let dns {
            object["dns"] = [
                "servers": .texts(dns.servers), "searches": .texts(dns.searches), "options": .texts(dns.options),
            ]
        }
        if !podCIDRs.isEmpty { object["ipRanges"] = .array(podCIDRs.map { [["subnet": .string($0)]] }) }
        if !ips.isEmpty { object["ips"] = .texts(ips) }
        object["mac"] = mac.map { .string($0) }
        object["cgroupPath"] = cgroupPath.map { .string($0) }
        if !annotations.isEmpty {
            let members = annotations.sorted { $0.key < $1.key }.map { (name: $0.key, value: JSON.string($0.value)) }
            object["io.kubernetes.cri.pod-annotations"] = .object(.init(members))
        }
        return object
    }

    /// `CNI_ARGS`, in the order that containerd and CRI-O send it in.
    var arguments: [(name: String, value: String)] {
        [
            ("IgnoreUnknown", "1"), ("K8S_POD_NAMESPACE", podNamespace), ("K8S_POD_NAME", podName),
            ("K8S_POD_INFRA_CONTAINER_ID", sandboxID), ("K8S_POD_UID", podUID),
        ]
    }

    /// Refuses what would confuse a plugin. Source: libcni, `utils.go`.
    func check() throws(CNIError) {
        guard isIdentifier(sandboxID) else {
            throw .invalidRequest(
                "sandbox id \(sandboxID.isEmpty ? "is empty" : "\(sandboxID) has other characters than letters, digits, _.-")"
            )
        }
        // Source: IFNAMSIZ of include/uapi/linux/if.h, with the NUL.
        let isName = (1...15).contains(interface.utf8.count) && interface != "." && interface != ".."
        guard isName, !interface.contains(where: { $0 == "/" || $0 == ":" || $0.isWhitespace }) else {
            throw .invalidRequest("interface name \(interface) is not one that Linux takes")
        }
        for (name, value) in arguments where value.contains(where: { $0 == ";" || $0 == "=" }) {
            throw .invalidRequest("\(name) is \(value): ; and = cannot be passed to plugins")
        }
    }
}

extension AttachmentRequest.PortMapping {
    fileprivate var json: JSON {
        var object = JSON.Object([
            (name: "hostPort", value: .number("\(hostPort)")),
            (name: "containerPort", value: .number("\(containerPort)")),
            (name: "protocol", value: .string(`protocol`.lowercased())),
        ])
        if !hostIP.isEmpty { object["hostIP"] = .string(hostIP) }
        return .object(object)
    }
}

extension AttachmentRequest.Bandwidth {
    fileprivate var json: JSON? {
        var object = JSON.Object()
        // Source: containerd, `cniBandWidth`: a burst of 2^32 - 1 bits, the most that old plugins take.
        for (name, rate) in [("ingress", ingress), ("egress", egress)] where rate > 0 {
            object["\(name)Rate"] = .number("\(rate)")
            object["\(name)Burst"] = .number("\(UInt32.max)")
        }
        return object.isEmpty ? nil : .object(object)
    }
}

extension JSON {
    fileprivate static func texts(_ texts: [String]) -> JSON { .array(texts.map { .string($0) }) }
}
