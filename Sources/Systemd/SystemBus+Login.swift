import CSystemd
import Linux
import SystemPackage

/// What systemd-logind is asked and what it tells. Source: `org.freedesktop.login1(5)`.
extension SystemBus {
    private static let login = "org.freedesktop.login1"
    private static let loginPath = "/org/freedesktop/login1"
    private static let manager = "org.freedesktop.login1.Manager"

    /// `InhibitDelayMaxUSec`: how long a shutdown is held up at most.
    func inhibitDelay() throws(SyscallError) -> Duration {
        var error = unsafe sd_bus_error()
        defer { unsafe sd_bus_error_free(&error) }
        var microseconds: UInt64 = 0
        let result = unsafe withUnsafeMutablePointer(to: &microseconds) { target in
            unsafe sd_bus_get_property_trivial(
                bus, Self.login, Self.loginPath, Self.manager, "InhibitDelayMaxUSec", &error,
                CChar(truncatingIfNeeded: UInt8(ascii: "t")), target)
        }
        if result < 0 { throw unsafe Self.failure("ask logind how long a shutdown waits", result, error) }
        return .microseconds(Int64(clamping: microseconds))
    }

    /// Takes a lock that holds a shutdown up for as long as the descriptor is open.
    func inhibitShutdown(who: String, why: String) throws(SyscallError) -> OwnedFileDescriptor {
        let operation = "hold the shutdown up"
        let call = try methodCall(operation, to: Self.login, Self.loginPath, Self.manager, "Inhibit")
        var writer = unsafe MessageWriter(call.pointer)
        for text in ["shutdown", who, why, "delay"] { writer.append(string: text) }
        if writer.result < 0 { throw SyscallError(operation, Errno(rawValue: -writer.result)) }
        var error = unsafe sd_bus_error()
        var reply: OpaquePointer?
        defer {
            unsafe sd_bus_error_free(&error)
            unsafe sd_bus_message_unref(reply)
        }
        let result = unsafe sd_bus_call(bus, call.pointer, 0, &error, &reply)
        if result < 0 { throw unsafe Self.failure(operation, result, error) }
        // The descriptor belongs to the reply: a copy outlives it.
        var descriptor: Int32 = -1
        try systemd(operation) { unsafe read("h", of: reply, into: &descriptor) }
        return try duplicate(FileDescriptor(rawValue: descriptor))
    }

    /// Sends a signal to the processes of a unit.
    func kill(unit: String, signal: Int32) throws(SyscallError) {
        let operation = "send signal \(signal) to \(unit)"
        let call = try methodCall(
            operation, to: "org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager",
            "KillUnit")
        var writer = unsafe MessageWriter(call.pointer)
        writer.append(string: unit)
        writer.append(string: "main")
        writer.append(int32: signal)
        if writer.result < 0 { throw SyscallError(operation, Errno(rawValue: -writer.result)) }
        var error = unsafe sd_bus_error()
        defer { unsafe sd_bus_error_free(&error) }
        let result = unsafe sd_bus_call(bus, call.pointer, 0, &error, nil)
        if result < 0 { throw unsafe Self.failure(operation, result, error) }
    }

    /// From now on ``nextPrepareForShutdown()`` tells.
    func subscribeToShutdown() throws(SyscallError) {
        let match = "type='signal',sender='\(Self.login)',interface='\(Self.manager)',member='PrepareForShutdown'"
        try systemd("listen for shutdowns") { unsafe sd_bus_add_match(bus, nil, match, nil, nil) }
    }

    /// Whether a shutdown begins, or was called off; `nil` when nothing more was told.
    func nextPrepareForShutdown() throws(SyscallError) -> Bool? {
        while true {
            var message: OpaquePointer?
            defer { unsafe sd_bus_message_unref(message) }
            let result = try systemd("listen for shutdowns") { unsafe sd_bus_process(bus, &message) }
            if result == 0 { return nil }
            guard let message = unsafe message,
                unsafe sd_bus_message_is_signal(message, Self.manager, "PrepareForShutdown") > 0
            else { continue }
            var begins: Int32 = 0
            try systemd("read PrepareForShutdown") { unsafe read("b", of: message, into: &begins) }
            return begins != 0
        }
    }

    /// Readable when there is something to process.
    var descriptor: FileDescriptor {
        get throws(SyscallError) {
            FileDescriptor(rawValue: try systemd("the bus's descriptor") { unsafe sd_bus_get_fd(bus) })
        }
    }

    private func read(_ type: Unicode.Scalar, of message: OpaquePointer?, into value: inout Int32) -> Int32 {
        unsafe sd_bus_message_read_basic(message, CChar(truncatingIfNeeded: type.value), &value)
    }

    /// A message that its ``MessageWriter`` owns.
    @safe private struct Call { let pointer: OpaquePointer }

    private func methodCall(
        _ operation: String, to destination: String, _ path: String, _ interface: String, _ member: String
    ) throws(SyscallError) -> Call {
        var message: OpaquePointer?
        try systemd(operation) {
            unsafe sd_bus_message_new_method_call(bus, &message, destination, path, interface, member)
        }
        guard let message = unsafe message else { throw SyscallError(operation, .noMemory) }
        return unsafe Call(pointer: message)
    }
}
