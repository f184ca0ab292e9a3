import FoundationEssentials
import NIOHTTP1

extension Router {
    func debug(_ request: Request, _ rest: [String]) async throws -> Answer {
        switch rest.first {
        case "pprof":
            guard settings.hasProfilingHandler else {
                return .error(.methodNotAllowed, "profiling endpoint is disabled.")
            }
            return .error(.notFound, "profiles are those of a Go program, which this node agent is not")
        case "flags" where rest == ["flags", "v"] && settings.hasDebuggingHandlers:
            guard settings.hasDebugFlagsHandler else { return .error(.methodNotAllowed, "flags endpoint is disabled.") }
            return setVerbosity(request)
        default: throw Refusal.notFound
        }
    }

    /// The verbosity can only be set: a kubelet, too, answers all but PUT with 406 and "unimplemented method".
    ///
    /// Source: kubernetes `apiserver/pkg/server/routes/flags.go`, `StringFlagPutHandler`, whose words these are.
    private func setVerbosity(_ request: Request) -> Answer {
        guard request.method == .PUT else { return .error(.notAcceptable, "unimplemented method: \(request.method)") }
        let text = String(decoding: request.body, as: UTF8.self)
        guard let level = Int(text), (0...10).contains(level), let set = control.setVerbosity else {
            return .text("failed set klog.logging.verbosity \(text): not a number from 0 to 10", .badRequest)
        }
        set(level)
        return .text("successfully set klog.logging.verbosity to \(level)")
    }

    private static let warning =
        "Warning: This endpoint is not meant to be machine parseable, has no formatting compatibility guarantees and is "
        + "for debugging purposes only.\n\n"

    /// Source: kubernetes `component-base/zpages`, whose words these are.
    func statusPage(_ now: Date) -> Answer {
        let up = Int(now.timeIntervalSince(control.started))
        let time = (up / 3600, up / 60 % 60, up % 60)
        return .text(
            "\nkubelet statusz\n\(Self.warning)Started: \(control.started)\n"
                + "Up: \(time.0) hr \(Self.two(time.1)) min \(Self.two(time.2)) sec\n"
                + "Binary version: \(settings.version)\nPaths: /configz /debug /healthz /metrics\n")
    }

    func flagPage() -> Answer {
        let lines = control.flags.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)\n" }
        return .text("\nkubelet flags\n\(Self.warning)\(lines.joined())")
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
