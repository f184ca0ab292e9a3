/// A duration as configuration files write it: `1m30s`, `20s`, `1.5h`, `0s`. Source: Go's `time.Duration`.
package struct GoDuration: Hashable, Sendable {
    package var value: Duration
    package init(_ value: Duration) { self.value = value }

    /// Nil if it is none, or longer than about 292 years.
    package init?(_ text: some StringProtocol) {
        var rest = Substring(text)
        let isNegative = rest.first == "-"
        if isNegative || rest.first == "+" { rest = rest.dropFirst() }
        if rest == "0" {
            value = .zero
            return
        }
        guard !rest.isEmpty else { return nil }
        var nanoseconds: Int64 = 0
        while !rest.isEmpty {
            guard let part = Self.part(&rest) else { return nil }
            let (sum, overflow) = nanoseconds.addingReportingOverflow(part)
            guard !overflow else { return nil }
            nanoseconds = sum
        }
        value = .nanoseconds(isNegative ? -nanoseconds : nanoseconds)
    }

    private static let units: [(String, Double)] = [
        ("ns", 1), ("us", 1e3), ("µs", 1e3), ("μs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 6e10), ("h", 3.6e12),
    ]

    private static func part(_ rest: inout Substring) -> Int64? {
        let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        rest = rest.dropFirst(number.count)
        let unit = rest.prefix { !($0.isASCII && ($0.isNumber || $0 == ".")) }
        rest = rest.dropFirst(unit.count)
        guard let factor = units.first(where: { $0.0 == unit })?.1 else { return nil }
        if let whole = Int64(number) {
            let (product, overflow) = whole.multipliedReportingOverflow(by: Int64(factor))
            return overflow ? nil : product
        }
        guard number.contains(where: \.isNumber), let amount = Double("0\(number)0"), amount * factor < 9.2e18 else {
            return nil
        }
        return Int64(amount * factor)
    }
}

extension GoDuration: CustomStringConvertible {
    /// `1h0m0s`, `1m30s`, `1.5s`, `20ms`, `0s`: as Go prints it.
    package var description: String {
        let (seconds, attoseconds) = value.components
        var nanoseconds = (Int128(seconds) * 1_000_000_000 + Int128(attoseconds / 1_000_000_000)).magnitude
        let sign = value < .zero ? "-" : ""
        if nanoseconds == 0 { return "0s" }
        if nanoseconds < 1000 { return "\(sign)\(nanoseconds)ns" }
        if nanoseconds < 1_000_000 { return sign + Self.decimal(nanoseconds, 1000) + "µs" }
        if nanoseconds < 1_000_000_000 { return sign + Self.decimal(nanoseconds, 1_000_000) + "ms" }
        var text = sign
        let hours = nanoseconds / 3_600_000_000_000
        let minutes = nanoseconds / 60_000_000_000 % 60
        nanoseconds %= 60_000_000_000
        if hours > 0 { text += "\(hours)h" }
        if hours > 0 || minutes > 0 { text += "\(minutes)m" }
        return text + Self.decimal(nanoseconds, 1_000_000_000) + "s"
    }

    private static func decimal(_ number: UInt128, _ unit: UInt128) -> String {
        if number % unit == 0 { return "\(number / unit)" }
        var fraction = String("\(unit + number % unit)".dropFirst())
        while fraction.last == "0" { fraction.removeLast() }
        return "\(number / unit).\(fraction)"
    }
}

extension GoDuration: Codable {
    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let duration = GoDuration(text) else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "expected a duration such as 1m30s, found \"\(text)\""))
        }
        self = duration
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
