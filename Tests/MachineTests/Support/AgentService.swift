/// The packaged service, as systemd sees it.
enum AgentService {
    static func property(_ name: String) async throws -> String {
        try await shell("systemctl show -P \(name) swiftlet.service")
    }

    /// The agent's pid, while the service is up and has said so.
    static func pid() async throws -> Int? {
        guard try await property("ActiveState") == "active", let pid = Int(try await property("MainPID")), pid > 0
        else {
            return nil
        }
        return pid
    }

    @discardableResult
    static func untilItIsUp() async throws -> Int { try await until("the service is active") { try await pid() } }

    /// Waits until systemd has started another agent in the place of this one, and it answers.
    @discardableResult
    static func untilReplaced(_ old: Int) async throws -> Int {
        let new = try await until("another agent has come for \(old)") {
            let pid = try await pid()
            return pid == old ? nil : pid
        }
        try await until("the agent answers") { try await shell("swiftlet status") }
        return new
    }

    /// Changes the unit for as long as `body` runs.
    static func with(_ settings: String, _ body: () async throws -> Void) async throws {
        let folder = "/run/systemd/system/swiftlet.service.d"
        try await shell(
            "mkdir -p \(folder); printf '[Service]\\n\(settings)\\n' >\(folder)/test.conf; systemctl daemon-reload")
        try await doing(body) {
            try await shell("rm -r \(folder); systemctl daemon-reload; systemctl restart swiftlet")
            try await untilItIsUp()
        }
    }
}
