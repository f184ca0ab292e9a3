package import APIServer
import FoundationEssentials
import JSONText
import Kubernetes
import Linux
import Logging
package import Pods
import ServiceLifecycle

/// Tells the pods that the cluster has given the node, as one more source of whole sets.
///
/// The last set is kept on disk: a node that starts without its API server runs what it ran before. Pods that stand for
/// those of manifests are not run, but handed on: they are what the cluster sees of them.
package actor APIServerSource: Service {
    /// How long the server may take to tell the node's pods before those of the last time are run.
    private static let patience = Duration.seconds(5)

    private let client: APIClient
    private let nodeName: String
    private let memory: ClusterMemory
    private let ready: @Sendable () async -> Void
    private let deliver: @Sendable ([Pods.Pod], _ isRemembered: Bool) async -> Void
    private let deliverServerPods: @Sendable ([ServerPod]) async -> Void
    /// What each object has become, by UID: only what changed is looked at.
    private var accepted: [String: (version: String, pod: Pods.Pod)] = [:]
    private var hasSpoken = false
    /// When the server last told of the node's pods.
    package private(set) var toldAt: ContinuousClock.Instant?

    /// - Parameters:
    ///   - ready: returns when the node's own labels are known, by which pods choose it.
    ///   - deliverServerPods: takes the node's pods as the server has them, mirrors too, before `deliver`.
    package init(
        client: APIClient, nodeName: String, memory: ClusterMemory, ready: @escaping @Sendable () async -> Void,
        deliverServerPods: @escaping @Sendable ([ServerPod]) async -> Void,
        deliver: @escaping @Sendable ([Pods.Pod], _ isRemembered: Bool) async -> Void
    ) {
        self.client = client
        self.nodeName = nodeName
        self.memory = memory
        self.ready = ready
        self.deliverServerPods = deliverServerPods
        self.deliver = deliver
    }

    package func run() async {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask {
                    try? await Task.sleep(for: Self.patience)
                    await self.ready()
                    await self.remember()
                }
                let watch = Watch(
                    Resources.pods, fields: "spec.nodeName=\(self.nodeName)", by: self.client)
                await watch.run { picture in await self.take(picture) }
                group.cancelAll()
            }
        }
    }

    /// The server does not answer: what it said last is run.
    private func remember() async {
        guard !hasSpoken, !Task.isCancelled else { return }
        let objects = memory.pods()
        Logger.current.warning(
            "API server does not tell the node's pods: those of the last time are run",
            metadata: ["pods": "\(objects.count)"])
        let pods = objects.map(Admission.accept(fromServer:)).sorted { $0.id.rawValue < $1.id.rawValue }
        await deliver(pods, true)
    }

    private func take(_ picture: Watch<Kubernetes.Pod>.Picture) async {
        await ready()
        var now: [String: (version: String, pod: Pods.Pod)] = [:]
        var isNews = !hasSpoken
        for found in picture.values {
            // A UID becomes a file's name.
            guard let uid = found.object.metadata?.uid, ClusterMemory.isKey(uid), uid.utf8.count <= 64,
                ServerPod(found.object).mirrors == nil
            else { continue }
            if let known = accepted[uid], known.version == found.version {
                now[uid] = known
                continue
            }
            let pod = Admission.accept(fromServer: found.object)
            if accepted[uid]?.pod != pod {
                memory.keep(found.object)
                isNews = true
            }
            now[uid] = (found.version, pod)
        }
        for uid in accepted.keys where now[uid] == nil {
            memory.forget(pod: uid)
            isNews = true
        }
        if !hasSpoken { memory.forget(podsExcept: Set(now.keys)) }
        accepted = now
        (hasSpoken, toldAt) = (true, .now)
        await deliverServerPods(picture.values.map { ServerPod($0.object) })
        // Most of what the server tells is what the node has told it.
        guard isNews else { return }
        await deliver(now.values.map(\.pod).sorted { $0.id.rawValue < $1.id.rawValue }, false)
    }
}
