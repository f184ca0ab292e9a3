import APIServer
import Kubernetes
import Logging
import Pods

/// How the node learns that config maps and secrets of its pods change.
///
/// Source: facts of kubelet, §1.1, 93; kubernetes `pkg/kubelet/util/manager`, `cache_based_manager.go`.
package enum ChangeDetection: String, CaseIterable, Sendable {
    /// Each is watched.
    case watch = "Watch"
    /// Each is read, and read again when that is too long ago or a new pod wants it.
    case cache = "Cache"
    /// Each is read whenever it is needed.
    case get = "Get"

    typealias Instant = ContinuousClock.Instant

    /// Whether what was read at one time will do at another.
    ///
    /// - Parameters:
    ///   - referred: since when the pod that needs it refers to it; `nil`: no pod is being started.
    ///   - lifetime: how long what was read is believed.
    func suffices(readAt: Instant, referred: Instant?, needed: Instant, lifetime: Duration) -> Bool {
        switch self {
        case .watch: true
        case .cache: readAt >= referred ?? readAt && readAt.duration(to: needed) < lifetime
        case .get: readAt >= needed
        }
    }
}

extension ClusterObjects {
    /// How objects are read that are not watched.
    package struct Reading: Sendable {
        package var detection = ChangeDetection.watch
        /// How often the objects of running pods are looked after.
        package var period = Duration.seconds(60)
        /// How long what was read is believed, as the cluster says of the node.
        package var lifetime: @Sendable () async -> Duration = { .seconds(60) }
        package init() {}
    }

    /// Before a pod starts: reads what it refers to, as far as what is known will not do. Who does not answer has said
    /// nothing: what is known counts.
    func read(_ references: [ReferencedObject], forStartOf pod: Pods.Pod.ID) async {
        guard reading.detection != .watch else { return }
        let since = pods[pod]?.since
        let isDown = await client.state.failure != nil
        await withTaskGroup { group in
            // At once: one that is slow to come does not hold the others up. Of a server that is gone nothing is asked.
            for object in references where !isDown || !picture.known.contains(object) {
                group.addTask { await self.read(object, referred: since) }
            }
        }
    }

    /// How often the objects of running pods are looked after from now on.
    package func setPeriod(_ new: Duration) {
        guard new != reading.period else { return }
        reading.period = new
        for reader in readers.values { reader.ring() }
    }

    /// Looks after one object until the task is cancelled.
    func keepReading(_ object: ReferencedObject) async {
        // What cannot be read is asked for less and less often: all that the node asks shares one limit.
        var pause = Duration.milliseconds(200)
        let bell = Wakeup()
        await bell.wait(until: nil, on: ContinuousClock())
        readers[object] = bell
        while !Task.isCancelled {
            let isKnown = picture.known.contains(object)
            await bell.wait(until: .now + (isKnown ? reading.period : pause), on: ContinuousClock())
            if Task.isCancelled { break }
            pause = isKnown ? .milliseconds(200) : min(pause * 2, .seconds(30))
            await read(object, referred: nil)
        }
    }

    private func read(_ object: ReferencedObject, referred: ChangeDetection.Instant?) async {
        let (needed, lifetime) = (ContinuousClock.now, await reading.lifetime())
        if picture.known.contains(object), let readAt = readAt[object],
            reading.detection.suffices(readAt: readAt, referred: referred, needed: needed, lifetime: lifetime)
        {
            return
        }
        do {
            switch object {
            case .configMap(let key):
                let found = try await find(Resources.configMaps, key)
                await take(object, found) { LocalObjects.Values($0) }
            case .secret(let key):
                let found = try await find(Resources.secrets, key)
                await take(object, found) { LocalObjects.Values($0) }
            // Watched all the same: there are few, and labels choose among them.
            case .trustBundles: return
            }
            // It may have gone with its last pod meanwhile.
            if watched[object] != nil { readAt[object] = needed }
        } catch {
            Logger.current.debug("Object is not read", metadata: ["object": "\(object)", "error": "\(error)"])
        }
    }

    /// `nil`: there is none.
    private func find<Object>(_ resource: Resource<Object>, _ key: LocalObjects.Key) async throws -> Object? {
        do {
            return try await client.ask(APIRequest(.get, resource.path(key.name, in: key.namespace)), for: Object.self)
        } catch let error as APIRequestError where error.cause.isNotFound {
            return nil
        }
    }
}
