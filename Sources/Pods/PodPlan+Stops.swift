extension PodPlan {
    /// Stops instances together: what the pod is for first, then its sidecars, the last one declared first.
    ///
    /// Source: facts of kubelet, §3.6 ("Ordering"): all share the grace period, in which every hook begins at once.
    static func stops(_ names: [String], of pod: Pod, _ observed: Observed, grace: Duration) -> [Step] {
        let instances = names.compactMap { name in
            observed.containers[name].map { (name: name, id: $0.newest.id) }
        }
        let order = pod.initContainers.filter { $0.role == .sidecar }.map(\.name)
        let sidecars = instances.filter { order.contains($0.name) }
            .sorted { (order.firstIndex(of: $0.name) ?? 0) > (order.firstIndex(of: $1.name) ?? 0) }
        var steps: [Step] = []
        var before: [String] = []
        for instance in instances where !order.contains(instance.name) {
            steps.append(.stop(container: instance.name, instance: instance.id, grace: grace))
            before.append(instance.id)
        }
        for instance in sidecars {
            steps.append(.stop(container: instance.name, instance: instance.id, grace: grace, after: before))
            before.append(instance.id)
        }
        return steps
    }
}
