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

    mutating func array(of contents: String, _ body: (inout MessageWriter) -> Void) {
        container("a", contents, body)
    }

    mutating func property(_ name: String, string: String) {
        property(name, type: "s") { $0.append(string: string) }
    }

    mutating func property(_ name: String, _ value: Bool) {
        property(name, type: "b") { writer in
            unsafe withUnsafePointer(to: Int32(value ? 1 : 0)) { unsafe writer.append("b", $0) }
        }
    }

    mutating func property(_ name: String, _ value: UInt64) {
        property(name, type: "t") { writer in
            unsafe withUnsafePointer(to: value) { unsafe writer.append("t", $0) }
        }
    }

    mutating func property(_ name: String, _ values: [UInt32]) {
        property(name, type: "au") { writer in
            unsafe values.withUnsafeBytes { bytes in
                writer.keep(
                    unsafe sd_bus_message_append_array(writer.message, letter("u"), bytes.baseAddress, bytes.count))
            }
        }
    }

    /// One `(sv)` of a unit's properties.
    private mutating func property(_ name: String, type: String, _ value: (inout MessageWriter) -> Void) {
        container("r", "sv") { entry in
            entry.append(string: name)
            entry.container("v", type, value)
        }
    }

    private mutating func container(_ kind: Unicode.Scalar, _ contents: String, _ body: (inout MessageWriter) -> Void) {
        keep(unsafe sd_bus_message_open_container(message, letter(kind), contents))
        body(&self)
        keep(unsafe sd_bus_message_close_container(message))
    }

    /// One value: for a text its characters, else the address of a number of the type's size.
    private mutating func append(_ type: Unicode.Scalar, _ value: UnsafeRawPointer) {
        keep(unsafe sd_bus_message_append_basic(message, letter(type), value))
    }

    private mutating func keep(_ result: Int32) {
        if self.result >= 0 { self.result = result }
    }
}

private func letter(_ scalar: Unicode.Scalar) -> CChar { CChar(truncatingIfNeeded: scalar.value) }
