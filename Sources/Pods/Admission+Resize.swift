import Kubernetes

extension Kubernetes.Pod {
    /// The pod as it is told from others: with amounts of cpu and memory that can change while it runs left out, but
    /// not which of them are given, nor the class of service that they make, which cannot change.
    ///
    /// Source: facts of kubelet, §3.9; the API's rules for the subresource `resize`.
    var withoutResizable: Kubernetes.Pod {
        var pod = self
        var isResizable = false
        func strip(_ resources: ResourceRequirements) -> ResourceRequirements {
            var resources = resources
            func cleared(_ amounts: [String: Quantity]?) -> [String: Quantity]? {
                guard let amounts else { return nil }
                return Dictionary(
                    uniqueKeysWithValues: amounts.map { name, amount in
                        guard name == "cpu" || name == "memory" else { return (name, amount) }
                        isResizable = true
                        return (name, Quantity("0") ?? amount)
                    })
            }
            resources.limits = cleared(resources.limits)
            resources.requests = cleared(resources.requests)
            return resources
        }
        func strip(_ container: Kubernetes.Container) -> Kubernetes.Container {
            var container = container
            container.resources = container.resources.map(strip)
            return container
        }
        let whole = spec?.resources.map(strip)
        let containers = spec?.containers?.map(strip)
        let initial = spec?.initContainers?.map { $0.restartPolicy == "Always" ? strip($0) : $0 }
        pod.spec?.resources = whole
        pod.spec?.containers = containers
        pod.spec?.initContainers = initial
        guard isResizable else { return self }
        var status = PodStatus()
        var defaulted = self
        defaulted.applyDefaults()
        status.qosClass = Pods.Pod(valid: defaulted, source: .file).qosClass.rawValue
        pod.status = status
        return pod
    }
}
