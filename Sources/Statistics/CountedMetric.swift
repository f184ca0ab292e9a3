/// What is counted as it happens, by the kubelet's names. Source: kubernetes `pkg/kubelet/metrics/metrics.go`,
/// `pkg/kubelet/prober/prober_manager.go`.
package enum CountedMetric: String, CaseIterable, Sendable {
    case containersPerPod = "kubelet_containers_per_pod_count"
    case podWorkerDuration = "kubelet_pod_worker_duration_seconds"
    case podWorkerStartDuration = "kubelet_pod_worker_start_duration_seconds"
    case podStartDuration = "kubelet_pod_start_duration_seconds"
    case sandboxDuration = "kubelet_run_podsandbox_duration_seconds"
    case sandboxErrors = "kubelet_run_podsandbox_errors_total"
    case operations = "kubelet_runtime_operations_total"
    case operationErrors = "kubelet_runtime_operations_errors_total"
    case operationDuration = "kubelet_runtime_operations_duration_seconds"
    case startedPods = "kubelet_started_pods_total"
    case startedPodErrors = "kubelet_started_pods_errors_total"
    case startedUserPods = "kubelet_started_user_namespaced_pods_total"
    case startedUserPodErrors = "kubelet_started_user_namespaced_pods_errors_total"
    case restartedPods = "kubelet_restarted_pods_total"
    case startedContainers = "kubelet_started_containers_total"
    case startedContainerErrors = "kubelet_started_containers_errors_total"
    case terminatedContainers = "kubelet_terminated_containers_total"
    case probes = "prober_probe_total"
    case probeDuration = "prober_probe_duration_seconds"

    var help: String {
        switch self {
        case .containersPerPod: "[ALPHA] The number of containers per pod."
        case .podWorkerDuration:
            "[ALPHA] Duration in seconds to sync a single pod. Broken down by operation type: create, update, or sync"
        case .podWorkerStartDuration: "[ALPHA] Duration in seconds from kubelet seeing a pod to starting a worker."
        case .podStartDuration:
            "[ALPHA] Duration in seconds from kubelet seeing a pod for the first time to the pod starting to run"
        case .sandboxDuration:
            "[ALPHA] Duration in seconds of the run_podsandbox operations. Broken down by RuntimeClass.Handler."
        case .sandboxErrors:
            "[ALPHA] Cumulative number of the run_podsandbox operation errors by RuntimeClass.Handler."
        case .operations: "[ALPHA] Cumulative number of runtime operations by operation type."
        case .operationErrors: "[ALPHA] Cumulative number of runtime operation errors by operation type."
        case .operationDuration:
            "[ALPHA] Duration in seconds of runtime operations. Broken down by operation type."
        case .startedPods: "[ALPHA] Cumulative number of pods started"
        case .startedPodErrors: "[ALPHA] Cumulative number of errors when starting pods"
        case .startedUserPods: "[ALPHA] Cumulative number of pods with user namespaces started"
        case .startedUserPodErrors: "[ALPHA] Cumulative number of errors when starting pods with user namespaces"
        case .restartedPods:
            "[ALPHA] Number of pods that have been restarted because they were deleted and recreated with the same UID while the kubelet was watching them (common for static pods, extremely uncommon for API pods)"
        case .startedContainers: "[ALPHA] Cumulative number of containers started"
        case .startedContainerErrors: "[ALPHA] Cumulative number of errors when starting containers"
        case .terminatedContainers:
            "[ALPHA] Cumulative number of containers terminated, by container type, exit code and reason"
        case .probes:
            "[BETA] Cumulative number of a liveness, readiness or startup probe for a container by result."
        case .probeDuration:
            "[ALPHA] Duration in seconds for a probe response."
        }
    }

    /// The bounds of a histogram's buckets; `nil`: it is a counter.
    var bounds: [Double]? {
        switch self {
        case .containersPerPod: [1, 2, 4, 8, 16]
        case .podStartDuration:
            [
                0.5, 1, 2, 3, 4, 5, 6, 8, 10, 20, 30, 45, 60, 120, 180, 240, 300, 360, 480, 600, 900, 1200, 1800, 2700,
                3600,
            ]
        case .podWorkerDuration, .podWorkerStartDuration, .sandboxDuration, .operationDuration, .probeDuration:
            // Source: Prometheus client_golang, `DefBuckets`.
            [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
        default: nil
        }
    }

    /// It is there from the start: a count without labels is zero before anything has happened.
    var isAlwaysTold: Bool {
        switch self {
        case .startedPods, .startedPodErrors, .startedUserPods, .startedUserPodErrors: true
        default: false
        }
    }

    /// It stands behind `/metrics/probes`.
    package var isOfProbes: Bool { self == .probes || self == .probeDuration }
}
