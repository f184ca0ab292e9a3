extension CountedMetric {
    /// In the kubelet's words.
    var help: String { lifeHelp ?? nodeHelp }

    /// Of what happens to pods' processes.
    private var lifeHelp: String? {
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
        default: nil
        }
    }

    /// Of the rest.
    private var nodeHelp: String {
        switch self {
        case .podStartSLI:
            "[ALPHA] Duration in seconds to start a pod, excluding time to pull images and run init containers, measured from pod creation timestamp to when all its containers are reported as started and observed via watch"
        case .podStartTotal:
            "[ALPHA] Duration in seconds to start a pod since creation, including time to pull images and run init containers, measured from pod creation timestamp to when all its containers are reported as started and observed via watch"
        case .podStatusSync:
            "[ALPHA] Duration in seconds to sync a pod status update. Measures time from detection of a change to pod status until the API is successfully updated for that pod, even if multiple intevening changes to pod status occur."
        case .evictions: "[ALPHA] Cumulative number of pod evictions by eviction signal"
        case .preemptions: "[ALPHA] Cumulative number of pod preemptions by preemption resource"
        case .imagePulls: "[ALPHA] Duration in seconds to pull an image."
        case .collectedImages:
            "[ALPHA] Total number of images garbage collected by the kubelet, whether through disk usage or image age."
        case .providerDuration: "[ALPHA] Duration of execution in seconds for credential provider plugin"
        case .providerErrors: "[ALPHA] Number of errors from credential provider plugin"
        case .httpRequests: "[ALPHA] Number of the http requests received since the server started"
        case .httpDuration: "[ALPHA] Duration in seconds to serve http requests"
        case .httpInFlight: "[ALPHA] Number of the inflight http requests"
        case .clientRenewErrors, .servingRenewErrors: "[ALPHA] Counter of certificate renewal errors."
        case .servingRotation:
            "[ALPHA] Histogram of the number of seconds the previous certificate lived before being rotated."
        case .shutdownStart: "[ALPHA] Last graceful shutdown start time since unix epoch in seconds"
        case .shutdownEnd: "[ALPHA] Last graceful shutdown end time since unix epoch in seconds"
        case .startupBeforeAgent: "[ALPHA] Duration in seconds of node startup before kubelet starts."
        case .startupBeforeRegistration: "[ALPHA] Duration in seconds of node startup before registration."
        case .startupRegistration: "[ALPHA] Duration in seconds of node startup during registration."
        case .startupAfterRegistration: "[ALPHA] Duration in seconds of node startup after registration."
        case .startup: "[ALPHA] Duration in seconds of node startup in total."
        case .serverRequestDuration: "[ALPHA] Request latency in seconds. Broken down by verb, and host."
        case .healthCheck: "[STABLE] This metric records the result of a single healthcheck."
        case .healthChecks: "[STABLE] This metric records the results of all healthcheck."
        default: ""
        }
    }
}
