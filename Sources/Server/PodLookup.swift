extension PodName {
    /// Finds the one pod that a person means: by its whole name, or by its manifest's name without the node's suffix.
    ///
    /// Without a namespace all are searched: a node's static pods are few, and a name in two of them is an error that
    /// names both.
    package func find<Candidate>(
        in candidates: [Candidate], _ view: (Candidate) -> PodView
    ) throws(ControlError) -> Candidate {
        let near = candidates.filter { namespace == nil || view($0).namespace == namespace }
        for isMeant in [
            { (pod: PodView) in pod.name == name || pod.uid == name },
            { (pod: PodView) in pod.name == "\(name)-\(pod.node.lowercased())" },
        ] {
            let found = near.filter { isMeant(view($0)) }
            // A static pod that is replaced is there twice for a while: the one that is wanted is meant.
            let wanted = found.filter { view($0).deletedAt == nil }
            let meant = wanted.isEmpty ? found : wanted
            if meant.count == 1, let only = meant.first { return only }
            if meant.count > 1 {
                let names = meant.map { view($0).fullName }.sorted().joined(separator: ", ")
                throw ControlError(.invalid, "pod \"\(self)\" is not unique: \(names)")
            }
        }
        throw ControlError(.notFound, "pod \"\(self)\" not found\(hint(candidates.map(view)))")
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
    /// The container of a name, or the only one; else an error that lists them.
    func container(named name: String?) throws(ControlError) -> ContainerView {
        let all = initContainers + containers + ephemeralContainers
        let choices = all.map(\.name).joined(separator: " ")
        guard let name else {
            if containers.count == 1, let only = containers.first { return only }
            throw ControlError(.invalid, "a container name must be given for pod \(self.name), one of: \(choices)")
        }
        guard let found = all.first(where: { $0.name == name }) else {
            throw ControlError(
                .notFound, "container \"\(name)\" not found in pod \"\(self.name)\": it has \(choices)")
        }
        return found
    }
}
