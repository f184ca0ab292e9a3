import CNetlink
import Linux
package import SystemPackage

extension NetlinkSocket {
    /// A socket of another network namespace. The calling thread is there for the moment in which it is opened.
    package static func inside(_ namespace: FileDescriptor) throws -> NetlinkSocket {
        try inNetwork(namespace) { try NetlinkSocket() }
    }

    /// Moves an interface into another namespace, under a new name, keeps its lasting global addresses, and sets it up.
    ///
    /// Source: runtime-spec 1.3, config-linux.md, "Network Devices". The kernel drops addresses and takes the interface
    /// down when it changes its namespace (`dev_change_net_namespace`). A name with `%d` gets the first free number.
    ///
    /// - Parameter inside: a socket of the namespace.
    /// - Returns: the name that it has there.
    @discardableResult
    package borrowing func move(
        _ name: String, to namespace: FileDescriptor, _ inside: borrowing NetlinkSocket, as newName: String?
    ) throws -> String {
        guard let link = try link(named: name) else {
            throw NetlinkError(operation: "find link \(name)", code: -NLE_NODEV)
        }
        let addresses = try unsafe lastingAddresses(of: link)
        defer { unsafe addresses.forEach { unsafe rtnl_addr_put($0) } }
        let before = Set(try inside.links().map(\.name))
        try unsafe change(link, "move link \(name)") { change in
            unsafe rtnl_link_set_ns_fd(change, namespace.rawValue)
            unsafe rtnl_link_set_name(change, newName ?? name)
        }
        // One arrives per call: without a template its name is known, with one it is the new one.
        let arrived = try inside.links().first { one in
            newName?.contains("%d") == true ? !before.contains(one.name) : one.name == newName ?? name
        }
        guard let arrived else { throw NetlinkError(operation: "find link \(name) again", code: -NLE_NODEV) }
        for index in unsafe addresses.indices {
            let code = unsafe give(addresses[index], to: arrived, inside)
            guard code == 0 else { throw NetlinkError(operation: "give link \(arrived.name) its address", code: code) }
        }
        // Source: IFF_UP of include/uapi/linux/if.h.
        try unsafe inside.change(arrived, "set link \(arrived.name) up") { unsafe rtnl_link_set_flags($0, 1) }
        return arrived.name
    }

    private func give(
        _ address: OpaquePointer, to link: Link, _ inside: borrowing NetlinkSocket
    ) -> Int32 {
        unsafe rtnl_addr_set_ifindex(address, link.index)
        return unsafe rtnl_addr_add(inside.handle, address, 0)
    }

    private func change(_ link: Link, _ operation: String, _ set: (OpaquePointer) -> Void) throws {
        guard let old = unsafe rtnl_link_alloc(), let change = unsafe rtnl_link_alloc() else {
            throw NetlinkError(operation: operation, code: -NLE_NOMEM)
        }
        defer {
            unsafe rtnl_link_put(old)
            unsafe rtnl_link_put(change)
        }
        unsafe rtnl_link_set_ifindex(old, link.index)
        unsafe set(change)
        let code = unsafe rtnl_link_change(handle, old, change, 0)
        guard code == 0 else { throw NetlinkError(operation: operation, code: code) }
    }

    /// Copies of the addresses that somebody set for good (IFA_F_PERMANENT, 0x80) and that mean something outside the
    /// link (RT_SCOPE_UNIVERSE, 0). Source: uapi/linux/if_addr.h, rtnetlink.h.
    private func lastingAddresses(of link: Link) throws -> [OpaquePointer] {
        try unsafe objects("list addresses") {
            unsafe rtnl_addr_alloc_cache(handle, &$0)
        } read: { address -> OpaquePointer? in
            guard unsafe rtnl_addr_get_ifindex(address) == link.index, unsafe rtnl_addr_get_scope(address) == 0,
                unsafe rtnl_addr_get_flags(address) & 0x80 != 0
            else { return nil }
            guard let copy = unsafe rtnl_addr_alloc() else { return nil }
            unsafe rtnl_addr_set_local(copy, rtnl_addr_get_local(address))
            unsafe rtnl_addr_set_prefixlen(copy, rtnl_addr_get_prefixlen(address))
            if let broadcast = unsafe rtnl_addr_get_broadcast(address) {
                unsafe rtnl_addr_set_broadcast(copy, broadcast)
            }
            return unsafe copy
        }
    }
}
