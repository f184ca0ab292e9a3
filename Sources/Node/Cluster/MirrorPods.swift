package import APIServer
import JSONText
package import Kubernetes
import Logging
package import Pods
import ServiceLifecycle

/// Keeps an object at the API server for each pod of a manifest, so that the cluster sees what runs here.
///
/// Such a mirror never decides anything: deleted, it is made anew. Source: facts of kubelet, §2.4.
package actor MirrorPods: Service {
    private let client: APIClient
    private let owner: @Sendable () async -> OwnerReference?
    /// Every source has told its pods: mirrors of nothing may go.
    private let isReady: @Sendable () async -> Bool
    /// Pods of manifests that still have something on the node.
    private let present: @Sendable () async -> [PodManager.Entry]
    private var mirrors: [ServerPod]?
    private let bell = Wakeup()
    private var told: String?

    package init(
        client: APIClient, owner: @escaping @Sendable () async -> OwnerReference?,
        isReady: @escaping @Sendable () async -> Bool, present: @escaping @Sendable () async -> [PodManager.Entry]
    ) {
        self.client = client
        self.owner = owner
        self.isReady = isReady
        self.present = present
    }

    /// How many there are at the server; `nil`: it has not told.
    package var count: Int? { mirrors?.count }

    /// The node's pods at the server; only those that stand for others count.
    package func take(_ pods: [ServerPod]) {
        let new = pods.filter { $0.mirrors != nil }.sorted { $0.uid < $1.uid }
        guard new != mirrors else { return }
        mirrors = new
        bell.ring()
    }

    /// The pods of manifests may be others now.
    package nonisolated func ring() { bell.ring() }

    package func run() async {
        await cancelWhenGracefulShutdown {
            var backoff = Backoff(from: .milliseconds(500), to: .seconds(30))
            while !Task.isCancelled {
                do {
                    let isDone = try await self.bringUpToDate()
                    backoff.reset()
                    await self.bell.wait(until: isDone ? nil : .now + .seconds(2), on: ContinuousClock())
                } catch {
                    if Task.isCancelled { return }
                    await self.tell(error)
                    await self.client.pause(backoff.pause())
                }
            }
        }
    }

    private func tell(_ error: any Error) {
        if "\(error)" != told { Logger.current.warning("Mirror pod is not made", metadata: ["error": "\(error)"]) }
        told = "\(error)"
    }

    /// Whether everything is as it should be.
    private func bringUpToDate() async throws -> Bool {
        guard let mirrors, let owner = await owner() else { return false }
        let entries = await present()
        let plan = MirrorPlan(pods: entries.map(\.pod), mirrors: mirrors, removesOrphans: await isReady())
        for mirror in plan.deletions { try await delete(mirror) }
        // One that the server refuses keeps no other away.
        var failure: (any Error)?
        for pod in plan.creations {
            do { try await create(pod, owner) } catch let error as APIRequestError { failure = failure ?? error }
        }
        if let failure { throw failure }
        told = nil
        // When one that ends is gone, nobody rings.
        return plan.isEmpty && !entries.contains(where: \.isTerminating)
    }

    private func delete(_ mirror: ServerPod) async throws {
        do {
            _ = try await client.send(mirror.deletion)
        } catch let error as APIRequestError where error.cause.isNotFound || error.cause.isConflict {}
        mirrors?.removeAll { $0.uid == mirror.uid }
    }

    private func create(_ pod: Pods.Pod, _ owner: OwnerReference) async throws {
        var object = pod.manifest
        (object.apiVersion, object.kind) = ("v1", "Pod")
        var owner = owner
        owner.controller = true
        object.metadata?.uid = nil
        object.metadata?.ownerReferences = [owner]
        object.metadata?.annotations?[ServerPod.mirrorAnnotation] = pod.id.rawValue
        object.status = nil
        do {
            let made = try await client.ask(
                APIRequest(.post, Resources.pods.path(in: pod.namespace), body: try JSONWriter.write(object)),
                for: Kubernetes.Pod.self)
            // The watch will tell of it as well; until then it is not made twice.
            mirrors = (mirrors ?? []) + [ServerPod(made)]
        } catch let error as APIRequestError where error.cause.isAlreadyThere {}
    }
}

/// Which mirrors are missing, and which stand for nothing: a pure function.
struct MirrorPlan: Equatable {
    var creations: [Pods.Pod] = []
    var deletions: [ServerPod] = []
    var isEmpty: Bool { creations.isEmpty && deletions.isEmpty }

    /// - Parameter pods: of manifests, those that are being ended too; of two with one full name the first counts.
    init(pods: [Pods.Pod], mirrors: [ServerPod], removesOrphans: Bool) {
        var wanted: [String: Pods.Pod] = [:]
        for pod in pods where wanted[pod.fullName] == nil { wanted[pod.fullName] = pod }
        var fitting: Set<String> = []
        for mirror in mirrors {
            let fullName = "\(mirror.name)_\(mirror.namespace)"
            guard let pod = wanted[fullName] else {
                if removesOrphans { deletions.append(mirror) }
                continue
            }
            if mirror.mirrors == pod.id, !mirror.isBeingDeleted {
                fitting.insert(fullName)
            } else {
                deletions.append(mirror)
            }
        }
        creations = wanted.values.filter { !fitting.contains($0.fullName) }.sorted { $0.fullName < $1.fullName }
    }
}
