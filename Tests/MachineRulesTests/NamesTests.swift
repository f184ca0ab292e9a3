import Machine
import Pods
import Testing

@Suite struct `A pod's hostname` {
    private func hostname(_ configure: (inout Pod) -> Void) throws -> PodHostname {
        var pod = pod()
        configure(&pod)
        return try PodHostname(of: pod, nodeHostname: "node", clusterDomain: "cluster.local")
    }

    @Test func `is the pod's name or what it says`() throws {
        #expect(try hostname { _ in }.kernelName == "web-node")
        #expect(try hostname { $0.hostname = "db" }.name == "db")
    }

    @Test func `is the node's on the node's network`() throws {
        let name = try hostname { ($0.hostNetwork, $0.hostname) = (true, "db") }
        #expect(name.kernelName == "node" && name.domain.isEmpty)
    }

    @Test(arguments: [
        (String(repeating: "a", count: 63), 63), (String(repeating: "a", count: 70), 63),
        (String(repeating: "a", count: 60) + "----bbbb", 60), (String(repeating: "a", count: 62) + ".bbbb", 62),
    ])
    func `is one label`(name: String, count: Int) throws {
        #expect(try hostname { $0.name = name }.name == String(repeating: "a", count: count))
    }

    @Test func `has a domain with a subdomain, and shows it if asked to`() throws {
        let plain = try hostname { $0.subdomain = "sub" }
        #expect(plain.domain == "sub.default.svc.cluster.local" && plain.kernelName == "web-node")
        let full = try hostname { ($0.subdomain, $0.setHostnameAsFQDN) = ("sub", true) }
        #expect(full.kernelName == "web-node.sub.default.svc.cluster.local")
        #expect(try hostname { $0.setHostnameAsFQDN = true }.kernelName == "web-node")
    }

    @Test func `is refused when the kernel has no room for it`() {
        let error = #expect(throws: HostnameTooLong.self) {
            try hostname {
                ($0.subdomain, $0.setHostnameAsFQDN) = (String(repeating: "s", count: 40), true)
            }
        }
        #expect(error?.description.hasSuffix("(64 characters is the max, 75 characters requested)") == true)
    }
}

@Suite struct `A pod's hosts file` {
    private let aliases = [Pod.HostAlias(ip: "10.0.0.9", hostnames: ["db", "cache"])]

    @Test func `lists the pod under its addresses and names`() throws {
        var pod = pod()
        pod.subdomain = "sub"
        let hostname = try PodHostname(of: pod, nodeHostname: "node", clusterDomain: "cluster.local")
        let text = PodHosts.text(ips: ["10.0.0.2", "fd00::2"], hostname: hostname, aliases: aliases)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(lines[0] == "# Kubernetes-managed hosts file.")
        #expect(lines[1] == "127.0.0.1\tlocalhost")
        #expect(lines[2] == "::1\tlocalhost ip6-localhost ip6-loopback")
        #expect(lines[7] == "10.0.0.2\tweb-node.sub.default.svc.cluster.local\tweb-node")
        #expect(Array(lines[9...]) == ["", "# Entries added by HostAliases.", "10.0.0.9\tdb\tcache", ""])
    }

    @Test func `has the name alone without a subdomain`() throws {
        let hostname = try PodHostname(of: pod(), nodeHostname: "node", clusterDomain: "")
        #expect(PodHosts.text(ips: ["10.0.0.2"], hostname: hostname, aliases: []).hasSuffix("\n10.0.0.2\tweb-node\n"))
    }

    @Test func `is the machine's on the machine's network`() {
        let text = PodHosts.hostNetworkText(machine: "127.0.0.1 localhost\n", aliases: aliases)
        #expect(
            text == "# Kubernetes-managed hosts file (host network).\n127.0.0.1 localhost\n"
                + "\n# Entries added by HostAliases.\n10.0.0.9\tdb\tcache\n")
    }
}

@Suite struct `A pod's resolv.conf` {
    private let node = NodeDNS(
        clusterServers: ["10.96.0.10"], clusterDomain: "cluster.local",
        machine: ResolvConf(nameservers: ["1.1.1.1"], searches: ["example.com"], options: ["rotate"]))

