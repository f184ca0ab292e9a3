package import Machine
package import Pods
import SystemPackage

/// Asks a container what its probe asks: by a command in it, or over the network from the node, as the kubelet does.
package struct Prober: Sendable {
    private let machine: Machine
    private let network: NetworkProbe

    package init(_ machine: Machine, version: String) {
        self.machine = machine
        network = NetworkProbe(version: version)
    }

    package func ask(_ question: ProbeQuestion) async throws -> ProbeAnswer {
        guard case .exec(let command) = question.probe.action else { return try await network.ask(question) }
        let end = try await machine.run(
            command, in: question.container, of: question.pod, timeout: question.probe.timeout,
            outputLimit: NetworkProbe.outputLimit)
        let output = String(decoding: end.output, as: UTF8.self)
        guard let code = end.code else {
            let text = command.joined(separator: " ")
            return ProbeAnswer(
                .failure,
                "command timed out: \"\(text)\" timed out after \(question.probe.timeout.seconds)")
        }
        return ProbeAnswer(code == 0 ? .success : .failure, output)
    }
}

extension Duration {
    /// As Go writes it: `1s`, `2.5s`.
    var seconds: String {
        let seconds = self / .seconds(1)
        return seconds == seconds.rounded() ? "\(Int64(seconds))s" : "\(seconds)s"
    }
}
