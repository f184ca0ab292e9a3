import Testing

@testable import Machine
@testable import Netlink

@Suite struct `A node's address` {
    private static func link(_ index: Int32, _ name: String, isUp: Bool = true) -> Link {
        Link(index: index, name: name, isUp: isUp, mtu: 1500, statistics: .init())
    }

    private static func network(_ addresses: [(Int32, String)], routes: [(Int32, Bool)], down: Int32? = nil)
        -> NodeNetwork
    {
        NodeNetwork(
            links: [(1, "lo"), (2, "eth0"), (3, "eth1")].map { link($0.0, $0.1, isUp: $0.0 != down) },
            addresses: addresses.map { Address(link: $0.0, address: $0.1) },
            routes: [Route(destination: "10.0.0.0/8", link: 3)]
                + routes.map { Route(destination: "default", isIPv6: $0.1, link: $0.0) })
    }

    private static let both: [(Int32, String)] = [
        (1, "127.0.0.1/8"), (1, "::1/128"), (2, "169.254.0.9/16"), (2, "192.0.2.7/24"), (2, "192.0.2.8/24"),
        (2, "fe80::1/64"), (2, "fd00::7/64"), (3, "198.51.100.3/24"),
    ]

    /// Source: kubernetes `util/net/interface_test.go`, the same kinds of networks.
    @Test(
        arguments: [
            ("", network(both, routes: [(2, false)]), "192.0.2.7"),
            ("", network(both, routes: [(2, false), (3, false)]), "192.0.2.7"),
            ("", network(both, routes: [(3, false), (2, false)]), "198.51.100.3"),
            ("", network(both, routes: [(2, true)]), "fd00::7"),
            ("", network(both, routes: [(2, true), (2, false)]), "192.0.2.7"),
            ("::", network(both, routes: [(2, true), (2, false)]), "fd00::7"),
            ("::", network(both, routes: [(2, false)]), "192.0.2.7"),
            ("0.0.0.0", network(both, routes: [(2, true), (2, false)]), "192.0.2.7"),
            ("", network(both, routes: [(2, false), (3, false)], down: 2), "198.51.100.3"),
            ("", network(both, routes: []), nil),
            ("", network([(2, "169.254.0.9/16"), (2, "fe80::1/64")], routes: [(2, false), (2, true)]), nil),
            ("", network([(1, "127.0.0.1/8"), (1, "203.0.113.1/32")], routes: [(2, false)]), "203.0.113.1"),
            ("198.51.100.3", network(both, routes: [(2, false)]), "198.51.100.3"),
            ("fd00::7,192.0.2.8", network(both, routes: []), "fd00::7,192.0.2.8"),
            ("192.0.2.99", network(both, routes: [(2, false)]), nil),
        ] as [(String, NodeNetwork, String?)])
    func `is that by which the default route leaves, or the one asked for`(
        wish: String, network: NodeNetwork, address: String?
    ) throws {
        let wish = try NodeAddresses.Wish(wish)
        #expect((try? wish.addresses(of: network))?.joined(separator: ",") == address)
    }

    @Test(arguments: [
        ("host", "\"host\" is no IP address"), ("10.0.0.1,10.0.0.2", "a dual-stack pair"),
        ("127.0.0.1", "nodeIP can't be loopback IP"), ("::1", "loopback"), ("224.0.0.1", "a multicast IP"),
        ("ff02::1", "a multicast IP"), ("fe80::1", "link-local"), ("169.254.1.1", "link-local"),
        ("0.0.0.0,::", "an all zeros address"), ("10.0.0.1,", "\"\" is no IP address"),
        ("10.0.0.1,fd00::1,fd00::2", "more than two addresses"),
    ])
    func `cannot be just any`(text: String, problem: String) {
        let error = #expect(throws: NodeAddresses.Wish.Invalid.self) { try NodeAddresses.Wish(text) }
        #expect(error?.description.contains(problem) == true, "\(error?.description ?? "")")
    }
}
