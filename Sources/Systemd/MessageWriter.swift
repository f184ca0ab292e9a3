import CSystemd

/// Fills a bus message. `result` keeps the first refusal: a message that has one must not be sent.
///
/// Source of the type letters: the D-Bus specification, "Type System".
@safe struct MessageWriter: ~Copyable {
    private let message: OpaquePointer
    /// Negative errno of the first call that failed.
    private(set) var result: Int32 = 0

    /// Takes the message over.
    init(_ message: OpaquePointer) { unsafe self.message = message }

    deinit { unsafe sd_bus_message_unref(message) }

    mutating func append(string: String) {
        unsafe string.withCString { unsafe append("s", $0) }
    }

    mutating func append(int32 value: Int32) {
        unsafe withUnsafePointer(to: value) { unsafe append("i", $0) }
    }

    /// One value: for a text its characters, else the address of a number of the type's size.
    private mutating func append(_ type: Unicode.Scalar, _ value: UnsafeRawPointer) {
        keep(unsafe sd_bus_message_append_basic(message, CChar(truncatingIfNeeded: type.value), value))
    }

    private mutating func keep(_ result: Int32) {
        if self.result >= 0 { self.result = result }
    }
}
