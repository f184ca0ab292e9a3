/// Numbers of CPUs or memory nodes, written as the kernel does: `0-3,8`.
package struct NumberList: Equatable, Sendable, CustomStringConvertible {
    package var numbers: Set<Int>

    package init(_ numbers: Set<Int>) { self.numbers = numbers }

    /// Source: `cpuset(7)`, List format, without strides.
    package init(parsing text: some StringProtocol) throws(ParseError) {
        numbers = []
        for part in text.split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false)
            guard let first = Int(ends[0]), first >= 0, ends.count <= 2, let last = Int(ends[ends.count - 1]),
                last >= first, last < 1 << 16
            else { throw ParseError(file: "cpuset", line: String(text)) }
            numbers.formUnion(first...last)
        }
    }

    package var description: String {
        var ranges: [ClosedRange<Int>] = []
        for number in numbers.sorted() {
            if let last = ranges.last, last.upperBound + 1 == number {
                ranges[ranges.count - 1] = last.lowerBound...number
            } else {
                ranges.append(number...number)
            }
        }
        return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
            .joined(separator: ",")
    }
}

extension Cgroup {
    /// The CPUs that the group really has; `nil` without the controller.
    package func effectiveCPUs() throws -> NumberList? {
        try read("cpuset.cpus.effective", ifExists: true).map { try NumberList(parsing: $0) }
    }
}
