import CNetlink
package import Linux

/// A route of the main table.
package struct Route: Equatable, Sendable {
    /// The network it leads to: `10.88.0.0/16`, or `default`.
    package var destination: String
    package var gateway: String?
    package var isIPv6 = false
    /// The index of the interface it leaves by.
    package var link: Int32
}

extension NetlinkSocket {
    /// The main table's routes of the socket's namespace, one for each way a route has.
    package borrowing func routes() throws -> [Route] {
        try unsafe objects("list routes") {
            unsafe rtnl_route_alloc_cache(handle, AF_UNSPEC, 0, &$0)
        } read: {
            unsafe Route(reading: $0)
        }
    }
}

extension Route {
    fileprivate init?(reading route: OpaquePointer) {
        // Source: RT_TABLE_MAIN of include/uapi/linux/rtnetlink.h.
        guard unsafe rtnl_route_get_table(route) == 254, let hop = unsafe rtnl_route_nexthop_n(route, 0) else {
            return nil
        }
        let destination = unsafe rtnl_route_get_dst(route)
        let isDefault = unsafe destination.map { unsafe nl_addr_get_prefixlen($0) == 0 } ?? true
        self.destination = isDefault ? "default" : unsafe text(of: destination) ?? "default"
        unsafe gateway = text(of: rtnl_route_nh_get_gateway(hop))
        isIPv6 = unsafe Int32(rtnl_route_get_family(route)) == AF_INET6
        link = unsafe rtnl_route_nh_get_ifindex(hop)
    }
}

extension NetworkNamespace {
    /// The routes of the namespace.
    package func routes() async throws -> [Route] {
        try await run { try NetlinkSocket().routes() }
    }
}
