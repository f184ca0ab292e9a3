package import Kubernetes

/// How amounts and times are put for people.
package enum Words {
    /// How long ago, as kubectl's AGE: `37s`, `5m12s`, `3h`, `12d`. Source: apimachinery `duration.HumanDuration`.
    package static func age(of time: Time?, at now: Time) -> String {
        guard let time else { return "<unknown>" }
        let seconds = max(0, now.seconds - time.seconds)
        let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400)
        func pair(_ large: Int64, _ one: String, _ small: Int64, _ other: String) -> String {
            small == 0 ? "\(large)\(one)" : "\(large)\(one)\(small)\(other)"
        }
        if seconds < 120 { return "\(seconds)s" }
        if minutes < 10 { return pair(minutes, "m", seconds % 60, "s") }
        if minutes < 180 { return "\(minutes)m" }
        if hours < 8 { return pair(hours, "h", minutes % 60, "m") }
        if hours < 48 { return "\(hours)h" }
        if days < 8 { return pair(days, "d", hours % 24, "h") }
        if days < 365 * 2 { return "\(days)d" }
        return pair(days / 365, "y", days % 365, "d")
    }

    /// `1.2MB`, decimal as registries and disks count.
    package static func bytes(_ count: Int64) -> String {
        var (amount, unit) = (Double(count), "B")
        for next in ["kB", "MB", "GB", "TB"] where amount >= 1000 { (amount, unit) = (amount / 1000, next) }
        if unit == "B" || amount >= 100 { return "\(Int64(amount.rounded()))\(unit)" }
        let tenths = Int64((amount * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)\(unit)"
    }

    /// The first 12 digits of a digest, as image tables show it.
    package static func short(_ digest: String) -> String {
        String((digest.split(separator: ":").last ?? "").prefix(12))
    }
}
