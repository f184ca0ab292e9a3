/// What `/metrics` tells of the node's pods as they are now. Source: kubernetes `pkg/kubelet/metrics/metrics.go`.
package struct NodeMetrics: Equatable, Sendable {
    package var node: String
    package var gitVersion = ""
    package var platform = ""
    package var runningPods = 0
    /// By the kubelet's names: `created`, `running`, `exited`, `unknown`.
    package var containers: [String: Int] = [:]
    /// Pods that the node is told to run, and those of them that have not ended; those of manifests apart.
    package var desired = PodCount()
    package var active = PodCount()
    /// By where they are in their life.
    package var working: [WorkingPods: Int] = [:]
    package var mirrors: Int?
    package var ephemeralContainers = 0

    package init(node: String) { self.node = node }

    /// Pods that the node does something for. Source: kubernetes `kubelet_pods.go`, `HandlePodCleanups`.
    package struct WorkingPods: Hashable, Sendable {
        package enum Lifecycle: String, Sendable, CaseIterable { case sync, terminating, terminated }

        package var lifecycle: Lifecycle
        /// Whoever wanted it wants it no more.
        package var isOrphan: Bool
        package var isStatic: Bool

        package init(_ lifecycle: Lifecycle, isOrphan: Bool, isStatic: Bool) {
            (self.lifecycle, self.isOrphan, self.isStatic) = (lifecycle, isOrphan, isStatic)
        }
    }

    /// Those of which there are none too.
    private var workingPods: MetricFamily {
        var family = MetricFamily(
            "kubelet_working_pods", .gauge,
            "[ALPHA] Number of pods the kubelet is actually running, broken down by lifecycle phase, whether the pod is desired, orphaned, or runtime only (also orphaned), and whether the pod is static. An orphaned pod has been removed from local configuration or force deleted in the API and consumes resources that are not otherwise visible."
        )
        for isOrphan in [false, true] {
            for lifecycle in WorkingPods.Lifecycle.allCases {
                for isStatic in [false, true] {
                    let kind = WorkingPods(lifecycle, isOrphan: isOrphan, isStatic: isStatic)
                    let labels = Labels([
                        "config": isOrphan ? "orphan" : "desired", "lifecycle": lifecycle.rawValue,
                        "static": isStatic ? "true" : "",
                    ])
                    family.add(labels, Double(working[kind] ?? 0))
                }
            }
        }
        return family
    }

    package struct PodCount: Equatable, Sendable {
        package var ofManifests = 0
        package var ofCluster = 0
        package init() {}

        package mutating func add(isStatic: Bool) {
            if isStatic { ofManifests += 1 } else { ofCluster += 1 }
        }
    }

    package var families: [MetricFamily] {
        func byKind(_ name: String, _ help: String, _ count: PodCount) -> MetricFamily {
            MetricFamily(
                name, .gauge, help,
                [
                    .init(labels: Labels(["static": ""]), value: Double(count.ofCluster)),
                    .init(labels: Labels(["static": "true"]), value: Double(count.ofManifests)),
                ])
        }
        var families = [
            MetricFamily(
                "kubelet_node_name", .gauge, "[ALPHA] The node's name. The count is always 1.",
                labels: Labels(["node": node]), value: 1),
            MetricFamily(
                "kubernetes_build_info", .gauge,
                "[ALPHA] A metric with a constant '1' value labeled by major, minor, git version, git commit, git tree state, build date, Go version, and compiler from which Kubernetes was built, and platform on which it is running.",
                labels: Labels([
                    "build_date": "", "compiler": "swiftc", "git_commit": "", "git_tree_state": "",
                    "git_version": gitVersion, "go_version": "", "major": "1", "minor": "36", "platform": platform,
                ]), value: 1),
            MetricFamily("kubelet_cgroup_version", .gauge, "[ALPHA] cgroup version on the hosts.", value: 2),
            MetricFamily(
                "kubelet_running_pods", .gauge, "[BETA] Number of pods that have a running pod sandbox",
                value: Double(runningPods)),
            MetricFamily(
                "kubelet_running_containers", .gauge, "[BETA] Number of containers currently running",
                containers.sorted { $0.key < $1.key }.map {
                    .init(labels: Labels(["container_state": $0.key]), value: Double($0.value))
                }),
            byKind(
                "kubelet_desired_pods",
                "[ALPHA] The number of pods the kubelet is being instructed to run. static is true if the pod is not from the apiserver.",
                desired),
            byKind(
                "kubelet_active_pods",
                "[ALPHA] The number of pods the kubelet considers active and which are being considered when admitting new pods. static is true if the pod is not from the apiserver.",
                active),
            MetricFamily(
                "kubelet_managed_ephemeral_containers", .gauge,
                "[ALPHA] Current number of ephemeral containers in pods managed by this kubelet.",
                value: Double(ephemeralContainers)),
            workingPods,
        ]
        if let mirrors {
            families.append(
                MetricFamily(
                    "kubelet_mirror_pods", .gauge,
                    "[ALPHA] The number of mirror pods the kubelet will try to create (one per admitted static pod)",
                    value: Double(mirrors)))
        }
        return families
    }
}

extension NodeStatistics {
    /// What `/metrics` tells of disks: claims of pods, and logs.
    package var diskMetrics: [MetricFamily] {
        let fields: [(String, String, KeyPath<FilesystemUsage, UInt64>)] = [
            ("capacity_bytes", "Capacity in bytes of the volume", \.capacity),
            ("available_bytes", "Number of available bytes in the volume", \.available),
            ("used_bytes", "Number of used bytes in the volume", \.used),
            ("inodes", "Maximum number of inodes in the volume", \.inodes),
            ("inodes_free", "Number of free inodes in the volume", \.inodesFree),
            ("inodes_used", "Number of used inodes in the volume", \.inodesUsed),
        ]
        // Pods may share a claim: it is told once.
        var claims: [Labels: FilesystemUsage] = [:]
        var logs = MetricFamily(
            "kubelet_container_log_filesystem_used_bytes", .gauge,
            "[ALPHA] Bytes used by the container's logs on the filesystem.")
        for pod in pods {
            for volume in pod.volumes {
                guard let claim = volume.claim else { continue }
                claims[Labels(["namespace": pod.namespace, "persistentvolumeclaim": claim])] = volume.usage
            }
            for container in pod.containers {
                logs.add(
                    Labels([
                        "container": container.name, "namespace": pod.namespace, "pod": pod.name, "uid": pod.uid,
                    ]), container.logs.map { Double($0.used) })
            }
        }
        let sorted = claims.sorted { $0.key.text < $1.key.text }
        return [logs]
            + fields.map { name, help, field in
                MetricFamily(
                    "kubelet_volume_stats_\(name)", .gauge, "[ALPHA] \(help)",
                    sorted.map { .init(labels: $0.key, value: Double($0.value[keyPath: field])) })
            }
    }
}
