import SystemPackage

/// The variables that this process was started with, `KEY=value` each, without those that speak to it alone.
///
/// Source: `/proc/self/environ`, proc(5); what the service manager says to one service: sd_notify(3), sd_listen_fds(3).
package func inheritableEnvironment() throws -> [String] {
    let personal = ["NOTIFY_SOCKET=", "WATCHDOG_", "LISTEN_", "JOURNAL_STREAM=", "INVOCATION_ID="]
    let bytes = try readFile(at: "/proc/self/environ") ?? []
    return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        .filter { variable in !personal.contains { variable.hasPrefix($0) } }
}
