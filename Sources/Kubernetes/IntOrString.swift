/// A number or a name, e.g. of a port. Source: `util/intstr` of apimachinery.
package enum IntOrString: Codable, Equatable, Sendable {
    case int(Int32)
    case string(String)

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let int = try? container.decode(Int32.self) {
            self = .int(int)
        } else {
            self = .string(try container.decode(String.self))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .int(let int): try container.encode(int)
        case .string(let string): try container.encode(string)
        }
    }
}
