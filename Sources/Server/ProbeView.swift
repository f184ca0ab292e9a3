package import Kubernetes

/// One probe of a container, as the command line shows it.
package struct ProbeView: Codable, Equatable, Sendable {
    package var container: String
    /// `startup`, `readiness`, `liveness`.
    package var kind: String
    /// What is asked, in a line: `exec [cat /tmp/healthy]`, `GET http://10.85.0.7:8080/healthz`.
    package var question: String
    /// `delay=0s timeout=1s period=10s #success=1 #failure=3`, as kubectl writes it.
    package var timing: String
    /// `passing`, `failing`; nil: not decided yet.
    package var verdict: String?
    /// Equal answers that came in a row, and how many of them decide: `2 of 3 failures`.
    package var tally: String
    package var periodSeconds: Double
    /// Remembered answers, oldest first.
    package var answers: [ProbeAnswerView]

    package init(
        container: String, kind: String, question: String, timing: String, verdict: String?, tally: String,
        periodSeconds: Double, answers: [ProbeAnswerView]
    ) {
        self.container = container
        self.kind = kind
        self.question = question
        self.timing = timing
        self.verdict = verdict
        self.tally = tally
        self.periodSeconds = periodSeconds
        self.answers = answers
    }
}

/// One answer of a probe.
package struct ProbeAnswerView: Codable, Equatable, Sendable {
    package var at: Time
    package var milliseconds: Double
    /// `success`, `warning`, `failure`, `error`.
    package var outcome: String
    package var output: String
    /// Whether it counted for the verdict.
    package var isCounted: Bool

    package init(at: Time, milliseconds: Double, outcome: String, output: String, isCounted: Bool) {
        self.at = at
        self.milliseconds = milliseconds
        self.outcome = outcome
        self.output = output
        self.isCounted = isCounted
    }
}

/// Ask a container's probes now.
package struct ProbeRequest: Codable, Equatable, Sendable {
    package var pod: PodName
    /// Nil: all that have probes.
    package var container: String?
    /// Nil: all.
    package var kind: String?

    package init(pod: PodName, container: String? = nil, kind: String? = nil) {
        self.pod = pod
        self.container = container
        self.kind = kind
    }
}

/// What one probe answered when it was asked out of turn, beside what is known of it.
package struct ProbeNowView: Codable, Equatable, Sendable {
    package var probe: ProbeView
    package var answer: ProbeAnswerView

    package init(probe: ProbeView, answer: ProbeAnswerView) {
        self.probe = probe
        self.answer = answer
    }
}
