package import Pods

/// What a resolver reads: `resolv.conf(5)`.
package struct ResolvConf: Equatable, Sendable {
    package var nameservers: [String] = []
    package var searches: [String] = []
    package var options: [String] = []

    package init(nameservers: [String] = [], searches: [String] = [], options: [String] = []) {
        self.nameservers = nameservers
        self.searches = searches
        self.options = options
    }

    /// Reads the machine's file. Of several `search` or `options` lines the last counts, as in the C library.
    package init(parsing text: String) throws(InvalidResolvConf) {
        for line in text.split(separator: "\n") {
            let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
            switch words.first {
            case "nameserver":
                guard words.count > 1 else { throw InvalidResolvConf(line: String(line)) }
                nameservers.append(words[1])
            case "search":
                searches = words.dropFirst().map { $0 != "." && $0.hasSuffix(".") ? String($0.dropLast()) : $0 }
            case "options": options = Array(words.dropFirst())
            default: continue
            }
        }
    }

    /// The text for a container.
    package var text: String {
        var text = ""
        if !searches.isEmpty { text += "search \(searches.joined(separator: " "))\n" }
        for server in nameservers { text += "nameserver \(server)\n" }
        if !options.isEmpty { text += "options \(options.joined(separator: " "))\n" }
        return text
    }
}

/// A line of `resolv.conf` without what it needs.
package struct InvalidResolvConf: Error, Equatable, CustomStringConvertible {
    package let line: String

    package init(line: String) { self.line = line }

    package var description: String { "resolv.conf: unexpected line \"\(line)\"" }
}

/// The node's name service, from which every pod gets its part.
package struct NodeDNS: Equatable, Sendable {
    /// `clusterDNS`.
    package var clusterServers: [String]
    /// `clusterDomain`.
    package var clusterDomain: String
    /// The machine's own, from `resolvConf`; `nil` when that is configured as empty.
    package var machine: ResolvConf?

    package init(clusterServers: [String] = [], clusterDomain: String = "", machine: ResolvConf? = ResolvConf()) {
        self.clusterServers = clusterServers
        self.clusterDomain = clusterDomain
        self.machine = machine
    }

    /// Something about a pod's name service that its author should know, as the kubelet's events say it.
    package struct Warning: Equatable, Sendable, CustomStringConvertible {
        package enum Reason: String, Sendable {
            case missingClusterDNS = "MissingClusterDNS"
            case forming = "DNSConfigForming"
        }
        package var reason: Reason
        package var message: String

        package init(_ reason: Reason, _ message: String) {
            self.reason = reason
            self.message = message
        }

        package var description: String { message }
    }

    /// The resolver's configuration for a pod. Source: facts of kubelet, §14.1.
    package func resolvConf(for pod: Pod) -> (configuration: ResolvConf, warnings: [Warning]) {
        var warnings: [Warning] = []
        var result = base(for: pod, &warnings)
        result.nameservers = unique(result.nameservers + pod.dnsConfig.nameservers)
        result.searches = unique(result.searches + pod.dnsConfig.searches)
        for option in pod.dnsConfig.options {
            let text = option.value.map { "\(option.name):\($0)" } ?? option.name
            let index = result.options.firstIndex { $0 == option.name || $0.hasPrefix("\(option.name):") }
            if let index { result.options[index] = text } else { result.options.append(text) }
        }
        return (limited(result, &warnings), warnings)
    }

    private func base(for pod: Pod, _ warnings: inout [Warning]) -> ResolvConf {
        switch pod.dnsPolicy {
        case .none: return ResolvConf()
        case .default: return own
        case .clusterFirst where pod.hostNetwork: return own
        case .clusterFirst, .clusterFirstWithHostNet: break
        }
        if clusterServers.isEmpty {
            warnings.append(
                Warning(
                    .missingClusterDNS,
                    "pod: \"\(pod.name)_\(pod.namespace)(\(pod.id))\". kubelet does not have ClusterDNS IP configured"
                        + " and cannot create Pod using \"\(pod.dnsPolicy.rawValue)\" policy. Falling back to"
                        + " \"Default\" policy."))
            return own
        }
        let host = machine?.searches ?? []
        let cluster = ["\(pod.namespace).svc.\(clusterDomain)", "svc.\(clusterDomain)", clusterDomain]
        return ResolvConf(
            nameservers: clusterServers, searches: clusterDomain.isEmpty ? host : unique(cluster + host),
            options: ["ndots:5"])
    }

    /// The machine's configuration. Without one the name service is whatever listens on the loopback.
    private var own: ResolvConf { machine ?? ResolvConf(nameservers: ["127.0.0.1"], searches: ["."]) }

    /// Source: Kubernetes validation: `MaxDNSNameservers`, `MaxDNSSearchPaths`, `MaxDNSSearchListChars`.
    private func limited(_ configuration: ResolvConf, _ warnings: inout [Warning]) -> ResolvConf {
        var result = configuration
        result.nameservers = Array(configuration.nameservers.prefix(3))
        if result.nameservers != configuration.nameservers {
            warnings.append(
                Warning(
                    .forming,
                    "Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line"
                        + " is: \(result.nameservers.joined(separator: " "))"))
        }
        result.searches = Array(configuration.searches.prefix(32))
        while result.searches.joined(separator: " ").utf8.count > 2048 { result.searches.removeLast() }
        if result.searches != configuration.searches {
            warnings.append(
                Warning(
                    .forming,
                    "Search Line limits were exceeded, some search paths have been omitted, the applied search line"
                        + " is: \(result.searches.joined(separator: " "))"))
        }
        return result
    }
}

/// Each once, where it came first.
private func unique(_ words: [String]) -> [String] {
    var seen: Set<String> = []
    return words.filter { seen.insert($0).inserted }
}
