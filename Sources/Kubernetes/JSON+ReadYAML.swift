package import JSONText
import Yams

extension JSON {
    /// How many values a manifest may hold once its aliases are followed.
    static let maximumNodes = 200_000

    /// Reads every document of a YAML text, or the one value of a JSON text. Empty documents are left out.
    ///
    /// Scalars are read as YAML 1.1, which Kubernetes uses: `0644` is octal, `yes` is true.
    package static func documents(of bytes: [UInt8]) throws(ManifestError) -> [JSON] {
        guard bytes.count <= Manifest.maximumSize else {
            throw .text("larger than 10 MiB (\(bytes.count) bytes)")
        }
        if bytes.starts(with: [0xFE, 0xFF]) || bytes.starts(with: [0xFF, 0xFE]) {
            throw .text("not UTF-8 but UTF-16")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .text("not UTF-8") }
        if let control = bytes.first(where: { $0 < 32 && $0 != 9 && $0 != 10 && $0 != 13 || $0 == 127 }) {
            throw .text("not text: it contains the byte 0x\(String(control, radix: 16))")
        }
        try YAMLGuard(bytes).checkCount()
        if let first = bytes.first(where: { $0 > 32 }), first == UInt8(ascii: "{") || first == UInt8(ascii: "["),
            let value = try? JSON(parsing: bytes, namesOnce: true)
        {
            return [value]
        }
        try YAMLGuard(bytes).check()
        do {
            let parser = try Yams.Parser(yaml: text)
            var documents: [JSON] = []
            var builder = YAMLBuilder(budget: maximumNodes)
            while let node = try parser.nextRoot() {
                let value = try builder.value(of: node, at: FieldPath(""))
                if value != .null { documents.append(value) }
                guard documents.count <= 1000 else { throw ManifestError.text("more than 1000 documents") }
            }
            return documents
        } catch let error as ManifestError {
            throw error
        } catch {
            throw .text("not YAML: \(oneLine("\(error)"))")
        }
    }

    private static func oneLine(_ text: String) -> String {
        let flat = text.split(whereSeparator: \.isNewline).map { $0.drop { $0 == " " } }.joined(separator: " ")
        return flat.count > 300 ? flat.prefix(300) + "…" : flat
    }
}

/// Makes JSON of YAML's nodes. Shared nodes are counted each time, so that a small text cannot become a huge value.
private struct YAMLBuilder {
    var budget: Int
    init(budget: Int) { self.budget = budget }

    mutating func value(of node: Node, at path: FieldPath) throws(ManifestError) -> JSON {
        budget -= 1
        guard budget >= 0 else {
            throw .text("more than \(JSON.maximumNodes) values once its aliases are followed")
        }
        switch node {
        case .scalar(let scalar): return try YAMLScalar.value(of: scalar, at: path)
        case .sequence(let sequence):
            var elements: [JSON] = []
            for node in sequence { elements.append(try value(of: node, at: path.index(elements.count))) }
            return .array(elements)
        case .mapping(let mapping): return .object(try object(of: mapping, at: path))
        case .alias: throw .text("an alias that leads nowhere")
        }
    }

    private mutating func object(of mapping: Node.Mapping, at path: FieldPath) throws(ManifestError) -> JSON.Object {
        var object = JSON.Object()
        var merged: [JSON] = []
        for (key, node) in mapping {
            guard case .scalar(let scalar) = key else {
                throw .field(path: path.description, problem: "a name must be a text, not a list or an object")
            }
            if scalar.string == "<<", scalar.style == .plain {
                let value = try value(of: node, at: path)
                if case .array(let values) = value { merged += values } else { merged.append(value) }
            } else {
                object[scalar.string] = try value(of: node, at: path.child(scalar.string))
            }
        }
        for value in merged {
            guard case .object(let defaults) = value else {
                throw .field(path: path.description, problem: "<< needs an object, found \(value.summary)")
            }
            for (name, value) in defaults.members where object[name] == nil { object[name] = value }
        }
        return object
    }
}

/// Decides what a scalar of YAML 1.1 is, as the parser of Kubernetes does (goyaml.v2, `resolve.go`).
enum YAMLScalar {
    static func value(of scalar: Node.Scalar, at path: FieldPath) throws(ManifestError) -> JSON {
        let isText = scalar.style != .plain || scalar.tag.description == Tag.Name.str.rawValue
        guard let value = isText ? .string(scalar.string) : plain(scalar.string) else {
            throw .field(path: path.description, problem: "\(scalar.string) is not a number that JSON knows")
        }
        return value
    }

    /// `nil` for a number that JSON does not know.
    static func plain(_ text: String) -> JSON? {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y": return .bool(true)
        case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "n", "N": return .bool(false)
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF", ".nan", ".NaN", ".NAN":
            return nil
        default: break
        }
        guard let first = text.utf8.first, (48...57).contains(first) || "+-.".utf8.contains(first) else {
            return .string(text)
        }
        return number(text.filter { $0 != "_" }, orText: text)
    }

    private static func number(_ text: String, orText written: String) -> JSON? {
        let isNegative = text.first == "-"
        let digits = text.first == "-" || text.first == "+" ? text.dropFirst() : text[...]
        for (prefix, radix) in [("0x", 16), ("0b", 2), ("0o", 8), ("0", 8)]
        where digits.hasPrefix(prefix) && digits.count > prefix.count {
            let rest = digits.dropFirst(prefix.count)
            if rest.first?.isHexDigit == true, let int = Int64(rest, radix: radix) {
                return .number("\(isNegative ? -int : int)")
            }
        }
        if let int = Int64(text) { return .number("\(int)") }
        let allowed = digits.utf8.allSatisfy { (48...57).contains($0) || ".eE+-".utf8.contains($0) }
        guard allowed, digits.utf8.contains(where: { (48...57).contains($0) }), let double = Double(text) else {
            return .string(written)
        }
        return double.isFinite ? .number("\(double)") : nil
    }
}
