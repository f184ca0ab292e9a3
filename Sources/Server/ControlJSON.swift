import JSONText

/// How values travel over the control socket and are printed: as the API writes them, keys in order.
package enum ControlJSON {
    package static func encode(_ value: some Encodable, pretty: Bool = false) throws -> [UInt8] {
        let json = try JSONWriter.write(value)
        return pretty ? Array(json.indented.utf8) : json.encoded
    }

    package static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
        try JSONReader.read(type, from: bytes)
    }
}
