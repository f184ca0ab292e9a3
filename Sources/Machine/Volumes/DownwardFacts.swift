import Pods

/// What a pod may learn of itself and of the node, as texts. Source: facts of kubelet, §8.2 and §14.4.
struct DownwardFacts: Equatable, Sendable {
    var podIPs: [String] = []
    var hostIPs: [String] = []
    /// What a container may use that sets itself no limit.
    var allocatable = ResourceAmounts()

    /// `container` is whom a resource without a container's name is of.
    func value(
        of value: Pod.DownwardValue, in pod: Pod, container: Pod.Container?
    ) throws(MissingContent) -> String {
        switch value {
        case .field(let path): return try field(path, of: pod)
        case .resource(let name, let resource, let divisor):
            guard let container = name.map({ pod.container(named: $0) }) ?? container else {
                throw MissingContent("container \(name ?? "") not found")
            }
            return try "\(amount(resource, of: container, in: pod, divisor: divisor.thousandths))"
        }
    }

    private func field(_ path: String, of pod: Pod) throws(MissingContent) -> String {
        if let (kind, key) = DownwardField.key(of: path) {
            return (kind == "metadata.labels" ? pod.labels : pod.annotations)[key] ?? ""
        }
        switch path {
        case "metadata.name": return pod.name
        case "metadata.namespace": return pod.namespace
        case "metadata.uid": return pod.id.rawValue
        case "metadata.labels": return Self.lines(pod.labels)
        case "metadata.annotations": return Self.lines(pod.annotations)
        case "spec.nodeName": return pod.nodeName
        case "spec.serviceAccountName": return pod.serviceAccountName
        case "status.hostIP": return hostIPs.first ?? ""
        case "status.hostIPs": return hostIPs.joined(separator: ",")
        case "status.podIP": return podIPs.first ?? ""
        case "status.podIPs": return podIPs.joined(separator: ",")
        default: throw MissingContent("unsupported fieldPath: \(path)")
        }
    }

    /// In divisors, rounded up. Where a container has no limit of cpu or memory, the pod's is its, or what the node has.
    ///
    /// Source: kubernetes `pkg/api/v1/resource/helpers.go`; `defaultPodLimitsForDownwardAPI`.
    private func amount(
        _ resource: String, of container: Pod.Container, in pod: Pod, divisor: Int64
    ) throws(MissingContent) -> Int64 {
        let parts = resource.split(separator: ".", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { throw MissingContent("unsupported container resource : \(resource)") }
        let isLimit = parts[0] == "limits"
        let own = isLimit ? container.limits : container.requests
        let amounts = isLimit ? pod.limits(of: container) : container.requests
        let node = isLimit ? allocatable : nil
        let thousandths: Int128
        switch parts[1] {
        case "cpu":
            let found = amounts.cpu.flatMap { $0.thousandths == 0 ? nil : $0 }
            thousandths = Int128((found ?? node?.cpu)?.thousandths ?? 0)
        case "memory":
            let found = amounts.memory.flatMap { $0.bytes == 0 ? nil : $0 }
            thousandths = 1000 * Int128((found ?? node?.memory)?.bytes ?? 0)
        case "ephemeral-storage": thousandths = 1000 * Int128((amounts.disk ?? node?.disk)?.bytes ?? 0)
        case let pages where pages.hasPrefix("hugepages-"):
            let size = String(pages.dropFirst("hugepages-".count))
            thousandths = 1000 * Int128(own.hugePages[size]?.bytes ?? 0)
        default: throw MissingContent("unsupported container resource : \(resource)")
        }
        let divisor = Int128(max(1, divisor))
        return Int64(clamping: (thousandths + divisor - 1) / divisor)
    }

    /// Source: kubernetes `pkg/fieldpath`, `FormatMap`.
    private static func lines(_ values: [String: String]) -> String {
        values.sorted { $0.key < $1.key }.map { "\($0.key)=\(quoted($0.value))" }.joined(separator: "\n")
    }

    /// As Go's `%q` does.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 32 || scalar.value == 127:
                result += "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
