/// What is counted as it happens, by the kubelet's names. Source: kubernetes `pkg/kubelet/metrics/metrics.go`,
/// `pkg/kubelet/prober/prober_manager.go`, `pkg/kubelet/server/metrics`, `pkg/kubelet/certificate/kubelet.go`,
/// `pkg/credentialprovider/plugin/metrics.go`; component-base `metrics/prometheus/restclient` and `slis`.
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
    case podStartSLI = "kubelet_pod_start_sli_duration_seconds"
    case podStartTotal = "kubelet_pod_start_total_duration_seconds"
    case podStatusSync = "kubelet_pod_status_sync_duration_seconds"
    case evictions = "kubelet_evictions"
    case preemptions = "kubelet_preemptions"
    case imagePulls = "kubelet_image_pull_duration_seconds"
    case collectedImages = "kubelet_image_garbage_collected_total"
    case providerDuration = "kubelet_credential_provider_plugin_duration"
    case providerErrors = "kubelet_credential_provider_plugin_errors_total"
    case httpRequests = "kubelet_http_requests_total"
    case httpDuration = "kubelet_http_requests_duration_seconds"
    case httpInFlight = "kubelet_http_inflight_requests"
    case clientRenewErrors = "kubelet_certificate_manager_client_expiration_renew_errors"
    case servingRenewErrors = "kubelet_server_expiration_renew_errors"
    case servingRotation = "kubelet_certificate_manager_server_rotation_seconds"
    case shutdownStart = "kubelet_graceful_shutdown_start_time_seconds"
    case shutdownEnd = "kubelet_graceful_shutdown_end_time_seconds"
    case startupBeforeAgent = "kubelet_node_startup_pre_kubelet_duration_seconds"
    case startupBeforeRegistration = "kubelet_node_startup_pre_registration_duration_seconds"
    case startupRegistration = "kubelet_node_startup_registration_duration_seconds"
    case startupAfterRegistration = "kubelet_node_startup_post_registration_duration_seconds"
    case startup = "kubelet_node_startup_duration_seconds"
    case serverRequestDuration = "rest_client_request_duration_seconds"
    case healthCheck = "kubernetes_healthcheck"
    case healthChecks = "kubernetes_healthchecks_total"
    case probes = "prober_probe_total"
    case probeDuration = "prober_probe_duration_seconds"

    var kind: MetricFamily.Kind {
        if bounds != nil { return .histogram }
        switch self {
        case .httpInFlight, .shutdownStart, .shutdownEnd, .startupBeforeAgent, .startupBeforeRegistration,
            .startupRegistration, .startupAfterRegistration, .startup, .healthCheck:
            return .gauge
        default: return .counter
        }
    }

    /// The bounds of a histogram's buckets; `nil`: it is none.
    var bounds: [Double]? {
        switch self {
        case .containersPerPod: [1, 2, 4, 8, 16]
        case .podStartDuration, .podStartSLI, .podStartTotal:
            [
                0.5, 1, 2, 3, 4, 5, 6, 8, 10, 20, 30, 45, 60, 120, 180, 240, 300, 360, 480, 600, 900, 1200, 1800, 2700,
                3600,
            ]
        case .podStatusSync: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 20, 30, 45, 60]
        case .imagePulls:
            [1, 5, 10, 20, 30, 60, 120, 180, 240, 300, 360, 480, 600, 900, 1200, 1800, 2700, 3600]
        case .servingRotation:
            [60, 3600, 14400, 86400, 604_800, 2_592_000, 7_776_000, 15_552_000, 31_104_000, 124_416_000]
        case .serverRequestDuration: [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60]
        case .podWorkerDuration, .podWorkerStartDuration, .sandboxDuration, .operationDuration, .probeDuration,
            .providerDuration, .httpDuration:
            // Source: Prometheus client_golang, `DefBuckets`.
            [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
        default: nil
        }
    }

    /// It is there from the start: one without labels is zero before anything has happened.
    var isAlwaysTold: Bool {
        switch self {
        case .startedPods, .startedPodErrors, .startedUserPods, .startedUserPodErrors, .shutdownStart, .shutdownEnd,
            .startupBeforeAgent, .startupBeforeRegistration, .startupRegistration, .startupAfterRegistration, .startup:
            true
        default: false
        }
    }

    /// Which of the pages of metrics it stands on.
    package enum Page: Sendable { case own, probes, indicators }

    package var page: Page {
        switch self {
        case .probes, .probeDuration: .probes
        case .healthCheck, .healthChecks: .indicators
        default: .own
        }
    }
}
