/// How long tasks of a group had to wait for a resource.
///
/// Source: `Documentation/accounting/psi.rst`, Linux 4.20.
package struct Pressure: Equatable, Sendable {
    /// Of `irq` there is only "all tasks": Linux 6.1.
    package enum Resource: String, CaseIterable, Sendable { case cpu, memory, io, irq }

    /// Shares of time are percent; the total is microseconds since the group was made.
    package struct Stall: Equatable, Sendable {
        package var average10: Double = 0
        package var average60: Double = 0
        package var average300: Double = 0
        package var total: UInt64 = 0
    }

    /// At least one task waited.
    package var some = Stall()
    /// All tasks waited at once.
    package var full = Stall()

    package init() {}

    package init(parsing text: some StringProtocol) throws(ParseError) {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            var stall = Stall()
            for word in words.dropFirst() {
                let pair = word.split(separator: "=", maxSplits: 1)
                guard pair.count == 2, let value = Double(pair[1]) else {
                    throw ParseError(file: "pressure", line: String(line))
                }
                switch pair[0] {
                case "avg10": stall.average10 = value
                case "avg60": stall.average60 = value
                case "avg300": stall.average300 = value
                case "total": stall.total = UInt64(pair[1]) ?? 0
                default: continue
                }
            }
            switch words.first {
            case "some": some = stall
            case "full": full = stall
            default: throw ParseError(file: "pressure", line: String(line))
            }
        }
    }
}

extension Cgroup {
    /// `nil` when the kernel does not measure it.
    package func pressure(_ resource: Pressure.Resource) throws -> Pressure? {
        try read("\(resource.rawValue).pressure", ifExists: true).map { try Pressure(parsing: $0) }
    }
}
