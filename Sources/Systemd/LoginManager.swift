package import Linux
package import SystemPackage

/// systemd-logind, which holds the machine's shutdown up until its pods have ended.
///
/// - SeeAlso: `org.freedesktop.login1(5)`, `systemd-inhibit(1)`.
package actor LoginManager {
    private let bus: SystemBus

    /// Connects. Throws where there is no message bus, or no logind on it.
    package init() throws(SyscallError) {
        let bus = try SystemBus.system()
        try bus.subscribeToShutdown()
        _ = try bus.inhibitDelay()
        self.bus = bus
    }

    /// Sees to it that a shutdown may be held up for so long, by a file in `directory` where logind's own limit is lower.
    ///
    /// Source: facts of kubelet, §10.6; `logind.conf(5)`. logind reads its files again on SIGHUP.
    package func allowDelay(
        of needed: Duration, directory: FilePath = "/etc/systemd/logind.conf.d"
    ) async throws {
        guard try bus.inhibitDelay() < needed else { return }
        let seconds = needed.components.seconds + (needed.components.attoseconds > 0 ? 1 : 0)
        try makeDirectories(directory, mode: 0o755)
        let text =
            "# Pods of Swiftlet have this long to end: shutdownGracePeriod.\n[Login]\nInhibitDelayMaxSec=\(seconds)\n"
        let file = directory.appending("99-swiftlet.conf")
        try replaceFile(at: file, with: Array(text.utf8))
        try setMode(0o644, of: file)
        try bus.kill(unit: "systemd-logind.service", signal: 1)
        for _ in 0..<50 {
            if try bus.inhibitDelay() >= needed { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw DelayTooShort(needed: needed, allowed: try bus.inhibitDelay())
    }

    /// Takes a lock: the shutdown waits until the descriptor is closed, or logind's limit is over.
    package func inhibitShutdown(why: String) throws(SyscallError) -> OwnedFileDescriptor {
        try bus.inhibitShutdown(who: "swiftlet", why: why)
    }

    /// Waits until a shutdown begins (true), or is called off (false).
    package func shutdown() async throws -> Bool {
        while true {
            if let begins = try bus.nextPrepareForShutdown() { return begins }
            try await Poller.current.readable(bus.descriptor)
        }
    }

    package struct DelayTooShort: Error, CustomStringConvertible {
        let needed: Duration
        let allowed: Duration
        package var description: String { "logind holds a shutdown up for \(allowed) only, pods need \(needed)" }
    }
}
