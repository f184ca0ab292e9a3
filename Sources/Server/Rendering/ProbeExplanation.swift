package import Kubernetes

/// What a probe asked now, for people: the question, its answer, and what answers have added up to.
package struct ProbeExplanation: CustomStringConvertible {
    private let view: ProbeNowView
    private let now: Time

    package init(_ view: ProbeNowView, at now: Time) {
        self.view = view
        self.now = now
    }

    package var description: String {
        let (probe, answer) = (view.probe, view.answer)
        var lines = ["\(probe.container) \(probe.kind): \(answer.outcome) in \(answer.time)"]
        lines.append("  asked     \(probe.question)")
        if !answer.output.isEmpty { lines.append("  answered  \(answer.text(limit: 20, indent: 12))") }
        lines.append("  verdict   \(probe.verdict ?? "not decided yet"), \(probe.tally)")
        lines.append("  settings  \(probe.timing)")
        lines.append("  history   \(probe.history(at: now))")
        lines.append("  This answer was out of turn and does not count.")
        return lines.joined(separator: "\n")
    }
}

extension ProbeView {
    /// The last answers in a line: `success 3s ago (2 ms), failure 13s ago (1000 ms)`.
    package func history(at now: Time) -> String {
        if answers.isEmpty { return "not asked yet" }
        return answers.suffix(5).reversed().map { answer in
            "\(answer.outcome) \(Words.age(of: answer.at, at: now)) ago (\(answer.time)"
                + (answer.isCounted ? ")" : ", not counted)")
        }.joined(separator: ", ")
    }
}

extension ProbeAnswerView {
    var time: String { milliseconds < 10 ? "\((milliseconds * 10).rounded() / 10) ms" : "\(Int(milliseconds)) ms" }

    /// The first lines of what came back.
    func text(limit: Int, indent: Int) -> String {
        output.split(separator: "\n").prefix(limit).joined(separator: "\n" + String(repeating: " ", count: indent))
    }
}
