package import APIServer
import JSONText
package import Kubernetes
import Logging
package import Pods
import ServiceLifecycle

/// Keeps what the node's pods refer to in the cluster: each object is watched on its own, or read, from the first pod
/// that needs it to the last, as a node may read no others.
///
/// Source: facts of kubelet, §8, §14.4.
package actor ClusterObjects: Service {
    let client: APIClient
    let memory: ClusterMemory
    /// Where the machine reads them.
    package nonisolated let objects: Live<LocalObjects>
    /// Rings when something that a pod refers to is other than before.
    package nonisolated let changes = Wakeup()

    var reading: Reading
    /// Rings where an object is looked after that is not watched.
    var readers: [ReferencedObject: Wakeup] = [:]
    /// When the objects were asked for that are read.
    var readAt: [ReferencedObject: ContinuousClock.Instant] = [:]

    var picture = ClusterPicture()
    /// With what each refers to, and since when.
    private(set) var pods: [Pods.Pod.ID: (pod: Pods.Pod, references: PodReferences, since: ContinuousClock.Instant)] =
        [:]
    var watched: [ReferencedObject: AsyncStream<Never>.Continuation] = [:]
    /// Claims that pods wait for.
    var unbound: Set<LocalObjects.Key> = []
    let unboundBell = Wakeup()
    private var hasTidied = false
    private let (starts, start) = AsyncStream<(ReferencedObject, AsyncStream<Never>)>.makeStream()
    private let tokens: ServiceAccountTokens

    package init(client: APIClient, memory: ClusterMemory, reading: Reading = Reading()) {
        self.client = client
        self.reading = reading
        self.memory = memory
        objects = Live(ClusterPicture().objects)
        tokens = ServiceAccountTokens(client: client, memory: memory)
    }

    /// These are the node's pods from now on: what only others referred to is forgotten.
    ///
    /// - Returns: whether one of them is other than it was in what its own files may tell of it.
    package func keep(for all: [Pods.Pod]) async -> Bool {
        defer { forgetStrays() }
        let isRetold = all.contains { pod in pods[pod.id].map { pod.isTold(otherwiseThan: $0.pod) } ?? false }
        let ids = Set(all.map(\.id))
        for id in pods.keys where !ids.contains(id) { pods[id] = nil }
        for pod in all where pod.deletionGrace == nil { refer(pod) }
        let needed = Set(pods.values.flatMap(\.references.watched))
        for object in watched.keys where !needed.contains(object) {
            watched.removeValue(forKey: object)?.finish()
            (readAt[object], readers[object]) = (nil, nil)
            memory.forget(object: object.memoryKey)
            picture.forget(object)
        }
        unbound.formIntersection(pods.values.flatMap(\.references.claims))
        let kept = Set(pods.values.flatMap(\.references.tokens))
        for key in picture.objects.tokens.keys where !kept.contains(key) {
            picture.objects.tokens[key] = nil
            await tokens.forget(key)
        }
        objects.replace(with: picture.objects)
        return isRetold
    }

    /// What was remembered for pods that went while no agent ran.
    private func forgetStrays() {
        guard !hasTidied else { return }
        hasTidied = true
        let claims = pods.values.flatMap(\.references.claims).map { "claim_\($0.namespace)_\($0.name)" }
        let keys =
            pods.values.flatMap(\.references.watched).map(\.memoryKey)
            + pods.values.flatMap(\.references.tokens).map(\.memoryKey) + claims
        memory.forget(objectsExcept: Set(keys))
    }

    private func refer(_ pod: Pods.Pod) {
        let references = PodReferences(pod)
        let isNew = pods[pod.id]?.references != references
        pods[pod.id] = (pod, references, isNew ? .now : pods[pod.id]?.since ?? .now)
        guard isNew else { return }
        for object in references.watched where watched[object] == nil {
            let (stopped, stop) = AsyncStream<Never>.makeStream()
            watched[object] = stop
            start.yield((object, stopped))
        }
    }

    // MARK: Asking

    /// Returns when everything that the pod refers to has been asked for.
    ///
    /// Throws when the server does not answer and nothing is remembered.
    package func gather(_ pod: Pods.Pod) async throws {
        refer(pod)
        let references = PodReferences(pod)
        let began = ContinuousClock.now
        if await client.state.failure != nil { recall(references.watched.filter { !picture.known.contains($0) }) }
        await read(references.watched, forStartOf: pod.id)
        while true {
            // An image may be had without the secret that nobody can read. Source: facts of kubelet, §3.3.
            let patience = began.duration(to: .now) < .seconds(1)
            let missing = (patience ? references.watched : references.required).filter { !picture.known.contains($0) }
            let isComplete =
                missing.isEmpty && picture.objects.services != nil
                && (references.runtimeClass == nil || picture.knowsRuntimeClasses)
            if isComplete { break }
            if await client.state.failure != nil { recall(missing) }
            guard began.duration(to: .now) < .seconds(10) else {
                throw NotGathered(what: missing.first.map { "\($0.memoryKey)" } ?? "services")
            }
            // A node that has just got a pod may read its objects in a moment.
            try await Task.sleep(for: .milliseconds(5))
        }
        for claim in references.claims.sorted() { try await bind(claim) }
        for key in references.tokens { picture.objects.tokens[key] = try await tokens.token(key, for: pod) }
        objects.replace(with: picture.objects)
    }

    /// Everything that the pod refers to has been asked for.
    package func isGathered(_ pod: Pods.Pod) -> Bool {
        let references = PodReferences(pod)
        return references.watched.allSatisfy(picture.known.contains)
            && references.tokens.allSatisfy { picture.objects.tokens[$0] != nil }
    }

    /// What registries of the pod's images may be shown.
    package func pullSecrets(of pod: Pods.Pod) -> [[UInt8]] {
        PodReferences(pod).pullSecrets.compactMap { key in
            let values = picture.objects.secrets[key]?.bytes
            return values?[".dockerconfigjson"] ?? values?[".dockercfg"]
        }
    }

    /// What the cluster says of the pod's service account now.
    package func serviceAccount(of pod: Pods.Pod) async throws -> ServiceAccount {
        let path = Resources.serviceAccounts.path(pod.serviceAccountName, in: pod.namespace)
        return try await client.ask(APIRequest(.get, path), for: ServiceAccount.self)
    }

    /// A token of the pod's service account for somebody else than the API server: for whom its images are pulled from.
    package func token(of account: String, for pod: Pods.Pod, audience: String) async throws -> String {
        try await tokens.token(for: pod, account: account, audience: audience)
    }

    /// The server does not answer: what it said the last time counts.
    private func recall(_ missing: [ReferencedObject]) {
        for object in missing where !picture.known.contains(object) {
            guard let value = memory.object(object.memoryKey) else { continue }
            picture.take(object, value)
        }
        if picture.objects.services == nil { picture.takeServices(memory.object("services")) }
        if !picture.knowsRuntimeClasses { picture.takeClasses(memory.object("runtimeclasses")) }
        objects.replace(with: picture.objects)
    }

    // MARK: Watching

    package func run() async {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.watchServices() }
                group.addTask { await self.watchRuntimeClasses() }
                group.addTask { await self.renewTokens() }
                group.addTask { await self.waitForClaims() }
                for await (object, stopped) in self.starts {
                    group.addTask { await self.watch(object, until: stopped) }
                }
                group.cancelAll()
            }
        }
    }

    private func watch(_ object: ReferencedObject, until stopped: AsyncStream<Never>) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in stopped {} }
            group.addTask { await self.follow(object) }
            await group.next()
            group.cancelAll()
        }
    }

    private func follow(_ object: ReferencedObject) async {
        switch object {
        case .configMap where reading.detection != .watch, .secret where reading.detection != .watch:
            await keepReading(object)
        case .configMap(let key):
            let watch = Watch(
                Resources.configMaps, in: key.namespace, fields: "metadata.name=\(key.name)", by: client)
            await watch.run { await self.take(object, $0.values.first?.object) { LocalObjects.Values($0) } }
        case .secret(let key):
            let watch = Watch(Resources.secrets, in: key.namespace, fields: "metadata.name=\(key.name)", by: client)
            await watch.run { await self.take(object, $0.values.first?.object) { LocalObjects.Values($0) } }
        case .trustBundles:
            await Watch(Resources.trustBundles, by: client).run { await self.take($0.values.map(\.object)) }
        }
    }

    func take<Object: Encodable & Sendable>(
        _ object: ReferencedObject, _ value: Object?, _ values: (Object) -> LocalObjects.Values
    ) async {
        guard watched[object] != nil else { return }
        let isNew = picture.take(object, value.map(values))
        if let value { memory.keep(value, as: object.memoryKey) } else { memory.forget(object: object.memoryKey) }
        tell(isNew)
    }

    private func take(_ trustBundles: [ClusterTrustBundle]) {
        guard watched[.trustBundles] != nil else { return }
        memory.keep(trustBundles, as: ReferencedObject.trustBundles.memoryKey)
        tell(picture.take(trustBundles: trustBundles))
    }

    func tell(_ isNew: Bool) {
        objects.replace(with: picture.objects)
        if isNew { changes.ring() }
    }

    private func watchServices() async {
        await Watch(Resources.services, fields: "spec.clusterIP!=None", by: client).run {
            await self.take(services: $0.values.map(\.object))
        }
    }

    private func take(services: [ClusterService]) async {
        picture.objects.services = .init(services)
        memory.keep(services, as: "services")
        tell(false)
    }

    private func watchRuntimeClasses() async {
        await Watch(Resources.runtimeClasses, by: client).run {
            await self.take(classes: $0.values.map(\.object))
        }
    }

    private func take(classes: [RuntimeClass]) async {
        picture.take(classes: classes)
        memory.keep(classes, as: "runtimeclasses")
        tell(false)
    }

    // MARK: Tokens

    /// Tokens are renewed before they end; one that cannot be had yet stays as it is.
    private func renewTokens() async {
        while !Task.isCancelled {
            var isNew = false
            for (id, known) in pods {
                for key in known.references.tokens {
                    // While it was asked for, the pod may have gone.
                    guard let token = try? await tokens.token(key, for: known.pod), pods[id] != nil else { continue }
                    isNew = isNew || picture.objects.tokens[key] != token
                    picture.objects.tokens[key] = token
                }
            }
            if isNew { tell(true) }
            try? await Task.sleep(for: .seconds(5))
        }
    }
}

extension Pods.Pod {
    /// Source: kubernetes `core/v1` DownwardAPIVolumeFile: labels and annotations, and what containers may use.
    fileprivate func isTold(otherwiseThan other: Self) -> Bool {
        labels != other.labels || annotations != other.annotations || allContainers != other.allContainers
    }
}
