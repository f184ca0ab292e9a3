/// One line of a container's log file, in the format of the Container Runtime Interface:
/// `2026-01-02T03:04:05.123456789Z stdout F text`.
///
/// Source: the kubelet's `pkg/kubelet/kuberuntime/logs`.
package struct LogLine: Equatable, Sendable {
    package enum Stream: String, CaseIterable, Hashable, Sendable { case stdout, stderr }

    /// As it stands in the file.
    package var timestamp: String
    package var stream: Stream
    /// The container's line goes on in the stream's next one: tag `P`, not `F`.
    package var isPartial: Bool
    /// Without the newline that the file has.
    package var content: [UInt8]

    package init(timestamp: String, stream: Stream, isPartial: Bool = false, content: [UInt8]) {
        self.timestamp = timestamp
        self.stream = stream
        self.isPartial = isPartial
        self.content = content
    }

    /// Reads a line without its newline; `nil` if it has another form, as after a power cut.
    package init?(parsing line: some Collection<UInt8>) {
        let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0].count >= 20,
            let stream = Stream(rawValue: String(decoding: parts[1], as: UTF8.self))
        else { return nil }
        // The tag may carry more after a colon.
        switch String(decoding: parts[2].prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self) {
        case "P": isPartial = true
        case "F": isPartial = false
        default: return nil
        }
        timestamp = String(decoding: parts[0], as: UTF8.self)
        self.stream = stream
        content = Array(parts[3])
    }

    /// Nanoseconds since 1970; `nil` if the timestamp is not one of RFC 3339.
    package var nanoseconds: Int64? { LogTime.nanoseconds(of: timestamp) }
}

/// Times of log lines.
package enum LogTime {
    /// Reads RFC 3339 with any fraction and offset. Source: RFC 3339, section 5.6.
    package static func nanoseconds(of text: String) -> Int64? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, let year = number(bytes[0..<4]), let month = number(bytes[5..<7]),
            let day = number(bytes[8..<10]), let hour = number(bytes[11..<13]), let minute = number(bytes[14..<16]),
            let second = number(bytes[17..<19]), bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            bytes[10] | 0x20 == UInt8(ascii: "t"), bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        var rest = bytes[19...]
        guard let fraction = takeFraction(&rest), let offset = offset(rest) else { return nil }
        let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset
        let (nanoseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? nil : nanoseconds + fraction
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        var value: Int64 = 0
        for byte in digits {
            guard (48...57).contains(byte) else { return nil }
            value = value * 10 + Int64(byte - 48)
        }
        return value
    }

    /// Nanoseconds behind the point, if there is one. Further digits are dropped.
    private static func takeFraction(_ rest: inout ArraySlice<UInt8>) -> Int64? {
        guard rest.first == UInt8(ascii: ".") else { return 0 }
        rest = rest.dropFirst()
        let digits = rest.prefix { (48...57).contains($0) }
        rest = rest.dropFirst(digits.count)
        if digits.isEmpty { return nil }
        return number(digits.prefix(9) + [UInt8](repeating: 48, count: max(0, 9 - digits.count)))
    }

    /// Seconds that the place is ahead of UTC: `Z`, or `+01:00`.
    private static func offset(_ rest: ArraySlice<UInt8>) -> Int64? {
        if rest.count == 1, let letter = rest.first, letter | 0x20 == UInt8(ascii: "z") { return 0 }
        let bytes = Array(rest)
        guard bytes.count == 6, bytes[3] == UInt8(ascii: ":"), let hours = number(bytes[1..<3]),
            let minutes = number(bytes[4..<6])
        else { return nil }
        switch bytes[0] {
        case UInt8(ascii: "+"): return (hours * 60 + minutes) * 60
        case UInt8(ascii: "-"): return -(hours * 60 + minutes) * 60
        default: return nil
        }
    }

    /// Days from 1970-01-01 in the Gregorian calendar, years counted from March.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
