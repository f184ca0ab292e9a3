import Pods
import Testing

@testable import Machine

@Suite struct `A pod's resolver` {
    static let host = ResolverConfiguration(nameservers: ["9.9.9.9"], searches: ["corp.test"], options: ["rotate"])

    static func pod(_ policy: Pod.DNSPolicy, hostNetwork: Bool = false) -> Pod {
        var pod = Pod(id: .init("u"), name: "web-node1", namespace: "shop")
        pod.dnsPolicy = policy
        pod.hostNetwork = hostNetwork
        return pod
    }

    @Test(
        arguments: [
            (Pod.DNSPolicy.clusterFirst, false, ["10.0.0.10"]), (.clusterFirst, true, ["9.9.9.9"]),
            (.clusterFirstWithHostNet, true, ["10.0.0.10"]), (.default, false, ["9.9.9.9"]), (.none, false, []),
        ])
    func `asks the servers of its policy`(policy: Pod.DNSPolicy, hostNetwork: Bool, servers: [String]) {
        let resolver = ResolverConfiguration(
            of: Self.pod(policy, hostNetwork: hostNetwork), clusterDNS: ["10.0.0.10"], clusterDomain: "cluster.local",
            host: Self.host)
        #expect(resolver.nameservers == servers)
    }

    @Test func `searches the cluster's domains before the host's`() {
        let resolver = ResolverConfiguration(
            of: Self.pod(.clusterFirst), clusterDNS: ["10.0.0.10"], clusterDomain: "cluster.local", host: Self.host)
        #expect(
            resolver.text == """
                search shop.svc.cluster.local svc.cluster.local cluster.local corp.test
                nameserver 10.0.0.10
                options ndots:5

                """)
    }

    @Test func `takes what the pod adds, and no more than resolvers read`() {
        var pod = Self.pod(.default)
        pod.dnsConfig = .init(
            nameservers: ["1.1.1.1", "2.2.2.2", "3.3.3.3"], searches: ["corp.test", "x.test"],
            options: [.init(name: "rotate"), .init(name: "ndots", value: "2")])
        let resolver = ResolverConfiguration(of: pod, clusterDNS: [], clusterDomain: "", host: Self.host)
        #expect(resolver.nameservers == ["9.9.9.9", "1.1.1.1", "2.2.2.2"])
        #expect(resolver.searches == ["corp.test", "x.test"])
        #expect(resolver.options == ["rotate", "ndots:2"])
    }

    @Test func `reads a host's file as resolvers do`() {
        let text =
            "# c\nsearch a.test.\nnameserver 1.1.1.1\nnameserver 2.2.2.2\nsearch b.test c.test\noptions ndots:2 edns0\n"
        let expected = ResolverConfiguration(
            nameservers: ["1.1.1.1", "2.2.2.2"], searches: ["b.test", "c.test"], options: ["ndots:2", "edns0"])
        #expect(ResolverConfiguration(parsing: text) == expected)
    }
}

@Suite struct `A pod's hostname` {
    @Test(
        arguments: [
            ("web-node1", nil, nil, false, "web-node1"), ("web", "db", nil, false, "db"),
            ("web", "db", "sub", true, "db.sub.default.svc.c.test"),
            (String(repeating: "a", count: 62) + "--b", nil, nil, false, String(repeating: "a", count: 62)),
        ] as [(String, String?, String?, Bool, String)])
    func `is that of the API's fields`(name: String, hostname: String?, subdomain: String?, fqdn: Bool, kernel: String)
        throws
    {
        var pod = Pod(id: .init("u"), name: name)
        pod.hostname = hostname
        pod.subdomain = subdomain
        pod.setHostnameAsFQDN = fqdn
        #expect(try PodHostname(pod, clusterDomain: "c.test", nodeName: "n").kernelName == kernel)
    }

    @Test func `must fit the kernel`() {
        var pod = Pod(id: .init("u"), name: "web")
        pod.subdomain = String(repeating: "s", count: 50)
        pod.setHostnameAsFQDN = true
        #expect(throws: PodHostname.TooLong.self) { try PodHostname(pod, clusterDomain: "c.test", nodeName: "n") }
    }

    @Test func `stands in the hosts file with the pod's addresses and aliases`() throws {
        var pod = Pod(id: .init("u"), name: "web")
        pod.hostAliases = [.init(ip: "1.2.3.4", hostnames: ["a", "b"])]
        let name = try PodHostname(pod, clusterDomain: "", nodeName: "n")
        let text = HostsFile.text(of: pod, hostname: name, addresses: ["10.0.0.5"], hostFile: "")
        #expect(text.hasPrefix("# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n"))
        #expect(text.hasSuffix("10.0.0.5\tweb\n\n# Entries added by HostAliases.\n1.2.3.4\ta\tb\n"))
    }
}
