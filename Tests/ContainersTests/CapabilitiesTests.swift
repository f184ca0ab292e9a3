import Containers
import Testing

@Suite struct `A capability set` {
    @Test(arguments: ["CHOWN", "CAP_CHOWN", "cap_chown", "chown"])
    func `is found by a name`(name: String) throws { #expect(try Capabilities(named: name) == .chown) }

    @Test(arguments: ["", "CAP_", "NONSENSE", "0", "CAP_0", "ALL", "NET ADMIN", "chown\n"])
    func `is not made of names that do not exist`(name: String) {
        #expect(throws: UnknownCapability(name: name)) { try Capabilities(named: name) }
    }

    @Test func `has the names of the OCI specification`() {
        #expect(Capabilities([.sysAdmin, .chown]).names == ["CAP_CHOWN", "CAP_SYS_ADMIN"])
        #expect(Capabilities.containerDefaults.names.count == 14)
    }

    @Test(
        arguments: [
            ([], [], Capabilities.containerDefaults),
            (["NET_ADMIN"], [], Capabilities.containerDefaults.union(.netAdmin)),
            ([], ["MKNOD", "CAP_KILL"], Capabilities.containerDefaults.subtracting([.mknod, .kill])),
            ([], ["ALL"], Capabilities([])),
            (["NET_BIND_SERVICE"], ["ALL"], Capabilities.netBindService),
            (["ALL"], [], Capabilities.available),
            (["ALL"], ["SYS_ADMIN"], Capabilities.available.subtracting(.sysAdmin)),
            (["all", "NET_ADMIN"], ["all"], Capabilities.netAdmin),
            (["SYS_TIME"], ["SYS_TIME"], Capabilities.containerDefaults),
        ] as [([String], [String], Capabilities)])
    func `gains and loses what the pod asks`(added: [String], dropped: [String], expected: Capabilities) throws {
        #expect(try Capabilities.containerDefaults.adding(added, dropping: dropped) == expected)
    }
}
