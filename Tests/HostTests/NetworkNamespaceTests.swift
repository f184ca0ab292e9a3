import CNI
import Linux
import Netlink
import SystemPackage
import Testing

@Suite(.needsPlugins, .timeLimit(.minutes(1))) struct `A network namespace bound to a file` {
    @Test func `is made empty, found again and removed`() async throws {
        let directory = FilePath("/tmp/swiftlet-netns-\(UInt64.random(in: 0...UInt64.max))/deep")
        let namespace = try await NetworkNamespace.create(at: directory.appending("a"))
        #expect(try namespace.exists)
        #expect(try await namespace.links().filter { $0.isUp } == [])
        try await namespace.setLoopbackUp()
        try await namespace.setLoopbackUp()
        #expect(try await namespace.link(named: "lo")?.isUp == true)
        #expect(try await namespace.link(named: "lo")?.mtu == 65536)
        #expect(try await namespace.addresses(of: "lo").contains("127.0.0.1/8"))
        #expect(try await namespace.link(named: "none") == nil)
        await #expect(throws: SyscallError.self) { try await NetworkNamespace.create(at: namespace.path) }

        try replaceFile(at: directory.appending("left"), with: [])
        #expect(try NetworkNamespace.all(in: directory).map { $0.path.lastComponent?.string } == ["a", "left"])
        #expect(try !NetworkNamespace(path: directory.appending("left")).exists)
        for leftover in try NetworkNamespace.all(in: directory) {
            try leftover.remove()
            try leftover.remove()
        }
        #expect(try NetworkNamespace.all(in: directory).isEmpty)
        try await tool("rm", ["-r", directory.removingLastComponent().string])
    }

    @Test func `counts what goes through its interfaces`() async throws {
        try await NetworkHost.run { network in
            let ping = ["--net=\(network.host.path)", "busybox", "ping", "-c", "1", "127.0.0.1"]
            try await tool("nsenter", ping)
            let link = try #require(try await network.host.link(named: "lo"))
            #expect(link.statistics.sentPackets >= 2 && link.statistics.receivedBytes == link.statistics.sentBytes)
            #expect(link.statistics.receivedBytes >= 168)
        }
    }

    @Test func `loses an interface that is removed by its link`() async throws {
        try await NetworkHost.run { network in
            let arguments = [
                "--net=\(network.host.path)", "ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1",
            ]
            try await tool("nsenter", arguments)
            let link = try #require(try await network.host.link(named: "v0"))
            let peer = try await network.host.link(named: "v1")
            #expect(link.kind == "veth" && link.peer == peer?.index)
            try await network.host.run {
                try NetlinkSocket().remove(link)
                try NetlinkSocket().remove(link)
            }
            #expect(try await network.host.links().filter { $0.kind == "veth" } == [])
        }
    }
}
