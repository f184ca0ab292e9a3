import CNetlink
import Linux
import SystemPackage

/// A route netlink socket of libnl. It belongs to the network namespace of the thread that opens it, for good.
///
/// Opened inside ``NetworkNamespace/run(_:)``, it speaks to that namespace wherever it is used later.
@safe package struct NetlinkSocket: ~Copyable {
    let handle: OpaquePointer

    package init() throws {
        guard let handle = unsafe nl_socket_alloc() else { throw SyscallError("nl_socket_alloc", .noMemory) }
        let code = unsafe nl_connect(handle, NETLINK_ROUTE)
        guard code == 0 else {
            unsafe nl_socket_free(handle)
            throw NetlinkError(operation: "connect to route netlink", code: code)
        }
        unsafe self.handle = handle
    }

    deinit { unsafe nl_socket_free(handle) }
}

/// What the kernel or libnl answered.
package struct NetlinkError: Error, Equatable, CustomStringConvertible {
    package let operation: String
    /// Source: `netlink/errno.h`; always negative.
    package let code: Int32

    /// The link, address or route is not there.
    package var isNotFound: Bool { code == -NLE_OBJ_NOTFOUND || code == -NLE_NODEV }

    package var description: String {
        let text = unsafe nl_geterror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
        return "\(operation): \(text)"
    }
}

extension NetlinkSocket {
    /// Walks a cache of libnl that `fill` has made, and frees it.
    func objects<Value>(
        _ operation: String, fill: (inout OpaquePointer?) -> Int32, read: (OpaquePointer) -> Value?
    ) throws(NetlinkError) -> [Value] {
        var filled: OpaquePointer?
        let code = unsafe fill(&filled)
        guard code == 0, let cache = unsafe filled else { throw NetlinkError(operation: operation, code: code) }
        defer { unsafe nl_cache_free(cache) }
        var values: [Value] = []
        var next = unsafe nl_cache_get_first(cache)
        while let object = unsafe next {
            if let value = unsafe read(object) { values.append(value) }
            unsafe next = nl_cache_get_next(object)
        }
        return values
    }
}

/// Text of an abstract address of libnl, e.g. `10.88.0.2/16` or `02:42:…`.
func text(of address: OpaquePointer?) -> String? {
    guard let address = unsafe address, unsafe nl_addr_get_len(address) > 0 else { return nil }
    return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
        unsafe nl_addr2str(address, buffer.baseAddress, buffer.count).map { unsafe String(cString: $0) }
    }
}
