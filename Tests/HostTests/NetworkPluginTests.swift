import CNI
import JSONText
import Linux
import Netlink
import SystemPackage
import TestSupport
import Testing

@Suite(.needsPlugins, .timeLimit(.minutes(2))) struct `Networks with the machine's plugins` {
    @Test func `give a sandbox an address, and take back everything`() async throws {
        try await NetworkHost.run { host in
            try host.configureShipped()
            let networks = try host.networks()
            #expect(await networks.status() == .ready)
            let request = try await host.sandbox("a")
            let result = try await networks.attach(request)
            #expect(result.ips == ["10.99.0.2"])
            #expect(result.gateway == "10.99.0.1")
            let namespace = NetworkNamespace(path: request.namespacePath)
            #expect(try await namespace.addresses(of: "eth0").contains("10.99.0.2/24"))
            #expect(try await namespace.routes().contains { $0.destination == "default" && $0.gateway == "10.99.0.1" })
            #expect(try await namespace.link(named: "lo")?.isUp == true)
            try await networks.check(sandboxID: request.sandboxID)

            try await networks.detach(sandboxID: request.sandboxID)
            try await networks.detach(sandboxID: request.sandboxID)
            #expect(try await host.held() == [])
            #expect(try await namespace.link(named: "eth0") == nil)
        }
    }

    @Test func `let pods reach each other and the host, and the host reach them`() async throws {
        try await NetworkHost.run { host in
            try host.configureShipped()
            let networks = try host.networks()
            let (a, b) = try await (host.sandbox("a"), host.sandbox("b"))
            let (first, second) = try await (networks.attach(a), networks.attach(b))
            for (from, to) in [
                (a.namespacePath, second.ips[0]), (b.namespacePath, first.ips[0]), (a.namespacePath, "10.99.0.1"),
                (host.host.path, first.ips[0]),
            ] {
                try await tool("nsenter", ["--net=\(from)", "busybox", "ping", "-c", "1", "-W", "5", to])
            }
        }
    }

    @Test func `lead a port of the host to a pod`() async throws {
        try await NetworkHost.run { host in
            try host.configureShipped()
            try replaceFile(at: host.root.appending("www/index.html"), with: "hello".utf8)
            let networks = try host.networks()
            var request = try await host.sandbox("web")
            request.portMappings = [.init(hostPort: 18080, containerPort: 80, protocol: "TCP")]
            let other = try await host.sandbox("other")
            _ = try await networks.attach(request)
            _ = try await networks.attach(other)
            let server = request.namespacePath
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    let arguments = ["--net=\(server)", "busybox", "httpd", "-f", "-p", "80", "-h", "\(host.root)/www"]
                    _ = try? await tool("nsenter", arguments, timeout: .seconds(60))
                }
                for client in [host.host.path, other.namespacePath] {
                    let arguments = ["--net=\(client)", "busybox", "wget", "-qO-", "http://10.99.0.1:18080/"]
                    // A tool that fails says that the server is not there yet.
                    _ = try await eventually(within: .seconds(10)) {
                        (try? await tool("nsenter", arguments)) == "hello"
                    }
                    let page = try await tool("nsenter", arguments)
                    #expect(page == "hello")
                }
                group.cancelAll()
            }
            try await networks.detach(sandboxID: request.sandboxID)
            try await networks.detach(sandboxID: other.sandboxID)
            #expect(try await host.held() == [])
        }
    }

    @Test func `limit a pod's rate and open the firewall for it`() async throws {
        try await NetworkHost.run { host in
            let more = #", {"type": "bandwidth", "capabilities": {"bandwidth": true}}, {"type": "firewall"}"#
            try host.configureShipped(more: more)
            let networks = try host.networks()
            var request = try await host.sandbox("slow")
            request.bandwidth = .init(ingress: 1_000_000, egress: 2_000_000)
            _ = try await networks.attach(request)
            #expect(try await host.host.links().contains { $0.kind == "ifb" })
            #expect(try await tool("nsenter", ["--net=\(host.host.path)", "tc", "qdisc"]).contains("rate 1Mbit"))
            #expect(try await host.held().contains { $0.contains("CNI-FORWARD -s 10.99.0.2/32 -j ACCEPT") })
            try await networks.check(sandboxID: request.sandboxID)
            try await networks.detach(sandboxID: request.sandboxID)
            #expect(try await host.held() == [])
        }
    }

    @Test(arguments: ["0.3.0", "0.3.1", "0.4.0", "1.0.0"])
    func `speak every version of the specification`(version: String) async throws {
        try await NetworkHost.run { host in
            try host.configureShipped(version: version)
            let networks = try host.networks()
            let request = try await host.sandbox("a")
            let result = try await networks.attach(request)
            #expect(result.ips == ["10.99.0.2"])
            #expect(try JSON(parsing: result.bytes)["cniVersion"]?.string == version)
            try await networks.detach(sandboxID: request.sandboxID)
            #expect(try await host.held() == [])
        }
    }

    @Test func `give a pod the address and MAC that it asks for`() async throws {
        try await NetworkHost.run { host in
            try host.configureShipped()
            var request = try await host.sandbox("a")
            request.ips = ["10.99.0.77/24"]
            request.mac = "0a:58:0a:63:00:4d"
            let result = try await host.networks().attach(request)
            #expect(result.ips == ["10.99.0.77"])
            #expect(result.interfaces.last?.mac == "0a:58:0a:63:00:4d")
        }
    }

    @Test func `give a pod's network back though a power cut emptied the cache of its result`() async throws {
        try await NetworkHost.run { host in
            try host.configureShipped()
            let networks = try host.networks()
            let request = try await host.sandbox("a")
            _ = try await networks.attach(request)
            let results = host.root.appending("cache/results")
            let files = try directoryEntries(results)
            #expect(files.count == 1)
            for file in files { try replaceFile(at: results.appending(file), with: []) }
            try await networks.detach(sandboxID: request.sandboxID)
            #expect(try await host.held() == [])
            #expect(try directoryEntries(results) == [])
        }
    }

    /// What `host-local` leaves when the power goes between the making of a lease and its content's way to the disk.
    @Test func `give back addresses whose lease lost its content`() async throws {
        try await NetworkHost.run { host in
            try host.configureShipped()
            let networks = try host.networks()
            let kept = try await host.sandbox("kept")
            #expect(try await networks.attach(kept).ips == ["10.99.0.2"])
            let leases = host.leases.appending("test")
            try replaceFile(at: leases.appending("10.99.0.3"), with: [])
            try replaceFile(at: leases.appending("fd00::7"), with: [UInt8](repeating: 0, count: 80))
            let strange = leases.appending("10.99.0.4")
            try replaceFile(at: strange, with: "somebody else's\neth0".utf8)

            #expect(await networks.collectGarbage(keeping: [kept.sandboxID]).isEmpty)
            let left = try directoryEntries(leases).sorted()
            #expect(left == ["10.99.0.2", "10.99.0.4", "last_reserved_ip.0", "lock"])
            try removeFile(at: strange)
            try await networks.detach(sandboxID: kept.sandboxID)
            #expect(try await host.held() == [])
        }
    }

    @Test func `leave nothing after fifty sandboxes, eight at a time`() async throws {
        try await NetworkHost.run { host in
            try host.configureShipped()
            let networks = try host.networks()
            let addresses = try await withThrowingTaskGroup(of: [String].self) { group in
                var addresses: [String] = []
                for index in 0..<50 {
                    if index >= 8, let next = try await group.next() { addresses += next }
                    group.addTask { try await comeAndGo(index, host, networks) }
                }
                for try await next in group { addresses += next }
                return addresses
            }
            #expect(Set(addresses).count == 50)
            #expect(try await host.held() == [])
            #expect(try NetworkNamespace.all(in: host.root.appending("netns")).count == 1)
        }
    }
}

private func comeAndGo(_ index: Int, _ host: NetworkHost, _ networks: Networks) async throws -> [String] {
    var request = try await host.sandbox("p\(index)")
    request.portMappings = [.init(hostPort: 20000 + index, containerPort: 80)]
    let ips = try await networks.attach(request).ips
    try await networks.detach(sandboxID: request.sandboxID)
    try NetworkNamespace(path: request.namespacePath).remove()
    return ips
}
