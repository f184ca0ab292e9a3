/// All samples of one name, in the data model of Prometheus.
package struct MetricFamily: Equatable, Sendable {
    package enum Kind: String, Sendable { case counter, gauge, histogram }

    package struct Sample: Equatable, Sendable {
        /// What stands behind the family's name: a histogram has samples of three names.
        package var suffix = ""
        package var labels: Labels
        package var value: Double
        /// When it was measured, in milliseconds since 1970; `nil`: now.
        package var time: Int64?

        package init(suffix: String = "", labels: Labels, value: Double, time: Int64? = nil) {
            self.suffix = suffix
            self.labels = labels
            self.value = value
            self.time = time
        }
    }

    package var name: String
    package var help: String
    package var kind: Kind
    package var samples: [Sample]

    package init(_ name: String, _ kind: Kind, _ help: String, _ samples: [Sample] = []) {
        self.name = name
        self.kind = kind
        self.help = help
        self.samples = samples
    }

    /// One of a single sample.
    package init(_ name: String, _ kind: Kind, _ help: String, labels: Labels = Labels(), value: Double) {
        self.init(name, kind, help, [Sample(labels: labels, value: value)])
    }

    /// - Parameter value: `nil`, nobody has measured it: there is no such sample.
    mutating func add(_ labels: Labels, _ value: Double?, at time: Int64? = nil) {
        if let value { samples.append(Sample(labels: labels, value: value, time: time)) }
    }
}

/// Writes families in Prometheus' text format 0.0.4, those without samples left out, by name.
///
/// Source: Prometheus, "Exposition formats".
package func metricsText(_ families: [MetricFamily]) -> [UInt8] {
    var text: [UInt8] = []
    for family in families.sorted(by: { $0.name < $1.name }) where !family.samples.isEmpty {
        text += "# HELP \(family.name) \(escaped(family.help, quotes: false))\n".utf8
        text += "# TYPE \(family.name) \(family.kind.rawValue)\n".utf8
        for sample in family.samples {
            text += family.name.utf8
            text += sample.suffix.utf8
            if !sample.labels.text.isEmpty {
                text.append(UInt8(ascii: "{"))
                text += sample.labels.text.utf8
                text.append(UInt8(ascii: "}"))
            }
            text.append(UInt8(ascii: " "))
            text += numberText(sample.value).utf8
            if let time = sample.time {
                text.append(UInt8(ascii: " "))
                text += "\(time)".utf8
            }
            text.append(UInt8(ascii: "\n"))
        }
    }
    return text
}

/// The shortest text of a number, without a point where it is whole.
func numberText(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    if value.rounded() == value, abs(value) < 1e15 { return "\(Int64(value))" }
    return "\(value)"
}
