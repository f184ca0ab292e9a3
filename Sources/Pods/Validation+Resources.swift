import Kubernetes

extension Validation {
    /// Source: `validateResourceRequirements`.
    mutating func checkResources(_ resources: ResourceRequirements, _ path: FieldPath) {
        for (amounts, field) in [(resources.limits, "limits"), (resources.requests, "requests")] {
            for (name, amount) in (amounts ?? [:]).sorted(by: { $0.key < $1.key }) {
                let path = path.child(field).key(name)
                if amount.isNegative { invalid(path, "\(amount)", "must be greater than or equal to 0") }
                if name.hasPrefix("hugepages-") { checkPages(name, amount, path) }
            }
        }
        for (name, request) in (resources.requests ?? [:]).sorted(by: { $0.key < $1.key }) {
            guard let limit = resources.limits?[name] else {
                if name.hasPrefix("hugepages-") {
                    required(path.child("limits"), "Limit must be set for non overcommitable resources")
                }
                continue
            }
            let path = path.child("requests")
            if name.hasPrefix("hugepages-"), request.value != limit.value {
                invalid(path, "\(request)", "must be equal to \(name) limit of \(limit)")
            } else if request > limit {
                invalid(path, "\(request)", "must be less than or equal to \(name) limit of \(limit)")
            }
        }
        let names = Set((resources.limits ?? [:]).keys).union((resources.requests ?? [:]).keys)
        if names.isDisjoint(with: ["cpu", "memory"]), names.contains(where: { $0.hasPrefix("hugepages-") }) {
            forbidden(path, "HugePages require cpu or memory")
        }
    }

    /// What running a pod takes beside its containers. Source: `validateOverhead`, whose path this is.
    mutating func checkOverhead(_ overhead: [String: Quantity]?, _ path: FieldPath) {
        var amounts = ResourceRequirements()
        amounts.limits = overhead
        checkResources(amounts, path)
    }

    private mutating func checkPages(_ name: String, _ amount: Quantity, _ path: FieldPath) {
        guard let size = Quantity(name.dropFirst("hugepages-".count))?.value, size > 0 else { return }
        if amount.value % size != 0 {
            invalid(path, "\(amount)", "must be a multiple of the page size \(size)")
        }
    }

    /// What is said of the pod as a whole, by itself and beside what its containers say.
    ///
    /// Source: `validatePodResources`, `validatePodResourceConsistency`; their words, and paths.
    mutating func checkResources(of spec: PodSpec, _ path: FieldPath) {
        guard let resources = spec.resources else { return }
        let path = path.child("resources")
        if resources.claims != nil {
            forbidden(path.child("claims"), "claims may not be set for Resources at pod-level")
        }
        checkResources(resources, path)
        for (name, sum) in spec.together({ $0.resources?.requests }).sorted(by: { $0.key < $1.key }) {
            guard let whole = resources.requests?[name], sum > whole else { continue }
            invalid(
                path.child("requests").key(name), "\(whole)",
                "must be greater than or equal to aggregate container requests of \(sum)")
        }
        for (name, sum) in spec.together({ $0.resources?.limits }).sorted(by: { $0.key < $1.key })
        where name.hasPrefix("hugepages-") {
            guard let whole = resources.limits?[name], sum > whole else { continue }
            invalid(
                path.child("limits").key(name), "\(whole)",
                "must be greater than or equal to aggregate container limits of \(sum)")
        }
        for (index, container) in (spec.containers ?? []).enumerated() {
            for (name, limit) in (container.resources?.limits ?? [:]).sorted(by: { $0.key < $1.key }) {
                guard let whole = resources.limits?[name], limit > whole else { continue }
                invalid(
                    path.child("containers").index(index).key(name).child("limits"), "\(limit)",
                    "must be less than or equal to pod limits of \(whole)")
            }
        }
    }
}
