/// Shows how far a pull is: one line that is overwritten on a terminal, a line a step elsewhere.
package struct PullDisplay: Sendable {
    private let isTerminal: Bool
    private let width: Int
    private var layers: [String: PullEvent] = [:]
    private var whole = PullEvent(step: "")
    private var shown = ""

    package init(isTerminal: Bool, width: Int = 80) {
        self.isTerminal = isTerminal
        self.width = width
    }

    /// Takes one more event; returns what is to be written now, if anything.
    package mutating func take(_ event: PullEvent) -> String? {
        let before = event.layer.flatMap { layers[$0]?.step } ?? whole.step
        if let layer = event.layer { layers[layer] = event } else { whole = event }
        if isTerminal { return redraw() }
        guard event.step != before else { return nil }
        let what = event.layer.map { Words.short($0) + ": " } ?? ""
        let size = event.bytesTotal.map { " (\(Words.bytes($0)))" } ?? ""
        return "\(what)\(event.step)\(size)\n"
    }

    /// What takes the bar away before the answer is printed.
    package var end: String { isTerminal && !shown.isEmpty ? "\r\u{1B}[K" : "" }

    private mutating func redraw() -> String? {
        // A source that does not tell layers apart tells of the whole.
        let parts = layers.isEmpty ? [whole] : Array(layers.values)
        let total = parts.compactMap(\.bytesTotal).reduce(0, +)
        let done = parts.reduce(0) { $0 + min($1.bytesDone, $1.bytesTotal ?? $1.bytesDone) }
        let finished = layers.values.count { $0.step == "done" }
        var line = layers.isEmpty ? whole.step : "\(finished)/\(layers.count) layers"
        if total > 0 {
            let amounts = " \(Words.bytes(done))/\(Words.bytes(total))"
            let room = max(10, min(40, width - line.count - amounts.count - 10))
            let filled = Int(Int64(room) * min(done, total) / total)
            let bar = String(repeating: "=", count: filled) + String(repeating: " ", count: room - filled)
            line += " [\(bar)] \(min(done, total) * 100 / total)%\(amounts)"
        }
        line = String(line.prefix(width - 1))
        guard line != shown else { return nil }
        shown = line
        return "\r\(line)\u{1B}[K"
    }
}
