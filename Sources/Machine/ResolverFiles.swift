import Pods

/// The kernel's name of a pod's machine. Source: facts of kubelet, §14.3.
struct PodHostname: Equatable, Sendable {
    /// What `hostname` tells, and `/etc/hostname` holds.
    let kernelName: String
    let name: String
    /// `<subdomain>.<namespace>.svc.<clusterDomain>`; empty without a subdomain.
    let domain: String

    init(_ pod: Pod, clusterDomain: String, nodeName: String) throws {
        if pod.hostNetwork {
            (name, domain, kernelName) = (nodeName, "", nodeName)
            return
        }
        if let override = pod.hostnameOverride {
            let short = String(override.prefix(63))
            (name, domain, kernelName) = (short, "", short)
            return
        }
        let asked = pod.hostname.nonEmpty ?? pod.name
        var short = String(asked.prefix(63))
        while let last = short.last, last == "-" || last == "." { short.removeLast() }
        name = short
        domain = pod.subdomain.nonEmpty.map { "\($0).\(pod.namespace).svc.\(clusterDomain)" } ?? ""
        guard pod.setHostnameAsFQDN, !domain.isEmpty else {
            kernelName = short
            return
        }
        let full = "\(short).\(domain)"
        guard full.utf8.count <= 64 else { throw TooLong(name: full) }
        kernelName = full
    }

    struct TooLong: Error, CustomStringConvertible {
        let name: String
        var description: String {
            "failed to construct FQDN from pod hostname and cluster domain, FQDN \(name) is too long "
                + "(64 characters is the max, \(name.utf8.count) characters requested)"
        }
    }
}

/// A pod's `/etc/hosts`. Source: facts of kubelet, §14.2; its words and tabs are the kubelet's.
enum HostsFile {
    static func text(of pod: Pod, hostname: PodHostname, addresses: [String], hostFile: String) -> String {
        var text: String
        if pod.hostNetwork {
            text = "# Kubernetes-managed hosts file (host network).\n" + hostFile
            if !text.hasSuffix("\n") { text += "\n" }
        } else {
            text = """
                # Kubernetes-managed hosts file.
                127.0.0.1\tlocalhost
                ::1\tlocalhost ip6-localhost ip6-loopback
                fe00::0\tip6-localnet
                fe00::0\tip6-mcastprefix
                fe00::1\tip6-allnodes
                fe00::2\tip6-allrouters

                """
            let names =
                hostname.domain.isEmpty ? hostname.name : "\(hostname.name).\(hostname.domain)\t\(hostname.name)"
            for address in addresses { text += "\(address)\t\(names)\n" }
        }
        guard !pod.hostAliases.isEmpty else { return text }
        text += "\n# Entries added by HostAliases.\n"
        for alias in pod.hostAliases { text += ([alias.ip] + alias.hostnames).joined(separator: "\t") + "\n" }
        return text
    }
}

/// What a resolver reads: `resolv.conf(5)`.
struct ResolverConfiguration: Equatable, Sendable {
    var nameservers: [String] = []
    var searches: [String] = []
    var options: [String] = []

    init(nameservers: [String] = [], searches: [String] = [], options: [String] = []) {
        self.nameservers = nameservers
        self.searches = searches
        self.options = options
    }

    /// Reads a host's file: every `nameserver`, the last `search` and the last `options`.
    init(parsing text: String) {
        for line in text.split(separator: "\n") where !line.hasPrefix("#") && !line.hasPrefix(";") {
            let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
            guard words.count > 1 else { continue }
            switch words[0] {
            case "nameserver": nameservers.append(words[1])
            case "search":
                searches = words.dropFirst().map { $0 != "." && $0.hasSuffix(".") ? String($0.dropLast()) : $0 }
            case "options": options = Array(words.dropFirst())
            default: continue
            }
        }
    }

    /// What a pod gets. Source: facts of kubelet, §14.1.
    ///
    /// - Parameter host: what the node's own file says; empty where the node has none.
    init(of pod: Pod, clusterDNS: [String], clusterDomain: String, host: ResolverConfiguration) {
        let wantsCluster =
            pod.dnsPolicy == .clusterFirstWithHostNet || (pod.dnsPolicy == .clusterFirst && !pod.hostNetwork)
        switch pod.dnsPolicy {
        case .none: self.init()
        case _ where wantsCluster && !clusterDNS.isEmpty:
            var searches: [String] = []
            if !clusterDomain.isEmpty {
                searches =
                    ["\(pod.namespace).svc.\(clusterDomain)", "svc.\(clusterDomain)", clusterDomain] + host.searches
            }
            self.init(nameservers: clusterDNS, searches: searches, options: ["ndots:5"])
        default: self = host
        }
        nameservers = unique(nameservers + pod.dnsConfig.nameservers)
        searches = unique(searches + pod.dnsConfig.searches)
        for option in pod.dnsConfig.options {
            options.removeAll { $0.split(separator: ":").first.map(String.init) == option.name }
            options.append(option.value.map { "\(option.name):\($0)" } ?? option.name)
        }
        trim()
    }

    /// Three servers, 32 search domains, 2048 characters of them: what resolvers read.
    private mutating func trim() {
        nameservers = Array(nameservers.prefix(3))
        searches = Array(searches.prefix(32))
        while searches.joined(separator: " ").utf8.count > 2048 { searches.removeLast() }
    }

    private func unique(_ list: [String]) -> [String] {
        var seen: Set<String> = []
        return list.filter { seen.insert($0).inserted }
    }

    var text: String {
        var text = ""
        if !searches.isEmpty { text += "search \(searches.joined(separator: " "))\n" }
        for server in nameservers { text += "nameserver \(server)\n" }
        if !options.isEmpty { text += "options \(options.joined(separator: " "))\n" }
        return text
    }
}
