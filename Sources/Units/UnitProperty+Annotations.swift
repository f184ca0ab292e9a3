/// A property in an annotation that cannot be read.
package struct InvalidUnitProperty: Error, Equatable, CustomStringConvertible {
    package let name: String
    package let value: String
    package var description: String { "annotation org.systemd.property.\(name): cannot read \"\(value)\"" }
}

extension UnitProperty {
    private static let prefix = "org.systemd.property."

    /// Properties that a container's annotations ask for, in the order of their names: `org.systemd.property.NAME`, with
    /// a value in GVariant's text form.
    ///
    /// Texts in quotes, numbers with their type before them (`uint64 5`; without, an `int32`), truth values and lists of
    /// them are read. A name that ends with `Sec` is a time in seconds, and becomes systemd's microseconds.
    ///
    /// Source: runc's `initSystemdProps`; glib's "GVariant Text Format".
    package static func properties(
        inAnnotations annotations: [String: String]
    ) throws(InvalidUnitProperty) -> [UnitProperty] {
        var properties: [UnitProperty] = []
        for (key, value) in annotations.sorted(by: { $0.key < $1.key }) where key.hasPrefix(prefix) {
            let name = String(key.dropFirst(prefix.count))
            guard name.count > 3, name.allSatisfy({ $0.isASCII && $0.isLetter }), let parsed = parse(value) else {
                throw InvalidUnitProperty(name: name, value: value)
            }
            properties.append(try inMicroseconds(UnitProperty(name, parsed), value))
        }
        return properties
    }

    private static func inMicroseconds(
        _ property: UnitProperty, _ text: String
    ) throws(InvalidUnitProperty) -> UnitProperty {
        guard property.name.hasSuffix("Sec"), !property.name.hasSuffix("USec") else { return property }
        let seconds: Double? =
            switch property.value {
            case .double(let value): value
            case .int32(let value): Double(value)
            case .uint32(let value): Double(value)
            case .int64(let value): Double(value)
            case .uint64(let value): Double(value)
            default: nil
            }
        guard let seconds, seconds >= 0, seconds < 1e12 else {
            throw InvalidUnitProperty(name: property.name, value: text)
        }
        return UnitProperty(property.name.dropLast(3) + "USec", .uint64(UInt64(seconds * 1_000_000)))
    }

    static func parse(_ text: some StringProtocol) -> BusValue? {
        let text = trimmed(text)
        if text == "true" || text == "false" { return .bool(text == "true") }
        if let quoted = unquoted(text) { return .string(quoted) }
        if text.first == "[", text.last == "]" { return list(text.dropFirst().dropLast()) }
        let words = text.split(separator: " ", maxSplits: 1)
        guard words.count == 2 else {
            return Int32(text).map { .int32($0) } ?? (text.contains(".") ? Double(text).map { .double($0) } : nil)
        }
        let number = trimmed(words[1])
        switch words[0] {
        case "byte": return UInt8(number).map { .byte($0) }
        case "int32": return Int32(number).map { .int32($0) }
        case "uint32": return UInt32(number).map { .uint32($0) }
        case "int64": return Int64(number).map { .int64($0) }
        case "uint64": return UInt64(number).map { .uint64($0) }
        case "double": return Double(number).map { .double($0) }
        case "string": return unquoted(Substring(number)).map { .string($0) }
        case "objectpath": return unquoted(Substring(number)).map { .objectPath($0) }
        default: return nil
        }
    }

    private static func list(_ text: Substring) -> BusValue? {
        var (parts, current): ([String], String) = ([], "")
        var quote: Character?
        for character in text {
            if let open = quote {
                if character == open { quote = nil }
            } else if character == "'" || character == "\"" {
                quote = character
            }
            if character == ",", quote == nil {
                parts.append(current)
                current = ""
            } else {
                current.append(character)
            }
        }
        if !trimmed(current).isEmpty { parts.append(current) }
        let values = parts.compactMap { parse($0) }
        guard quote == nil, values.count == parts.count, let type = values.first?.signature,
            values.allSatisfy({ $0.signature == type })
        else { return nil }
        return .array(of: type, values)
    }

    private static func unquoted(_ text: Substring) -> String? {
        guard text.count >= 2, let quote = text.first, quote == "'" || quote == "\"", text.last == quote else {
            return nil
        }
        let inner = text.dropFirst().dropLast()
        return inner.contains(quote) || inner.contains("\\") ? nil : String(inner)
    }

    private static func trimmed(_ text: some StringProtocol) -> Substring {
        var text = Substring(text)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
