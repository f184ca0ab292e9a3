import CNetlink
package import Linux

/// A network interface.
package struct Link: Equatable, Sendable {
    package var index: Int32
    package var name: String
    /// What made it, as `ip link add type` names it: `veth`, `bridge`, `ifb`; `nil` for hardware and `lo`.
    package var kind: String?
    package var isUp: Bool
    package var mtu: Int
    /// e.g. `0a:58:0a:58:00:02`.
    package var hardwareAddress: String?
    /// The index of the bridge or bond it belongs to.
    package var master: Int32?
    /// The index of the interface it lies on or, for a veth, of its other end, which may be in another namespace.
    package var peer: Int32?
    package var statistics: Statistics

    /// What went through an interface since it was made.
    package struct Statistics: Equatable, Sendable {
        package var receivedBytes: UInt64 = 0
        package var receivedPackets: UInt64 = 0
        package var receiveErrors: UInt64 = 0
        package var receiveDrops: UInt64 = 0
        package var sentBytes: UInt64 = 0
        package var sentPackets: UInt64 = 0
        package var sendErrors: UInt64 = 0
        package var sendDrops: UInt64 = 0
    }
}

extension NetlinkSocket {
    /// All interfaces of the socket's namespace.
    package borrowing func links() throws -> [Link] {
        try unsafe objects("list links") {
            unsafe rtnl_link_alloc_cache(handle, AF_UNSPEC, &$0)
        } read: {
            unsafe Link(reading: $0)
        }
    }

    /// One interface by its name; `nil` if there is none.
    package borrowing func link(named name: String) throws -> Link? {
        var found: OpaquePointer?
        let code = unsafe rtnl_link_get_kernel(handle, 0, name, &found)
        let error = NetlinkError(operation: "find link \(name)", code: code)
        guard code == 0, let link = unsafe found else {
            if error.isNotFound { return nil }
            throw error
        }
        defer { unsafe rtnl_link_put(link) }
        return unsafe Link(reading: link)
    }

    /// Removes an interface; a veth takes its other end with it. One that is not there is no error.
    package borrowing func remove(_ link: Link) throws {
        guard let old = unsafe rtnl_link_alloc() else {
            throw NetlinkError(operation: "remove link \(link.name)", code: -NLE_NOMEM)
        }
        defer { unsafe rtnl_link_put(old) }
        unsafe rtnl_link_set_ifindex(old, link.index)
        let error = NetlinkError(operation: "remove link \(link.name)", code: unsafe rtnl_link_delete(handle, old))
        if error.code != 0 && !error.isNotFound { throw error }
    }
}

extension Link {
    fileprivate init?(reading link: OpaquePointer) {
        guard let name = unsafe rtnl_link_get_name(link) else { return nil }
        index = unsafe rtnl_link_get_ifindex(link)
        unsafe self.name = String(cString: name)
        unsafe kind = rtnl_link_get_type(link).map { unsafe String(cString: $0) }
        unsafe isUp = rtnl_link_get_flags(link) & 1 != 0
        mtu = unsafe Int(rtnl_link_get_mtu(link))
        unsafe hardwareAddress = text(of: rtnl_link_get_addr(link))
        let master = unsafe rtnl_link_get_master(link)
        self.master = master > 0 ? master : nil
        let peer = unsafe rtnl_link_get_link(link)
        self.peer = peer > 0 ? peer : nil
        func count(_ id: rtnl_link_stat_id_t) -> UInt64 { unsafe rtnl_link_get_stat(link, id) }
        statistics = Statistics(
            receivedBytes: count(RTNL_LINK_RX_BYTES), receivedPackets: count(RTNL_LINK_RX_PACKETS),
            receiveErrors: count(RTNL_LINK_RX_ERRORS), receiveDrops: count(RTNL_LINK_RX_DROPPED),
            sentBytes: count(RTNL_LINK_TX_BYTES), sentPackets: count(RTNL_LINK_TX_PACKETS),
            sendErrors: count(RTNL_LINK_TX_ERRORS), sendDrops: count(RTNL_LINK_TX_DROPPED))
    }
}

extension NetworkNamespace {
    /// All interfaces of the namespace.
    package func links() async throws -> [Link] {
        try await run { try NetlinkSocket().links() }
    }

    /// One interface of the namespace; `nil` if there is none.
    package func link(named name: String) async throws -> Link? {
        try await run { try NetlinkSocket().link(named: name) }
    }
}
