extension PodName {
    /// Whether ``find(in:_:)`` could choose that pod: others need not be candidates.
    package func mayMean(_ name: String, in namespace: String, uid: String) -> Bool {
        guard self.namespace == nil || self.namespace == namespace else { return false }
        if name.utf8.starts(with: self.name.utf8) {
            let next = name.utf8.dropFirst(self.name.utf8.count).first
            if next == nil || next == UInt8(ascii: "-") { return true }
        }
        return uid == self.name
    }

    /// Finds the one pod that a person means: by its whole name, or by its manifest's name without the node's suffix.
    ///
    /// Without a namespace all are searched: a node's static pods are few, and a name in two of them is an error that
    /// names both.
    package func find<Candidate>(
        in candidates: [Candidate], _ view: (Candidate) -> PodView
    ) throws(ControlError) -> Candidate {
        let all = candidates.map { (candidate: $0, view: view($0)) }
        let near = all.filter { namespace == nil || $0.view.namespace == namespace }
        for isMeant in [
            { (pod: PodView) in pod.name == name || pod.uid == name },
            { (pod: PodView) in pod.name == "\(name)-\(pod.node.lowercased())" },
        ] {
            let found = near.filter { isMeant($0.view) }
            // A static pod that is replaced is there twice for a while: the one that is wanted is meant.
            let wanted = found.filter { $0.view.deletedAt == nil }
            let meant = wanted.isEmpty ? found : wanted
            if meant.count == 1, let only = meant.first { return only.candidate }
            if meant.count > 1 {
                let names = meant.map(\.view.fullName).sorted().joined(separator: ", ")
                throw ControlError(.invalid, "pod \"\(self)\" is not unique: \(names)")
            }
        }
        throw ControlError(.notFound, "pod \"\(self)\" not found\(hint(all.map(\.view)))")
    }

    private func hint(_ pods: [PodView]) -> String {
        if pods.isEmpty { return ": this node has no pods" }
        let elsewhere = pods.filter { $0.name == name || $0.name == "\(name)-\($0.node.lowercased())" }
        if let other = elsewhere.first { return " in namespace \"\(namespace ?? "")\": there is \(other.fullName)" }
        let similar = pods.filter { $0.name.hasPrefix(name) || name.hasPrefix($0.name) }.map(\.fullName)
        return similar.isEmpty ? "" : ": is it \(similar.sorted().prefix(3).joined(separator: " or "))"
    }
}

extension PodView {
    private var allContainers: [ContainerView] { initContainers + containers + ephemeralContainers }

    /// The container of a name. Without one it is that of the pod's annotation, or the pod's first.
    func container(named name: String?) throws(ControlError) -> ContainerView {
        guard let name else {
            guard let chosen = annotated ?? containers.first else {
                throw ControlError(.notFound, "pod \"\(self.name)\" has no containers")
            }
            return chosen
        }
        guard let found = allContainers.first(where: { $0.name == name }) else {
            let choices = allContainers.map(\.name).joined(separator: " ")
            throw ControlError(
                .notFound, "container \"\(name)\" not found in pod \"\(self.name)\": it has \(choices)")
        }
        return found
    }

    /// What to tell whoever named no container, where others than the first could have been meant.
    ///
    /// Source: kubectl's `pkg/cmd/util/podcmd`, whose words these are.
    func defaulted(from name: String?) -> String? {
        guard name == nil, annotated == nil, allContainers.count > 1, let first = containers.first else { return nil }
        let names =
            containers.map(\.name) + initContainers.map { "\($0.name) (init)" }
            + ephemeralContainers.map { "\($0.name) (ephem)" }
        return "Defaulted container \"\(first.name)\" out of: \(names.joined(separator: ", "))"
    }

    /// The container that the pod's author means where none is named.
    private var annotated: ContainerView? {
        annotations["kubectl.kubernetes.io/default-container"].flatMap { name in
            allContainers.first { $0.name == name }
        }
    }
}
