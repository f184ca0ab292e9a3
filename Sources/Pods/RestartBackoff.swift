/// How long a failed thing waits before the next try.
///
/// Source: facts of kubelet, §3.1, §3.4, §7.3, and its recorded requests: the first restart of a container comes at
/// once, the next after 10 s, then doubled up to 5 min, also after an exit with 0. One that ran for more than
/// 10 min starts over. Computed from the exit's record: an agent that is itself restarted goes on where it was.
package enum RestartBackoff {
    static let initial = Duration.seconds(10)
    package static let longest = Duration.seconds(300)
    static let lasting = Duration.seconds(600)

    /// The delay after so many failures in a row.
    static func delay(after failures: Int, longest: Duration = longest) -> Duration {
        failures <= 0 ? .zero : min(min(initial, longest) * (1 << min(failures - 1, 10)), longest)
    }

    /// When an instance that exited may be followed by another, and which attempt in a row that is.
    package static func next(
        after instance: Observed.Instance, exit: Observed.Exit, longest: Duration = longest
    ) -> (attempt: Int, delay: Duration, notBefore: Instant) {
        let lasted = instance.startedAt.boot.duration(to: exit.finishedAt.boot) > lasting
        let delay = lasted ? .zero : delay(after: instance.attempt, longest: longest)
        return (lasted ? 1 : instance.attempt + 1, delay, exit.finishedAt.boot.advanced(by: delay))
    }
}
