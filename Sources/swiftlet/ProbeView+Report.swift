import Kubernetes
import Pods
import Server

extension ProbeView {
    init(_ report: ProbeReport, address: String? = nil) {
        let probe = report.probe
        let timing = [
            "delay=\(seconds(probe.initialDelay))s", "timeout=\(seconds(probe.timeout))s",
            "period=\(seconds(probe.period))s", "#success=\(probe.successThreshold)",
            "#failure=\(probe.failureThreshold)",
        ]
        let threshold = report.lastIsGood == false ? probe.failureThreshold : probe.successThreshold
        let what = report.lastIsGood == false ? "failures" : "successes"
        self.init(
            container: report.container, kind: report.kind.rawValue, question: probe.question(at: address),
            timing: timing.joined(separator: " "), verdict: report.verdict?.rawValue,
            tally: report.lastIsGood == nil ? "no answer counted yet" : "\(report.inARow) of \(threshold) \(what)",
            periodSeconds: probe.period / .seconds(1), answers: report.notes.map(ProbeAnswerView.init))
    }
}

extension ProbeAnswerView {
    init(_ note: ProbeNote) {
        self.init(
            at: note.at, milliseconds: note.took / .milliseconds(1), outcome: note.outcome, output: note.output,
            isCounted: note.isCounted)
    }
}

private func seconds(_ duration: Duration) -> Int64 { duration.components.seconds }

extension Pods.Pod.Container.Probe {
    /// What is asked, in a line.
    fileprivate func question(at address: String?) -> String {
        let pod = address ?? "<pod>"
        switch action {
        case .exec(let command): return "exec [\(command.joined(separator: " "))]"
        case .http(let get):
            let headers = get.headers.map { " \($0.name): \($0.value)" }.joined(separator: ",")
            return "GET \(get.scheme.rawValue)://\(get.host ?? pod):\(get.port)\(get.path)"
                + (headers.isEmpty ? "" : " with\(headers)")
        case .tcp(let host, let port): return "tcp-socket \(host ?? pod):\(port)"
        case .grpc(let port, let service): return "grpc \(pod):\(port) \(service.isEmpty ? "" : "service \(service)")"
        }
    }
}

extension Pods.Pod.Container.PortReference: CustomStringConvertible {
    package var description: String {
        switch self {
        case .number(let number): "\(number)"
        case .name(let name): name
        }
    }
}

/// Asks a pod's probes out of turn.
///
/// - Parameter uid: the pod's; one of the same name that came after is another.
func askNow(_ request: ProbeRequest, ofPod uid: String, _ pods: PodManager) async throws -> [ProbeNowView] {
    guard let prober = await pods.prober(of: Pods.Pod.ID(uid)) else {
        throw ControlError(.conflict, "pod \"\(request.pod)\" waits until an older pod of its name is gone")
    }
    let reports = await prober.reports().filter { report in
        (request.container.map { $0 == report.container } ?? true)
            && (request.kind.map { $0 == report.kind.rawValue } ?? true)
    }
    if reports.isEmpty {
        let kind = request.kind.map { "\($0) probe" } ?? "probe"
        let place = request.container.map { "container \"\($0)\" of pod" } ?? "pod"
        throw ControlError(.notFound, "\(place) \"\(request.pod)\" has no \(kind)")
    }
    return try await withThrowingTaskGroup(of: (Int, ProbeNowView?).self) { group in
        for (index, report) in reports.enumerated() {
            group.addTask {
                guard let (question, note) = await prober.askNow(report.container, report.kind) else {
                    return (index, nil)
                }
                return (
                    index,
                    ProbeNowView(probe: ProbeView(report, address: question.address), answer: ProbeAnswerView(note))
                )
            }
        }
        return try await group.reduce(into: [(Int, ProbeNowView?)]()) { $0.append($1) }
            .sorted { $0.0 < $1.0 }.compactMap(\.1)
    }
}
