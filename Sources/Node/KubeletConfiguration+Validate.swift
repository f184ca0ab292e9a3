import Kubernetes
import SystemPackage

extension KubeletConfiguration {
    /// What is wrong with the values, in the kubelet's words.
    /// Source: kubernetes `pkg/kubelet/apis/config/validation`, `ValidateKubeletConfiguration`.
    var invalid: [String] {
        (invalidNumbers + invalidDurations + invalidNames + api.invalid).map { "invalid configuration: \($0)" }
    }

    private var invalidNumbers: [String] {
        var problems: [String] = []
        func check(_ isRight: Bool, _ problem: String) { if !isRight { problems.append(problem) } }
        let (high, low) = (imageGCHighThresholdPercent, imageGCLowThresholdPercent)
        check(
            (0...100).contains(high),
            "imageGCHighThresholdPercent (--image-gc-high-threshold) \(high) must be between 0 and 100, inclusive")
        check(
            (0...100).contains(low),
            "imageGCLowThresholdPercent (--image-gc-low-threshold) \(low) must be between 0 and 100, inclusive")
        check(
            low < high,
            "imageGCLowThresholdPercent (--image-gc-low-threshold) \(low) must be less than "
                + "imageGCHighThresholdPercent (--image-gc-high-threshold) \(high)")
        check(maxPods >= 0, "maxPods (--max-pods) \(maxPods) must not be a negative number")
        check(
            idsPerPod % 65536 == 0 && (65536...Int(UInt32.max)).contains(idsPerPod),
            "userNamespaces.idsPerPod \(idsPerPod) must be a multiple of 65536, and between 65536 and 4294967295")
        check(podsPerCore >= 0, "podsPerCore (--pods-per-core) \(podsPerCore) must not be a negative number")
        check(registryBurst >= 0, "registryBurst (--registry-burst) \(registryBurst) must not be a negative number")
        check(
            registryPullQPS >= 0, "registryPullQPS (--registry-qps) \(registryPullQPS) must not be a negative number")
        if let count = maxParallelImagePulls {
            check(count >= 1, "maxParallelImagePulls \(count) must be a positive number")
            check(
                count <= 1 || !serializeImagePulls,
                "maxParallelImagePulls cannot be larger than 1 unless SerializeImagePulls (--serialize-image-pulls) "
                    + "set to false")
        }
        check(nodeLeaseDurationSeconds > 0, "nodeLeaseDurationSeconds must be greater than 0")
        check(
            nodeStatusMaxImages >= -1, "nodeStatusMaxImages (--node-status-max-images) must be -1 or greater")
        check(kubeAPIBurst >= 0, "kubeAPIBurst (--kube-api-burst) \(kubeAPIBurst) must not be a negative number")
        check(containerLogMaxFiles > 1, "containerLogMaxFiles \(containerLogMaxFiles) must be > 1")
        check((0...10).contains(logVerbosity), "logging.verbosity \(logVerbosity) must be between 0 and 10, inclusive")
        return problems
    }

    private var invalidDurations: [String] {
        var problems: [String] = []
        func check(_ isRight: Bool, _ problem: String) { if !isRight { problems.append(problem) } }
        func text(_ duration: Duration) -> String { GoDuration(duration).description }
        check(
            cpuCFSQuotaPeriod >= .milliseconds(1) && cpuCFSQuotaPeriod <= .seconds(1),
            "cpuCFSQuotaPeriod (--cpu-cfs-quota-period) \(text(cpuCFSQuotaPeriod)) must be between 1ms and 1sec, "
                + "inclusive")
        check(
            shutdownGracePeriod == .zero || shutdownGracePeriod >= .seconds(1),
            "shutdownGracePeriod \(text(shutdownGracePeriod)) must be either zero or otherwise >= 1 sec")
        check(
            shutdownGracePeriodCriticalPods == .zero || shutdownGracePeriodCriticalPods >= .seconds(1),
            "shutdownGracePeriodCriticalPods \(text(shutdownGracePeriodCriticalPods)) must be either zero or "
                + "otherwise >= 1 sec")
        check(
            shutdownGracePeriodCriticalPods <= shutdownGracePeriod,
            "shutdownGracePeriodCriticalPods \(text(shutdownGracePeriodCriticalPods)) must be <= "
                + "shutdownGracePeriod \(text(shutdownGracePeriod))")
        check(
            maxContainerRestartPeriod >= .seconds(1) && maxContainerRestartPeriod <= .seconds(300),
            "CrashLoopBackOff.MaxContainerRestartPeriod (got: \(text(maxContainerRestartPeriod))) must be set "
                + "between 1s and 300s")
        check(
            containerLogMonitorInterval >= .seconds(3),
            "containerLogMonitorInterval must be a positive time duration greater than or equal to 3s")
        for (name, value) in [
            ("fileCheckFrequency", fileCheckFrequency), ("httpCheckFrequency", httpCheckFrequency),
            ("syncFrequency", syncFrequency),
        ] { check(value > .zero, "\(name) \(text(value)) must be greater than 0") }
        check(imageMinimumGCAge >= .zero, "imageMinimumGCAge \(text(imageMinimumGCAge)) must not be negative")
        if let age = imageMaximumGCAge {
            check(
                age > imageMinimumGCAge,
                "imageMaximumGCAge \(text(age)) must be greater than imageMinimumGCAge \(text(imageMinimumGCAge))")
        }
        return problems
    }

