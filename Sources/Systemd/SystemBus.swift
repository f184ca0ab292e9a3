import CSystemd
import Linux
import SystemPackage

/// A connection to systemd. It blocks: use it on a thread of its own.
///
/// Only the functions of sd-bus that take no variable arguments are reachable from Swift.
@safe struct SystemBus: ~Copyable {
    let bus: OpaquePointer

    private init(owning bus: OpaquePointer) { unsafe self.bus = bus }

    /// Connects to systemd's own socket, which serves root without a message bus: a small machine has none.
    ///
    /// Source: `bus_connect_system_systemd` of systemd's `bus-util.c`.
    static func connected() throws(SyscallError) -> SystemBus {
        var bus: OpaquePointer?
        try systemd("make a bus connection") { unsafe sd_bus_new(&bus) }
        guard let bus = unsafe bus else { throw SyscallError("make a bus connection", .noMemory) }
        let connection = unsafe SystemBus(owning: bus)
        try systemd("name systemd's socket") { unsafe sd_bus_set_address(bus, "unix:path=/run/systemd/private") }
        try systemd("connect to systemd") { unsafe sd_bus_start(bus) }
        return connection
    }

    /// Connects to the machine's message bus, where systemd-logind is found.
    static func system() throws(SyscallError) -> SystemBus {
        var bus: OpaquePointer?
        try systemd("connect to the message bus") { unsafe sd_bus_open_system(&bus) }
        guard let bus = unsafe bus else { throw SyscallError("connect to the message bus", .noMemory) }
        return unsafe SystemBus(owning: bus)
    }

    deinit { unsafe sd_bus_flush_close_unref(bus) }

    private static let destination = "org.freedesktop.systemd1"
    private static let unitInterface = "org.freedesktop.systemd1.Unit"

    /// Asks for a scope; the answer comes before the scope is there.
    func startTransient(_ scope: Scope, _ processes: [Int32]) throws(SyscallError) {
        let operation = "start \(scope.name) in \(scope.slice)"
        var message: OpaquePointer?
        try systemd(operation) {
            unsafe sd_bus_message_new_method_call(
                bus, &message, Self.destination, "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager",
                "StartTransientUnit")
        }
        guard let message = unsafe message else { throw SyscallError(operation, .noMemory) }
        var call = unsafe MessageWriter(message)
        call.append(string: scope.name)
        call.append(string: "fail")
        call.array(of: "(sv)") { call in
            call.property("Description", string: scope.description)
            call.property("Slice", string: scope.slice)
            call.property("Delegate", true)
            call.property("TasksMax", .max)
            call.property("TimeoutStopUSec", UInt64(scope.stopTimeout / .microseconds(1)))
            call.property("PIDs", processes.map(UInt32.init(bitPattern:)))
        }
        call.array(of: "(sa(sv))") { _ in }
        if call.result < 0 { throw SyscallError(operation, Errno(rawValue: -call.result)) }

        var error = unsafe sd_bus_error()
        defer { unsafe sd_bus_error_free(&error) }
        let result = unsafe sd_bus_call(bus, message, 0, &error, nil)
        if result < 0 { throw unsafe Self.failure(operation, result, error) }
    }

    func state(of unit: String) throws(SyscallError) -> UnitState {
        var encoded: UnsafeMutablePointer<CChar>?
        defer { unsafe systemd_free(encoded) }
        try systemd("name unit \(unit)") {
            unsafe sd_bus_path_encode("/org/freedesktop/systemd1/unit", unit, &encoded)
        }
        guard let path = unsafe encoded.map({ unsafe String(cString: $0) }) else { return .absent("unknown") }
        let state = try property("ActiveState", of: Self.unitInterface, at: path)
        switch state {
        case "active":
            let cgroup = try property("ControlGroup", of: "org.freedesktop.systemd1.Scope", at: path)
            return cgroup.isEmpty ? .changing : .active(cgroup: FilePath(cgroup))
        case "inactive", "failed": return .absent(state)
        default: return .changing
        }
    }

    private func property(_ name: String, of interface: String, at path: String) throws(SyscallError) -> String {
        var error = unsafe sd_bus_error()
        var value: UnsafeMutablePointer<CChar>?
        defer {
            unsafe sd_bus_error_free(&error)
            unsafe systemd_free(value)
        }
        let result = unsafe sd_bus_get_property_string(
            bus, Self.destination, path, interface, name, &error, &value)
        if result < 0 { throw unsafe Self.failure("read \(name) of \(path)", result, error) }
        return unsafe value.map { unsafe String(cString: $0) } ?? ""
    }

    /// Blocks for a moment, or until systemd says something.
    func pause() {
        while unsafe sd_bus_process(bus, nil) > 0 {}
        _ = unsafe sd_bus_wait(bus, 5000)
    }

    /// What systemd said, as one line: its own words tell more than the errno they are mapped to.
    static func failure(_ operation: String, _ result: Int32, _ error: sd_bus_error) -> SyscallError {
        let words = unsafe error.message.map { unsafe ": \(String(cString: $0))" } ?? ""
        return SyscallError(operation + words, Errno(rawValue: -result))
    }
}
