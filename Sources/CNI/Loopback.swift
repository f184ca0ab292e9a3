import CMnl
package import Linux
import SystemPackage

extension NetworkNamespace {
    /// Sets `lo` up: what the CNI plugin `loopback` does, without running a program.
    ///
    /// Every sandbox waits for it. So it is one fixed message by libmnl, which keeps no caches and reads nothing first,
    /// where libnl would ask for the whole link, compare it, and then send the same.
    package func setLoopbackUp() async throws {
        try await run { try setLoopbackUpOfThread() }
    }
}

/// The index of `lo` in every network namespace. Source: `LOOPBACK_IFINDEX` of `include/linux/netdevice.h`.
private let loopbackIndex: Int32 = 1
/// Source: `IFF_UP` of `include/uapi/linux/if.h`.
private let isUp: UInt32 = 1

/// Source: `rtnetlink(7)`: RTM_NEWLINK with an index changes the flags that `ifi_change` names.
private func setLoopbackUpOfThread() throws {
    guard let socket = unsafe mnl_socket_open(NETLINK_ROUTE) else {
        throw SyscallError("open route netlink", .noMemory)
    }
    defer { unsafe mnl_socket_close(socket) }
    try syscall("bind route netlink") { unsafe mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) }
    let port = unsafe mnl_socket_get_portid(socket)
    // A request and its acknowledgement; one that refuses holds the request again.
    try unsafe withUnsafeTemporaryAllocation(byteCount: 512, alignment: 8) { buffer in
        guard let memory = buffer.baseAddress, let header = unsafe mnl_nlmsg_put_header(memory) else { return }
        unsafe header.pointee.nlmsg_type = UInt16(RTM_NEWLINK)
        unsafe header.pointee.nlmsg_flags = UInt16(NLM_F_REQUEST | NLM_F_ACK)
        let wish = ifinfomsg(
            ifi_family: UInt8(AF_UNSPEC), __ifi_pad: 0, ifi_type: 0, ifi_index: loopbackIndex,
            ifi_flags: isUp, ifi_change: isUp)
        unsafe mnl_nlmsg_put_extra_header(header, MemoryLayout<ifinfomsg>.size)?.storeBytes(
            of: wish, as: ifinfomsg.self)
        try syscall("set lo up") { unsafe mnl_socket_sendto(socket, header, Int(header.pointee.nlmsg_len)) }
        let length = try syscall("set lo up") { unsafe mnl_socket_recvfrom(socket, memory, buffer.count) }
        try syscall("set lo up") { unsafe mnl_cb_run(memory, length, 0, port, nil, nil) }
    }
}
