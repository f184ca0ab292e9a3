import CSystemd
import Linux
import SystemPackage

/// A connection to the machine's message bus. It blocks: use it on a thread of its own.
///
/// Only the functions of sd-bus that take no variable arguments are reachable from Swift.
@safe struct SystemBus: ~Copyable {
    let bus: OpaquePointer

    private init(owning bus: OpaquePointer) { unsafe self.bus = bus }

    /// Connects to the machine's message bus, where systemd-logind is found.
    static func system() throws(SyscallError) -> SystemBus {
        var bus: OpaquePointer?
        try systemd("connect to the message bus") { unsafe sd_bus_open_system(&bus) }
        guard let bus = unsafe bus else { throw SyscallError("connect to the message bus", .noMemory) }
        return unsafe SystemBus(owning: bus)
    }

    deinit { unsafe sd_bus_flush_close_unref(bus) }

    /// What systemd said, as one line: its own words tell more than the errno they are mapped to.
    static func failure(_ operation: String, _ result: Int32, _ error: sd_bus_error) -> SyscallError {
        let words = unsafe error.message.map { unsafe ": \(String(cString: $0))" } ?? ""
        return SyscallError(operation + words, Errno(rawValue: -result))
    }
}
