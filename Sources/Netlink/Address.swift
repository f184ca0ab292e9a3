import CNetlink
package import Linux

/// An address of an interface.
package struct Address: Equatable, Sendable {
    /// The index of the interface.
    package var link: Int32
    /// With its prefix length: `10.88.0.2/16`, `fe80::1/64`.
    package var address: String
}

extension NetlinkSocket {
    /// All addresses of the socket's namespace.
    package borrowing func addresses() throws -> [Address] {
        try unsafe objects("list addresses") {
            unsafe rtnl_addr_alloc_cache(handle, &$0)
        } read: {
            guard let local = unsafe text(of: rtnl_addr_get_local($0)) else { return nil }
            // libnl leaves the length out of an address that is alone in its network.
            let length = unsafe rtnl_addr_get_prefixlen($0)
            let address = local.contains("/") ? local : "\(local)/\(length)"
            return unsafe Address(link: rtnl_addr_get_ifindex($0), address: address)
        }
    }
}

extension NetworkNamespace {
    /// The addresses of one interface of the namespace.
    package func addresses(of name: String) async throws -> [String] {
        try await run {
            let socket = try NetlinkSocket()
            guard let link = try socket.link(named: name) else { return [] }
            return try socket.addresses().filter { $0.link == link.index }.map(\.address)
        }
    }
}
