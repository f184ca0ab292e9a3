package import Images
package import Pods

/// What pods of the cluster refer to there: config maps, secrets, tokens …, as far as it has been fetched.
package struct ClusterReferences: Sendable {
    let objects: Live<LocalObjects>
    /// Returns when everything that the pod refers to has been asked for; whether it is there, ``objects`` tells.
    let gather: @Sendable (Pod) async throws -> Void
    /// What the registries of the pod's images may be shown.
    let puller: @Sendable (Pod) async -> Puller
    /// Everything that the pod refers to has been asked for.
    let isGathered: @Sendable (Pod) async -> Bool

    package init(
        objects: Live<LocalObjects>, gather: @escaping @Sendable (Pod) async throws -> Void,
        puller: @escaping @Sendable (Pod) async -> Puller,
        isGathered: @escaping @Sendable (Pod) async -> Bool
    ) {
        self.objects = objects
        self.gather = gather
        self.puller = puller
        self.isGathered = isGathered
    }
}

extension Machine {
    /// What the pod may refer to: a pod of the cluster to what the cluster has, one of a manifest to what manifests have.
    package func objects(of pod: Pod) -> LocalObjects {
        guard let cluster else { return objects.value }
        let known = cluster.objects.value
        if pod.source == .api { return known }
        var own = objects.value
        // It never waits for the cluster.
        own.services = known.services ?? [:]
        return own
    }

    /// Whether the pod's volumes can be brought up to date: not before it is known what they are made of.
    package func knowsReferences(of pod: Pod) async -> Bool {
        guard pod.source == .api, let cluster else { return true }
        return await cluster.isGathered(pod)
    }

    /// Waits until it is known what the pod refers to.
    func gatherReferences(of pod: Pod) async throws {
        if pod.source == .api { try await cluster?.gather(pod) }
    }
}
