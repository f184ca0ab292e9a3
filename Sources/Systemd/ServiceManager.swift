import CSystemd
package import Linux
import SystemPackage

/// What the agent tells the service manager that started it.
///
/// Where nobody listens (`NOTIFY_SOCKET` is not set) telling is no error and has no effect.
///
/// - SeeAlso: `sd_notify(3)`, `sd_watchdog_enabled(3)`, `sd_booted(3)`.
package enum ServiceManager {
    /// Whether systemd runs this machine. False in a container and wherever something else is process 1.
    package static var isRunning: Bool { sd_booted() > 0 }

    /// How long the agent may stay silent before it is killed; `nil` when it is not watched.
    package static var watchdogInterval: Duration? {
        var microseconds: UInt64 = 0
        let result = unsafe sd_watchdog_enabled(0, &microseconds)
        return result > 0 ? .microseconds(Int64(clamping: microseconds)) : nil
    }

    /// Tells the service manager something. Several notices go in one message.
    package static func notify(_ notices: Notice...) throws(SyscallError) {
        let text = notices.map(\.text).joined(separator: "\n")
        _ = try systemd("notify the service manager") { unsafe sd_notify(0, text) }
    }

    /// Says at half of the watchdog's interval that the agent is well, for as long as it is and the task lives.
    ///
    /// An agent that hangs does not get here, and one that is not well keeps silent: both are restarted.
    package static func keepWatchdogQuiet(
        while isWell: @Sendable () async -> Bool = { true }, clock: some Clock<Duration> = ContinuousClock()
    ) async throws {
        guard let interval = watchdogInterval else { return }
        while !Task.isCancelled {
            if await isWell() { try notify(.watchdog) }
            try await clock.sleep(for: interval / 2)
        }
    }
}

extension ServiceManager {
    /// One assignment of `sd_notify(3)`.
    package enum Notice: Equatable, Sendable {
        /// Start-up is over, or a reload is.
        case ready
        /// The configuration is being read again; ``ready`` ends it. Carries the time, as `Type=notify-reload` asks.
        case reloading
        case stopping
        /// One line for `systemctl status`.
        case status(String)
        /// The agent lives.
        case watchdog

        package var text: String {
            switch self {
            case .ready: "READY=1"
            case .reloading: "RELOADING=1\nMONOTONIC_USEC=\(Self.monotonicMicroseconds)"
            case .stopping: "STOPPING=1"
            // A newline would begin another assignment.
            case .status(let line): "STATUS=\(line.split(whereSeparator: \.isNewline).joined(separator: " "))"
            case .watchdog: "WATCHDOG=1"
            }
        }

        /// `CLOCK_MONOTONIC`, which Swift calls the suspending clock.
        private static var monotonicMicroseconds: Int64 {
            let clock = SuspendingClock()
            let (seconds, attoseconds) = clock.systemEpoch.duration(to: clock.now).components
            return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
        }
    }
}

/// Runs one call of libsystemd, which answers with a negative errno when it fails.
@discardableResult
func systemd(_ operation: @autoclosure () -> String, _ call: () -> Int32) throws(SyscallError) -> Int32 {
    let result = call()
    if result < 0 { throw SyscallError(operation(), Errno(rawValue: -result)) }
    return result
}
