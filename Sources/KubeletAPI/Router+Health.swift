import Logging
import NIOHTTP1

extension Router {
    /// Source: kubernetes `apiserver/pkg/server/healthz`, whose words these are.
    func health(_ request: Request, _ rest: [String]) async throws -> Answer {
        try request.require(.GET, .HEAD)
        if let name = rest.first {
            guard rest.count == 1, let check = checks.first(where: { $0.name == name }) else { throw Refusal.notFound }
            do {
                try await judge(check)
                return .text("ok")
            } catch {
                return .error(.internalServerError, "internal server error: \(error)")
            }
        }
        let excluded = Set(request.query.all("exclude"))
        var (lines, failed) = ([String](), [String]())
        for check in checks {
            if excluded.contains(check.name) {
                lines.append("[+]\(check.name) excluded: ok")
                continue
            }
            do {
                try await judge(check)
                lines.append("[+]\(check.name) ok")
            } catch {
                Logger.current.error("Health check fails", metadata: ["check": "\(check.name)", "error": "\(error)"])
                // Why is for the log: everybody may ask here.
                lines.append("[-]\(check.name) failed: reason withheld")
                failed.append(check.name)
            }
        }
        let unknown = excluded.subtracting(checks.map(\.name)).sorted()
        if !unknown.isEmpty {
            lines.append(
                "warn: some health checks cannot be excluded: no matches for "
                    + unknown.map { "\"\($0)\"" }.joined(separator: ","))
        }
        let report = lines.map { $0 + "\n" }.joined()
        guard failed.isEmpty else { return .error(.internalServerError, report + "healthz check failed") }
        return request.query["verbose"] == nil ? .text("ok") : .text(report + "healthz check passed\n")
    }

    private func judge(_ check: HealthCheck) async throws {
        do {
            try await check.ask()
            control.measure(.checked(name: check.name, isGood: true))
        } catch {
            control.measure(.checked(name: check.name, isGood: false))
            throw error
        }
    }

    private var checks: [HealthCheck] { [HealthCheck("ping") {}, HealthCheck("log") {}] + control.checks }
}
