/// Names and values that a stream is opened with. Names are in lower case.
struct SPDYHeaders: Equatable, Sendable {
    private(set) var values: [String: String]

    init(_ values: [String: String] = [:]) { self.values = values }

    subscript(name: String) -> String? { values[name.lowercased()] }

    /// Takes a block that was decompressed.
    init(decoding block: [UInt8]) throws(SPDYError) {
        values = [:]
        var rest = block[...]
        func number() throws(SPDYError) -> Int {
            guard rest.count >= 4 else { throw SPDYError("headers are cut off") }
            defer { rest = rest.dropFirst(4) }
            return Int(SPDYFrame.number(rest))
        }
        func text() throws(SPDYError) -> String {
            let length = try number()
            guard rest.count >= length else { throw SPDYError("headers are cut off") }
            defer { rest = rest.dropFirst(length) }
            guard let text = String(validating: rest.prefix(length), as: UTF8.self) else {
                throw SPDYError("headers are no UTF-8")
            }
            return text
        }
        for _ in 0..<(try number()) {
            let name = try text().lowercased()
            let value = try text()
            guard values.updateValue(value, forKey: name) == nil else { throw SPDYError("header \(name) comes twice") }
        }
    }

    var encoded: [UInt8] {
        var bytes = SPDYFrame.bytes(UInt32(values.count))
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            for text in [name, value] { bytes += SPDYFrame.bytes(UInt32(text.utf8.count)) + text.utf8 }
        }
        return bytes
    }
}
