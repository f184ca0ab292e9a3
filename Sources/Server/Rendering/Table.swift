/// Columns of text for people, as wide as their longest cell.
package struct Table: CustomStringConvertible, Sendable {
    private let lines: [[String]]
    private let separator: String

    package init(_ columns: [String], _ rows: [[String]], separator: String = "   ") {
        lines = (columns.isEmpty ? [] : [columns]) + rows
        self.separator = separator
    }

    package var description: String {
        let count = lines.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in lines.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        return lines.map { line in
            let cells = zip(line, widths).map { $0 + String(repeating: " ", count: max(0, $1 - $0.count)) }
            let text = cells.joined(separator: separator)
            // No blanks at a line's end: output is also read by programs and diffs.
            return String(text.reversed().drop { $0 == " " }.reversed())
        }.joined(separator: "\n")
    }
}
