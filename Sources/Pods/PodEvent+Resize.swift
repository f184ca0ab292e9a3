import JSONText
import Kubernetes

/// What becomes of other amounts of cpu and memory.
///
/// Source: kubernetes `pkg/kubelet/events/podresize.go`, whose words and JSON these are.
extension PodEvent {
    static func resizePending(_ pod: Pod, _ pending: PendingResize) -> Self {
        let reason = pending.reason.rawValue
        let generation = pod.manifest.metadata?.generation
        return Self(
            .warning, "Resize\(reason)",
            "Pod resize \(reason): \(summary(of: pod, generation, problem: pending.message))")
    }

    static func resizeStarted(_ pod: Pod) -> Self {
        Self(.normal, "ResizeStarted", "Pod resize started: \(summary(of: pod, pod.manifest.metadata?.generation))")
    }

    /// - Parameter generation: the spec's that was granted.
    static func resizeCompleted(_ pod: Pod, generation: Int64?) -> Self {
        Self(.normal, "ResizeCompleted", "Pod resize completed: \(summary(of: pod, generation))")
    }

    static func resizeFailed(_ pod: Pod, _ problem: String) -> Self {
        let generation = pod.allocatedGeneration ?? pod.manifest.metadata?.generation
        return Self(.warning, "ResizeError", "Pod resize error: \(summary(of: pod, generation, problem: problem))")
    }

    private static func summary(of pod: Pod, _ generation: Int64?, problem: String = "") -> String {
        func list(_ name: String, _ containers: [Kubernetes.Container]?) -> String? {
            guard let containers, !containers.isEmpty else { return nil }
            let rows = containers.map {
                "{\"name\":\(json($0.name ?? "")),\"resources\":\(json($0.resources ?? ResourceRequirements()))}"
            }
            return "\"\(name)\":[\(rows.joined(separator: ","))]"
        }
        let spec = pod.manifest.spec
        let parts = [
            list("initContainers", spec?.initContainers), list("containers", spec?.containers),
            "\"generation\":\(generation ?? 0)", problem.isEmpty ? nil : "\"error\":\(json(problem))",
        ]
        return "{\(parts.compactMap { $0 }.joined(separator: ","))}"
    }

    private static func json(_ value: some Encodable) -> String {
        String(decoding: (try? JSONWriter.write(value))?.encoded ?? [], as: UTF8.self)
    }
}

extension PodStatus {
    /// That what runs does not have yet what it was granted.
    var resizing: PodCondition? { conditions?.first { $0.type == "PodResizeInProgress" } }
}
