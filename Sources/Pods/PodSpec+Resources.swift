import Kubernetes

// Amounts as the API has them: what a pod's containers have together, and what the pod as a whole has by that.

extension PodSpec {
    /// The most of each amount that the containers have at a time. What none of them gives is not in it.
    func together(_ amounts: (Kubernetes.Container) -> [String: Quantity]?) -> [String: Quantity] {
        let (initial, regular) = (initContainers ?? [], containers ?? [])
        let names = (initial + regular).reduce(into: Set<String>()) { names, container in
            for name in (amounts(container) ?? [:]).keys { names.insert(name) }
        }
        return Dictionary(
            uniqueKeysWithValues: names.map { name in
                let most = mostAtOnce(initial, regular, isSidecar: { $0.restartPolicy == "Always" }) { container in
                    amounts(container)?[name] ?? .zero
                }
                return (name, most)
            })
    }

    /// What the pod asks for in all, with what its runtime takes. Source: kubernetes `resourcehelper.PodRequests`.
    var totalRequests: [String: Quantity] {
        var total = whole(over: together { $0.resources?.requests }, resources?.requests)
        for (name, amount) in overhead ?? [:] { total[name, default: .zero] += amount }
        return total
    }

    /// What the pod may use in all; what its runtime takes counts where there is a limit.
    ///
    /// Source: kubernetes `resourcehelper.PodLimits`.
    var totalLimits: [String: Quantity] {
        var total = whole(over: together { $0.resources?.limits }, resources?.limits)
        for (name, amount) in overhead ?? [:] {
            if let limit = total[name], limit > .zero { total[name] = limit + amount }
        }
        return total
    }

    private func whole(over containers: [String: Quantity], _ pod: [String: Quantity]?) -> [String: Quantity] {
        containers.merging((pod ?? [:]).filter { Pod.Resources.covers($0.key) }) { _, whole in whole }
    }

    /// Fills in what the API server would, once the containers have their defaults: limits of huge pages, then
    /// requests, of those that the containers have together, then requests of the limits.
    ///
    /// Source: `pkg/apis/core/v1/defaults.go`, `defaultHugePagePodLimits` and `defaultPodRequests`.
    mutating func applyResourceDefaults() {
        guard var resources else { return }
        var (requests, limits) = (resources.requests ?? [:], resources.limits ?? [:])
        if requests.isEmpty, limits.isEmpty { return }
        for (name, amount) in together({ $0.resources?.limits }) where name.hasPrefix("hugepages-") {
            if requests[name] == nil, limits[name] == nil { limits[name] = amount }
        }
        if !limits.isEmpty {
            for (name, amount) in together({ $0.resources?.requests })
            where requests[name] == nil && Pod.Resources.covers(name) && !name.hasPrefix("hugepages-") {
                requests[name] = amount
            }
            for (name, amount) in limits where requests[name] == nil && Pod.Resources.covers(name) {
                requests[name] = amount
            }
        }
        resources.requests = requests.isEmpty ? resources.requests : requests
        resources.limits = limits.isEmpty ? resources.limits : limits
        self.resources = resources
    }
}