    private var invalidNames: [String] {
        var problems: [String] = []
        func check(_ isRight: Bool, _ problem: String) { if !isRight { problems.append(problem) } }
        check(
            ChangeDetection(rawValue: configMapAndSecretChangeDetectionStrategy) != nil,
            "configMapAndSecretChangeDetectionStrategy \"\(configMapAndSecretChangeDetectionStrategy)\" must be one of: "
                + "Get, Cache or Watch")
        let logs = podLogsDir.string
        check(podLogsDir.isAbsolute, "pod logs path \"\(logs)\" must be absolute path")
        check(podLogsDir.isLexicallyNormal, "pod logs path \"\(logs)\" must be normalized")
        check(logs.utf8.allSatisfy { $0 < 128 }, "pod logs path \"\(logs)\" must contain ASCII characters only")
        check(
            ["text", "json"].contains(logFormat),
            "logging.format: Invalid value: \"\(logFormat)\": Unsupported log format")
        problems += invalidMemory + invalidEnforcement
        return problems
    }

    /// Source: facts of kubelet, §1.1, 88, 116 and 117.
    private var invalidMemory: [String] {
        var problems: [String] = []
        func check(_ isRight: Bool, _ problem: String) { if !isRight { problems.append(problem) } }
        check(
            memoryThrottlingFactor > 0 && memoryThrottlingFactor <= 1,
            "memoryThrottlingFactor \(memoryThrottlingFactor) must be greater than 0 and less than or equal to 1.0")
        check(
            ["None", "TieredReservation"].contains(memoryReservationPolicy),
            "memoryReservationPolicy \"\(memoryReservationPolicy)\" must be one of: \"None\" or \"TieredReservation\"")
        check(
            hasMemoryQoS || memoryReservationPolicy == "None",
            "memoryReservationPolicy \"\(memoryReservationPolicy)\" requires the MemoryQoS feature gate")
        check(
            ["", "NoSwap", "LimitedSwap"].contains(swapBehavior),
            "memorySwap.swapBehavior \"\(swapBehavior)\" must be one of: \"\", \"LimitedSwap\" or \"NoSwap\"")
        return problems
    }

    private var invalidEnforcement: [String] {
        var problems: [String] = []
        func check(_ isRight: Bool, _ problem: String) { if !isRight { problems.append(problem) } }
        for (policy, field, option, group) in [
            ("system-reserved", "systemReservedCgroup", "system-reserved-cgroup", systemReservedCgroup),
            ("kube-reserved", "kubeReservedCgroup", "kube-reserved-cgroup", kubeReservedCgroup),
        ] {
            let policies = [policy, "\(policy)-compressible"]
            check(
                !group.isEmpty || !enforceNodeAllocatable.contains(where: policies.contains),
                "\(field) (--\(option)) must be specified when \"\(policies[0])\" or \"\(policies[1])\" included in "
                    + "enforceNodeAllocatable (--enforce-node-allocatable)")
            check(
                !policies.allSatisfy(enforceNodeAllocatable.contains),
                "both \"\(policies[0])\" and \"\(policies[1])\" cannot be specified together in "
                    + "enforceNodeAllocatable (--enforce-node-allocatable)")
        }
        let allowed = [
            "none", "pods", "system-reserved", "system-reserved-compressible", "kube-reserved",
            "kube-reserved-compressible",
        ]
        for (index, policy) in enforceNodeAllocatable.enumerated() {
            check(
                allowed.contains(policy),
                "option \"\(policy)\" specified for enforceNodeAllocatable (--enforce-node-allocatable). "
                    + "Valid options are \(allowed.map { "\"\($0)\"" }.joined(separator: ", "))")
            check(
                !enforceNodeAllocatable[..<index].contains(policy),
                "duplicated enforcements in enforceNodeAllocatable (--enforce-node-allocatable): \(policy)")
        }
        check(
            !enforceNodeAllocatable.contains("none") || enforceNodeAllocatable.count == 1,
            "enforceNodeAllocatable (--enforce-node-allocatable) may not contain additional enforcements when "
                + "\"none\" is specified")
        check(
            cgroupsPerQOS || enforceNodeAllocatable == ["none"] || enforceNodeAllocatable.isEmpty,
            "enforceNodeAllocatable (--enforce-node-allocatable) is not supported unless cgroupsPerQOS "
                + "(--cgroups-per-qos) is set to true")
        for (field, amounts) in [("systemReserved", systemReserved), ("kubeReserved", kubeReserved)] {
            for (name, amount) in amounts.sorted(by: { $0.key < $1.key }) {
                check(
                    ["cpu", "memory", "ephemeral-storage", "pid"].contains(name),
                    "\(field): cannot reserve \"\(name)\" resource")
                check(!amount.isNegative, "\(field): reservation for resource \"\(name)\" must not be negative")
            }
        }
        return problems
    }
}
