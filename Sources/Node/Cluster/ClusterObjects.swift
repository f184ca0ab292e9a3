package import APIServer
import JSONText
import Kubernetes
import Logging
package import Pods
import ServiceLifecycle

/// Keeps what the node's pods refer to in the cluster: each object is watched on its own, from the first pod that needs
/// it to the last, as a node may read no others.
///
/// Source: facts of kubelet, §1.1 (`configMapAndSecretChangeDetectionStrategy: Watch`), §8, §14.4.
package actor ClusterObjects: Service {
    private let client: APIClient
    private let memory: ClusterMemory
    /// Where the machine reads them.
    package nonisolated let objects: Live<LocalObjects>
    /// Rings when something that a pod refers to is other than before.
    package nonisolated let changes = Wakeup()

    private var current = LocalObjects()
    private var pods: [Pods.Pod.ID: PodReferences] = [:]
    private var specimens: [Pods.Pod.ID: Pods.Pod] = [:]
    private var watched: [ReferencedObject: AsyncStream<Never>.Continuation] = [:]
    /// What has been asked for, whether it is there or not.
    private var known: Set<ReferencedObject> = []
    private var knowsRuntimeClasses = false
    private let (starts, start) = AsyncStream<(ReferencedObject, AsyncStream<Never>)>.makeStream()
    private var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    private var nextWaiter: UInt64 = 0
    private let tokens: ServiceAccountTokens

    package init(client: APIClient, memory: ClusterMemory) {
        self.client = client
        self.memory = memory
        current.services = nil
        objects = Live(current)
        tokens = ServiceAccountTokens(client: client, memory: memory)
    }

    /// These are the node's pods from now on: what only others referred to is forgotten.
    package func keep(for all: [Pods.Pod]) async {
        let ids = Set(all.map(\.id))
        for id in pods.keys where !ids.contains(id) { (pods[id], specimens[id]) = (nil, nil) }
        for pod in all where pod.deletionGrace == nil { refer(pod) }
        let needed = Set(pods.values.flatMap(\.watched))
        for object in watched.keys where !needed.contains(object) {
            watched.removeValue(forKey: object)?.finish()
            known.remove(object)
            memory.forget(object: object.memoryKey)
            set(object, nil)
        }
        let kept = Set(pods.values.flatMap(\.tokens))
        for key in current.tokens.keys where !kept.contains(key) {
            current.tokens[key] = nil
            await tokens.forget(key)
        }
        objects.replace(with: current)
    }

    private func refer(_ pod: Pods.Pod) {
        let references = PodReferences(pod)
        specimens[pod.id] = pod
        guard pods[pod.id] != references else { return }
        pods[pod.id] = references
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
        let deadline = ContinuousClock.now + .seconds(10)
        while true {
            let missing = references.watched.filter { !known.contains($0) }
            let isComplete =
                missing.isEmpty && current.services != nil && (references.runtimeClass == nil || knowsRuntimeClasses)
            if isComplete { break }
            if await client.state.failure != nil { recall(missing) }
            guard deadline > .now else {
                throw NotGathered(what: missing.first.map { "\($0.memoryKey)" } ?? "services")
            }
            try Task.checkCancellation()
            await nextChange(within: .milliseconds(250))
        }
        for claim in references.claims.sorted() { try await bind(claim) }
        for key in references.tokens { current.tokens[key] = try await tokens.token(key, for: pod) }
        objects.replace(with: current)
    }

    /// Everything that the pod refers to has been asked for.
    package func isGathered(_ pod: Pods.Pod) -> Bool {
        let references = PodReferences(pod)
        return references.watched.allSatisfy(known.contains)
            && references.tokens.allSatisfy { current.tokens[$0] != nil }
    }

    /// What registries of the pod's images may be shown.
    package func pullSecrets(of pod: Pods.Pod) -> [[UInt8]] {
        PodReferences(pod).pullSecrets.compactMap { key in
            let values = current.secrets[key]?.bytes
            return values?[".dockerconfigjson"] ?? values?[".dockercfg"]
        }
    }

    /// The server does not answer: what it said the last time counts.
    private func recall(_ missing: [ReferencedObject]) {
        for object in missing {
            guard let value = memory.object(object.memoryKey) else { continue }
            take(object, value)
        }
        if current.services == nil, let services = memory.object("services") {
            take(services: (services.array ?? []).compactMap { try? JSONReader.read(ClusterService.self, from: $0) })
        }
        if !knowsRuntimeClasses, let classes = memory.object("runtimeclasses") {
            take(classes: (classes.array ?? []).compactMap { try? JSONReader.read(RuntimeClass.self, from: $0) })
        }
    }

    private func take(_ object: ReferencedObject, _ value: JSON) {
        switch object {
        case .configMap: set(object, (try? JSONReader.read(ConfigMap.self, from: value)).map(LocalObjects.Values.init))
        case .secret: set(object, (try? JSONReader.read(Secret.self, from: value)).map(LocalObjects.Values.init))
        }
        known.insert(object)
        objects.replace(with: current)
    }

    private func nextChange(within limit: Duration) async {
        let id = nextWaiter
        nextWaiter += 1
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.waitForChange(id) }
            group.addTask {
                try? await Task.sleep(for: limit)
                await self.wake(id)
            }
            await group.next()
            group.cancelAll()
            wake(id)
        }
    }

    private func waitForChange(_ id: UInt64) async {
        await withCheckedContinuation { waiters[id] = $0 }
    }

    private func wake(_ id: UInt64) { waiters.removeValue(forKey: id)?.resume() }

    private func wakeAll() {
        for id in waiters.keys { wake(id) }
    }

    // MARK: Watching

    package func run() async {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.watchServices() }
                group.addTask { await self.watchRuntimeClasses() }
                group.addTask { await self.renewTokens() }
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
        case .configMap(let key):
            let watch = Watch(
                Resources.configMaps, in: key.namespace, fields: "metadata.name=\(key.name)", by: client)
            await watch.run { await self.take(object, $0.values.first?.object) { LocalObjects.Values($0) } }
        case .secret(let key):
            let watch = Watch(Resources.secrets, in: key.namespace, fields: "metadata.name=\(key.name)", by: client)
            await watch.run { await self.take(object, $0.values.first?.object) { LocalObjects.Values($0) } }
        }
    }

    private func take<Object: Encodable & Sendable>(
        _ object: ReferencedObject, _ value: Object?, _ values: (Object) -> LocalObjects.Values
    ) async {
        guard watched[object] != nil else { return }
        known.insert(object)
        let isNew = set(object, value.map(values))
        if let value { memory.keep(value, as: object.memoryKey) } else { memory.forget(object: object.memoryKey) }
        tell(isNew)
    }

    /// Whether it is other than before.
    @discardableResult
    private func set(_ object: ReferencedObject, _ values: LocalObjects.Values?) -> Bool {
        switch object {
        case .configMap(let key):
            defer { current.configMaps[key] = values }
            return current.configMaps[key] != values
        case .secret(let key):
            defer { current.secrets[key] = values }
            return current.secrets[key] != values
        }
    }

    private func tell(_ isNew: Bool) {
        objects.replace(with: current)
        wakeAll()
        if isNew { changes.ring() }
    }

    private func watchServices() async {
        await Watch(Resources.services, fields: "spec.clusterIP!=None", by: client).run {
            await self.take(services: $0.values.map(\.object), isFresh: true)
        }
    }

    private func take(services: [ClusterService], isFresh: Bool) async {
        take(services: services)
        memory.keep(services, as: "services")
        tell(false)
    }

    private func take(services: [ClusterService]) {
        current.services = .init(services)
        objects.replace(with: current)
    }

    private func watchRuntimeClasses() async {
        await Watch(Resources.runtimeClasses, by: client).run {
            await self.take(classes: $0.values.map(\.object), isFresh: true)
        }
    }

    private func take(classes: [RuntimeClass], isFresh: Bool) async {
        take(classes: classes)
        memory.keep(classes, as: "runtimeclasses")
        tell(false)
    }

    private func take(classes: [RuntimeClass]) {
        current.runtimeClasses = .init(classes)
        knowsRuntimeClasses = true
        objects.replace(with: current)
    }

    // MARK: Volumes and tokens

    /// The volume that a claim is bound to.
    private func bind(_ key: LocalObjects.Key) async throws {
        let path = Resources.persistentVolumeClaims.path(key.name, in: key.namespace)
        let claim = try await client.ask(APIRequest(.get, path), for: PersistentVolumeClaim.self)
        guard let name = claim.spec?.volumeName, !name.isEmpty else {
            throw NotBound(description: "persistentvolumeclaim \"\(key.name)\" is not bound to a volume yet")
        }
        let volume = try await client.ask(
            APIRequest(.get, Resources.persistentVolumes.path(name)), for: PersistentVolume.self)
        current.claims[key] = name
        current.volumes[name] = volume.spec ?? PersistentVolumeSpec()
    }

    /// Tokens are renewed before they end; one that cannot be had yet stays as it is.
    private func renewTokens() async {
        while !Task.isCancelled {
            var isNew = false
            for (id, references) in pods {
                guard let pod = specimens[id] else { continue }
                for key in references.tokens {
                    guard let token = try? await tokens.token(key, for: pod) else { continue }
                    isNew = isNew || current.tokens[key] != token
                    current.tokens[key] = token
                }
            }
            if isNew { tell(true) }
            try? await Task.sleep(for: .seconds(5))
        }
    }
}

extension PodReferences {
    fileprivate var watched: [ReferencedObject] {
        configMaps.map { .configMap($0) } + secrets.map { .secret($0) }
    }
}
