import Kubernetes

/// What the node is to those who choose nodes: its name and labels.
///
/// Source: kubernetes `component-helpers/scheduling/corev1/nodeaffinity`: what is required, not what is preferred.
package struct NodeIdentity: Equatable, Sendable {
    package var name = ""
    package var labels: [String: String] = [:]

    package init() {}

    /// - Parameters:
    ///   - architecture: Go's word for it, e.g. `amd64`.
    ///   - own: labels over those that every node has.
    package init(name: String, architecture: String, labels own: [String: String] = [:]) {
        self.name = name
        // Source: facts of kubelet, §10.1.
        let standard = ["hostname": name, "os": "linux", "arch": architecture]
        for (key, value) in standard { labels["kubernetes.io/\(key)"] = value }
        for key in ["os", "arch"] { labels["beta.kubernetes.io/\(key)"] = standard[key] }
        labels.merge(own) { _, own in own }
    }

    /// Reads `KEY=VALUE,…`, as the kubelet's `--node-labels` has it.
    package static func labels(_ text: String) throws(InvalidLabels) -> [String: String] {
        var labels: [String: String] = [:]
        for pair in text.split(separator: ",") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2 else { throw InvalidLabels(problem: "\"\(pair)\": expected KEY=VALUE") }
            var validation = Validation()
            validation.label(parts[0], parts[1], FieldPath(parts[0]))
            if let problem = validation.problems.first { throw InvalidLabels(problem: problem) }
            labels[parts[0]] = parts[1]
        }
        return labels
    }

    package struct InvalidLabels: Error, CustomStringConvertible {
        let problem: String
        package var description: String { "labels of the node: \(problem)" }
    }

    /// Whether the pod's `nodeSelector` and required `nodeAffinity` choose this node.
    func isChosen(by spec: PodSpec) -> Bool {
        guard (spec.nodeSelector ?? [:]).allSatisfy({ labels[$0] == $1 }) else { return false }
        guard let required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution else {
            return true
        }
        return (required.nodeSelectorTerms ?? []).contains(where: matches)
    }

    /// A term that asks for nothing matches nothing.
    private func matches(_ term: NodeSelectorTerm) -> Bool {
        let (expressions, fields) = (term.matchExpressions ?? [], term.matchFields ?? [])
        if expressions.isEmpty && fields.isEmpty { return false }
        return expressions.allSatisfy { matches($0, labels[$0.key ?? ""]) }
            && fields.allSatisfy { $0.key == "metadata.name" && matches($0, name) }
    }

    private func matches(_ requirement: NodeSelectorRequirement, _ value: String?) -> Bool {
        let values = requirement.values ?? []
        switch requirement.operator {
        case "In": return value.map(values.contains) ?? false
        case "NotIn": return !(value.map(values.contains) ?? false)
        case "Exists": return value != nil
        case "DoesNotExist": return value == nil
        case "Gt", "Lt":
            guard let value = value.flatMap({ Int64($0) }), let bound = values.first.flatMap({ Int64($0) }) else {
                return false
            }
            return requirement.operator == "Gt" ? value > bound : value < bound
        default: return false
        }
    }
}

extension Validation {
    /// Source: kubernetes `pkg/apis/core/validation`, `ValidateNodeSelector`, whose words these are.
    mutating func checkNodeAffinity(_ affinity: NodeAffinity, _ path: FieldPath) {
        guard let required = affinity.requiredDuringSchedulingIgnoredDuringExecution else { return }
        let path = path.child("requiredDuringSchedulingIgnoredDuringExecution").child("nodeSelectorTerms")
        let terms = required.nodeSelectorTerms ?? []
        if terms.isEmpty { self.required(path, "must have at least one node selector term") }
        for (index, term) in terms.enumerated() {
            for (number, requirement) in (term.matchExpressions ?? []).enumerated() {
                checkRequirement(requirement, path.index(index).child("matchExpressions").index(number))
            }
            for (number, requirement) in (term.matchFields ?? []).enumerated() {
                let path = path.index(index).child("matchFields").index(number)
                if requirement.key != "metadata.name" {
                    invalid(path.child("key"), requirement.key ?? "", "not a valid field selector key")
                }
                if !["In", "NotIn"].contains(requirement.operator) {
                    invalid(path.child("operator"), requirement.operator ?? "", "not a valid selector operator")
                } else if requirement.values?.count != 1 {
                    self.required(path.child("values"), "must be only one value when `operator` is 'In' or 'NotIn'")
                }
            }
        }
    }

    private mutating func checkRequirement(_ requirement: NodeSelectorRequirement, _ path: FieldPath) {
        let count = requirement.values?.count ?? 0
        switch requirement.operator {
        case "In", "NotIn":
            if count == 0 {
                required(path.child("values"), "must be specified when `operator` is 'In' or 'NotIn'")
            }
        case "Exists", "DoesNotExist":
            if count > 0 {
                forbidden(path.child("values"), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
            }
        case "Gt", "Lt":
            if count != 1 {
                required(path.child("values"), "must be specified single value when `operator` is 'Lt' or 'Gt'")
            }
        default: invalid(path.child("operator"), requirement.operator ?? "", "not a valid selector operator")
        }
        labelKey(requirement.key ?? "", path.child("key"))
    }
}
