package import Kubernetes

/// How values travel over the control socket and are printed: as the API writes them, keys in order.
package enum ControlJSON {
    package static func encode(_ value: some Encodable, pretty: Bool = false) throws -> [UInt8] {
        Array(try JSONValueEncoder.encode(value).json(pretty: pretty).utf8)
    }

    package static func decode<Value: Decodable>(
        _ type: Value.Type, from bytes: [UInt8]
    ) throws(ManifestError) -> Value {
        try JSONValueDecoder.decode(type, from: JSONValue(json: bytes))
    }
}