    private let cluster = """
        search default.svc.cluster.local svc.cluster.local cluster.local example.com
        nameserver 10.96.0.10
        options ndots:5

        """
    private let machine = "search example.com\nnameserver 1.1.1.1\noptions rotate\n"

    @Test(arguments: [
        (Pod.DNSPolicy.clusterFirst, false, true), (.clusterFirst, true, false), (.clusterFirstWithHostNet, true, true),
        (.clusterFirstWithHostNet, false, true), (.default, false, false), (.default, true, false),
    ])
    func `is the cluster's or the machine's`(policy: Pod.DNSPolicy, hostNetwork: Bool, isCluster: Bool) {
        var pod = pod()
        (pod.dnsPolicy, pod.hostNetwork) = (policy, hostNetwork)
        let result = node.resolvConf(for: pod)
        #expect(result.configuration.text == (isCluster ? cluster : machine))
        #expect(result.warnings.isEmpty)
    }

    @Test func `is the pod's alone with the policy None`() {
        var pod = pod()
        pod.dnsPolicy = .none
        pod.dnsConfig = .init(nameservers: ["9.9.9.9"], searches: ["a"], options: [.init(name: "edns0")])
        #expect(node.resolvConf(for: pod).configuration.text == "search a\nnameserver 9.9.9.9\noptions edns0\n")
    }

    @Test func `is added to by the pod, whose options win`() {
        var pod = pod()
        pod.dnsConfig = .init(
            nameservers: ["9.9.9.9", "10.96.0.10"], searches: ["a", "cluster.local"],
            options: [.init(name: "ndots", value: "2"), .init(name: "edns0")])
        let result = node.resolvConf(for: pod).configuration
        #expect(result.nameservers == ["10.96.0.10", "9.9.9.9"])
        #expect(result.searches.last == "a" && result.searches.count == 5)
        #expect(result.options == ["ndots:2", "edns0"])
    }

    @Test func `is the machine's, with a warning, where the cluster has no name service`() {
        var node = node
        node.clusterServers = []
        let result = node.resolvConf(for: pod())
        #expect(result.configuration.text == machine)
        #expect(result.warnings.map(\.reason) == [.missingClusterDNS])
    }

    @Test func `asks the loopback when the machine's is switched off`() {
        var pod = pod()
        pod.dnsPolicy = .default
        let result = NodeDNS(machine: nil).resolvConf(for: pod).configuration
        #expect(result.text == "search .\nnameserver 127.0.0.1\n")
    }

    @Test func `keeps to what resolvers take, with a warning`() {
        var pod = pod()
        pod.dnsPolicy = .none
        pod.dnsConfig.nameservers = ["1.1.1.1", "2.2.2.2", "3.3.3.3", "4.4.4.4"]
        pod.dnsConfig.searches = (0..<40).map { "s\($0).example" }
        var result = node.resolvConf(for: pod)
        #expect(result.configuration.nameservers == ["1.1.1.1", "2.2.2.2", "3.3.3.3"])
        #expect(result.configuration.searches.count == 32)
        #expect(result.warnings.map(\.reason) == [.forming, .forming])
        #expect(result.warnings[0].message.hasSuffix("nameserver line is: 1.1.1.1 2.2.2.2 3.3.3.3"))
        pod.dnsConfig.searches = (0..<20).map { String(repeating: "x", count: 200) + "\($0)" }
        result = node.resolvConf(for: pod)
        #expect(result.configuration.searches.count == 10)
    }

    @Test func `is read as the C library does`() throws {
        let text =
            "# a\nnameserver 1.1.1.1\nsearch old\nnameserver\t2.2.2.2 \nsearch a. b .\noptions x:1 y\nsortlist z\n"
        let expected = ResolvConf(
            nameservers: ["1.1.1.1", "2.2.2.2"], searches: ["a", "b", "."], options: ["x:1", "y"])
        #expect(try ResolvConf(parsing: text) == expected)
        #expect(throws: InvalidResolvConf(line: "nameserver ")) { try ResolvConf(parsing: "nameserver ") }
    }
}
