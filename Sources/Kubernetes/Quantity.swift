/// An exact amount of a resource: `100m`, `64Mi`, `1.5G`, `12e6`.
///
/// Source: `api/resource` of apimachinery. Finer than a billionth is rounded up (away from zero), more than
/// 2^63 − 1 is cut to that.
package struct Quantity: Hashable, Sendable {
    /// How the amount is written; kept from reading to writing.
    package enum Format: Sendable { case binarySI, decimalSI, decimalExponent }

    /// Billionths.
    package private(set) var nanos: Int128
    package private(set) var format: Format

    package init(_ value: Int64, format: Format = .decimalSI) {
        nanos = Int128(value) * Self.billion
        self.format = format
    }

    package init(milli: Int64) {
        nanos = Int128(milli) * 1_000_000
        format = .decimalSI
    }

    fileprivate init(nanos: Int128, format: Format) {
        self.nanos = nanos
        self.format = format
    }

    /// Whole units, rounded up.
    package var value: Int64 { scaled(Self.billion) }
    /// Thousandths, rounded up; at most 2^63 − 1.
    package var milliValue: Int64 { scaled(1_000_000) }
    package var isNegative: Bool { nanos < 0 }

    private func scaled(_ unit: Int128) -> Int64 { Int64(clamping: Self.roundedUp(nanos, by: unit)) }

    fileprivate static let billion: Int128 = 1_000_000_000
    fileprivate static let largest = Int128(Int64.max) * billion

    /// Divides, rounding away from zero.
    fileprivate static func roundedUp(_ number: Int128, by divisor: Int128) -> Int128 {
        let (quotient, remainder) = number.quotientAndRemainder(dividingBy: divisor)
        return remainder == 0 ? quotient : quotient + remainder.signum()
    }
}

extension Quantity: Comparable {
    package static func < (a: Self, b: Self) -> Bool { a.nanos < b.nanos }
}

extension Quantity: AdditiveArithmetic {
    package static var zero: Self { Self(0) }

    /// At most 2^63 − 1. It is written as the first is, or as the second if the first is nothing.
    package static func + (a: Self, b: Self) -> Self {
        let sum = min(max(a.nanos + b.nanos, -Self.largest), Self.largest)
        return Self(nanos: sum, format: a.nanos == 0 ? b.format : a.format)
    }

    package static func - (a: Self, b: Self) -> Self { a + Self(nanos: -b.nanos, format: b.format) }
}

extension Quantity {
    /// Reads a quantity; nil if it is none.
    package init?(_ text: some StringProtocol) {
        var rest = Array(text.utf8)[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
        guard let number = Number(&rest), let suffix = Suffix(rest) else { return nil }
        let amount = min(number.nanos(times: suffix), Self.largest)
        // An amount below 1 in binary form is kept, and written as decimal. Source: ParseQuantity.
        let format = suffix.format == .binarySI && amount < Self.billion && amount > 0 ? .decimalSI : suffix.format
        self.init(nanos: isNegative ? -amount : amount, format: format)
    }

    /// Digits with a point: whole part and billionths of billionths.
    private struct Number {
        var whole: Int128 = 0
        var fraction: Int128 = 0

        init?(_ text: inout ArraySlice<UInt8>) {
            var digits = 0
            func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
            let left = text.prefix(while: isDigit)
            text = text.dropFirst(left.count)
            for digit in left where whole < 10_000_000_000_000_000_000 { whole = whole * 10 + Int128(digit - 48) }
            digits += left.count
            if text.first == UInt8(ascii: ".") {
                text = text.dropFirst()
                let right = text.prefix(while: isDigit)
                text = text.dropFirst(right.count)
                for index in 0..<18 {
                    let digit = index < right.count ? right[right.startIndex + index] - 48 : 0
                    fraction = fraction * 10 + Int128(digit)
                }
                if right.dropFirst(18).contains(where: { $0 != 48 }) { fraction += 1 }
                digits += right.count
            }
            if digits == 0 { return nil }
        }

        func nanos(times suffix: Suffix) -> Int128 {
            if suffix.divisor > 1 {
                let scaled = min(whole, 10_000_000_000_000_000_000) * 1_000_000_000_000_000_000 + fraction
                let (divisor, overflow) = suffix.divisor.multipliedReportingOverflow(by: Quantity.billion)
                return overflow ? (scaled > 0 ? 1 : 0) : Quantity.roundedUp(scaled, by: divisor)
            }
            let (wholes, overflow) = whole.multipliedReportingOverflow(by: suffix.factor)
            if overflow || wholes > Int128(Int64.max) { return Quantity.largest }
            let (parts, tooLarge) = fraction.multipliedReportingOverflow(by: suffix.factor)
            if tooLarge { return Quantity.largest }
            return wholes * Quantity.billion + Quantity.roundedUp(parts, by: Quantity.billion)
        }
    }

    /// What stands behind the digits.
    private struct Suffix {
        var factor: Int128 = 1
        var divisor: Int128 = 1
        var format = Format.decimalSI

        init?(_ text: ArraySlice<UInt8>) {
            let suffix = String(decoding: text, as: UTF8.self)
            if let power = Quantity.binarySuffixes.firstIndex(of: suffix), power > 0 {
                factor = 1 << (10 * Int128(power))
                format = .binarySI
            } else if let index = Quantity.decimalSuffixes.firstIndex(of: suffix) {
                scale(by: (index - 3) * 3)
            } else if let mark = text.first, mark | 0x20 == UInt8(ascii: "e"), text.count <= 12,
                let exponent = Int(suffix.dropFirst()), text.dropFirst().contains(where: { (48...57).contains($0) })
            {
                scale(by: exponent)
                format = .decimalExponent
            } else {
                return nil
            }
        }

        private mutating func scale(by exponent: Int) {
            let power = (0..<min(abs(exponent), 37)).reduce(Int128(1)) { power, _ in power * 10 }
            if exponent < 0 { divisor = power } else { factor = power }
        }
    }

    fileprivate static let binarySuffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]
    fileprivate static let decimalSuffixes = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"]
}

extension Quantity: CustomStringConvertible {
    /// The canonical form: no fraction, the largest suffix that allows it. Source: CanonicalizeBytes.
    package var description: String {
        if nanos == 0 { return "0" }
        if format == .binarySI, nanos.magnitude >= 1024 * 1_000_000_000 { return binary }
        var (number, exponent) = (nanos, -9)
        while exponent < 18, number % 1000 == 0 { (number, exponent) = (number / 1000, exponent + 3) }
        if format == .decimalExponent { return exponent == 0 ? "\(number)" : "\(number)e\(exponent)" }
        return "\(number)\(Self.decimalSuffixes[exponent / 3 + 3])"
    }

    private var binary: String {
        var (number, power) = (Self.roundedUp(nanos, by: Self.billion), 0)
        while power < 6, number % 1024 == 0 { (number, power) = (number / 1024, power + 1) }
        return "\(number)\(Self.binarySuffixes[power])"
    }
}

extension Quantity: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text: String
        if let int = try? container.decode(Int64.self) {
            text = "\(int)"
        } else if let double = try? container.decode(Double.self) {
            text = "\(double)"
        } else {
            text = try container.decode(String.self)
        }
        guard let quantity = Quantity(text) else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "expected a quantity such as 100m or 64Mi, found \"\(text)\""))
        }
        self = quantity
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
