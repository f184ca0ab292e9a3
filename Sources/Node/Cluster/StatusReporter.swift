package import APIServer
import JSONText
package import Kubernetes
import Logging
package import Pods
import ServiceLifecycle

/// Tells the API server how the node's pods are, and when nothing is left of one that was to go.
///
/// Only the newest status of each pod is kept; what a lost answer left in doubt, the next comparison with the server's
/// pod settles. One pod's patches follow each other, those of several pods go side by side.
package actor StatusReporter: Service {
    private static let parallel = 8

    private struct Wanted {
        var pod: Pods.Pod
        var status: PodStatus?
        /// Nothing of it is left on the node.
        var isGone = false
        var retryAt: ContinuousClock.Instant?
        var backoff = Backoff(from: .milliseconds(500), to: .seconds(30))
        var failure: String?
        /// Since when the server does not know it all; `nil`: it does.
        var changed: ContinuousClock.Instant?
    }

    private let client: APIClient
    private var wanted: [Pods.Pod.ID: Wanted] = [:]
    private var known: [Pods.Pod.ID: ServerPod] = [:]
    /// All of the node's pods at the server, as they were told last.
    private var told: [ServerPod] = []
    private var dirty: Set<Pods.Pod.ID> = []
    private var underWay: Set<Pods.Pod.ID> = []
    private let bell = Wakeup()

    /// Takes how long it took from a change until the server knew of it.
    private let measure: @Sendable (Duration) -> Void

    package init(client: APIClient, measure: @escaping @Sendable (Duration) -> Void = { _ in }) {
        self.client = client
        self.measure = measure
    }

    /// How many pods have something to tell that the server has not heard.
    package var waiting: Int { dirty.count + underWay.count }

    package func report(_ status: PodStatus, of pod: Pods.Pod) {
        var entry = wanted[pod.id] ?? Wanted(pod: pod)
        if entry.status != status, entry.changed == nil { entry.changed = .now }
        (entry.pod, entry.status, entry.isGone, entry.retryAt) = (pod, status, false, nil)
        wanted[pod.id] = entry
        // Its mirror may be there from before.
        if known[pod.id] == nil, pod.source != .api { take(told) }
        mark(pod.id)
    }

    /// Nothing is left of the pod on the node.
    package func forget(_ pod: Pods.Pod) {
        guard pod.source == .api else {
            wanted[pod.id] = nil
            return
        }
        var entry = wanted[pod.id] ?? Wanted(pod: pod)
        (entry.pod, entry.isGone, entry.retryAt) = (pod, true, nil)
        wanted[pod.id] = entry
        mark(pod.id)
    }

    /// These are the node's pods at the server: where the next patches start from.
    package func take(_ pods: [ServerPod]) {
        told = pods
        var found: [Pods.Pod.ID: ServerPod] = [:]
        for pod in pods where pod.mirrors == nil { found[pod.id] = pod }
        // Who claims to stand for another must bear its name, and the other must be a manifest's.
        for pod in pods where pod.mirrors != nil && found[pod.id] == nil {
            guard let own = wanted[pod.id]?.pod else { continue }
            if own.source != .api, own.name == pod.name, own.namespace == pod.namespace { found[pod.id] = pod }
        }
        for (id, pod) in found where known[id] != pod && wanted[id] != nil { mark(id) }
        known = found
        // What the server no longer has need not be told; pods of manifests wait for their next mirror.
        for (id, entry) in wanted where found[id] == nil && entry.pod.source == .api && entry.isGone {
            wanted[id] = nil
            dirty.remove(id)
        }
    }

    /// The status that the server has of a pod.
    package func lastStatus(of pod: Pods.Pod.ID) -> PodStatus? { known[pod]?.status }

    private func mark(_ pod: Pods.Pod.ID) {
        dirty.insert(pod)
        bell.ring()
    }

    package func run() async {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                while !Task.isCancelled {
                    await self.bell.wait(until: self.nextRetry, on: ContinuousClock())
                    for pod in await self.takeReady() { group.addTask { await self.tell(pod) } }
                }
                group.cancelAll()
            }
        }
    }

    /// Of those that could be told now; whoever is done rings.
    private var nextRetry: ContinuousClock.Instant? {
        guard underWay.count < Self.parallel else { return nil }
        return dirty.subtracting(underWay).compactMap { wanted[$0]?.retryAt }.min()
    }

    private func takeReady() -> [Pods.Pod.ID] {
        let ready = dirty.filter { id in
            !underWay.contains(id) && wanted[id].map { ($0.retryAt ?? .now) <= .now } ?? true
        }.prefix(max(0, Self.parallel - underWay.count))
        for id in ready { wanted[id]?.retryAt = nil }
        dirty.subtract(ready)
        underWay.formUnion(ready)
        return Array(ready)
    }

    private func tell(_ id: Pods.Pod.ID) async {
        do {
            try await bringUpToDate(id)
            wanted[id]?.failure = nil
            wanted[id]?.backoff.reset()
        } catch let error as APIRequestError where !Task.isCancelled {
            await settle(error, of: id)
        } catch {
            if !Task.isCancelled {
                Logger.current.error("Status cannot be told", metadata: ["uid": "\(id)", "error": "\(error)"])
            }
        }
        underWay.remove(id)
        if !dirty.isEmpty { bell.ring() }
    }

    /// Patches until the server says what the node sees; then, of a pod that is to go and is gone, the object.
    private func bringUpToDate(_ id: Pods.Pod.ID) async throws {
        for _ in 0..<4 {
            guard let entry = wanted[id], let server = known[id] else { return }
            var status = entry.status ?? server.status
            if entry.isGone, server.isBeingDeleted { status = status.ended }
            guard let patch = try StatusPatch.pod(from: server.status, to: status, uid: server.uid) else {
                wanted[id]?.changed = nil
                break
            }
            let began = entry.changed
            // What changes from now on is told by the next patch.
            wanted[id]?.changed = nil
            let answer: Kubernetes.Pod
            do {
                answer = try await client.ask(
                    APIRequest(patching: server.path + "/status", with: patch, as: .strategic),
                    for: Kubernetes.Pod.self)
            } catch {
                if let began { wanted[id]?.changed = began }
                throw error
            }
            // The watch may have told of something newer meanwhile.
            if known[id] == server { known[id] = ServerPod(answer) }
            if let began { measure(began.duration(to: .now)) }
        }
        guard let entry = wanted[id], let server = known[id], entry.isGone, server.isBeingDeleted else { return }
        _ = try await client.send(server.deletion)
        wanted[id] = nil
    }

    private func settle(_ error: APIRequestError, of id: Pods.Pod.ID) async {
        let cause = error.cause
        if cause.isNotFound || cause.isConflict, let server = known[id] {
            // Another pod has its name, or none; or somebody else wrote at the same time.
            let there = try? await client.ask(APIRequest(.get, server.path), for: Kubernetes.Pod.self)
            if let there, there.metadata?.uid == server.uid {
                known[id] = ServerPod(there)
            } else if there != nil || cause.isNotFound {
                if wanted[id]?.isGone == true { wanted[id] = nil }
                known[id] = nil
                return
            }
        }
        guard var entry = wanted[id] else { return }
        if entry.failure != "\(error)" {
            Logger.current.warning(
                "Status is not told yet",
                metadata: ["pod": "\(entry.pod.namespace)/\(entry.pod.name)", "error": "\(error)"])
        }
        entry.failure = "\(error)"
        entry.retryAt = .now + entry.backoff.pause()
        wanted[id] = entry
        dirty.insert(id)
        bell.ring()
    }
}
