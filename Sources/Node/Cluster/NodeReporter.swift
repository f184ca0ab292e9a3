package import APIServer
import JSONText
package import Kubernetes
import Logging
import Pods
import ServiceLifecycle

/// Speaks for the node at the API server: registers it, keeps its status, and knows what the cluster says of it.
///
/// Source: facts of kubelet, §10.1 to §10.4.
package actor NodeReporter: Service {
    /// How the node is to be spoken for.
    package struct Settings: Sendable {
        package var registers = true
        /// How often the status is worked out; it is sent when it changed.
        package var updatePeriod = Duration.seconds(10)
        /// How often it is sent although it did not change.
        package var reportPeriod = Duration.seconds(300)
        package init() {}
    }

    private let client: APIClient
    private let settings: Settings
    private let memory: ClusterMemory
    private let facts: @Sendable () async -> NodeFacts
    /// Takes the labels by which pods choose the node, whenever they change.
    private let takeLabels: @Sendable ([String: String]) async -> Void
    private let note: @Sendable (NodeEvent) async -> Void
    private let passed: @Sendable (StartupMoment) -> Void

    /// What a node comes past on its way into the cluster. Each may be told of again.
    package enum StartupMoment: Sendable { case registering, registered, ready }

    private let name: String
    /// As the server has it.
    private var node: ClusterNode?
    private var wasWatched = false
    private var isSeen = false
    private var waiters: [CheckedContinuation<Void, Never>] = []
    private var reportDue = ContinuousClock.now
    private var told: String?
    private let bell = Wakeup()

    package init(
        name: String, client: APIClient, settings: Settings, memory: ClusterMemory,
        facts: @escaping @Sendable () async -> NodeFacts,
        takeLabels: @escaping @Sendable ([String: String]) async -> Void,
        note: @escaping @Sendable (NodeEvent) async -> Void,
        passed: @escaping @Sendable (StartupMoment) -> Void = { _ in }
    ) {
        self.passed = passed
        self.name = name
        self.client = client
        self.settings = settings
        self.memory = memory
        self.facts = facts
        self.takeLabels = takeLabels
        self.note = note
    }

    /// The UID of the node's object; `nil`: it has none yet.
    package var uid: String? { node?.metadata?.uid }

    /// How long the cluster lets nodes believe what they have read. Source: kubernetes `pkg/kubelet/kubelet_getters.go`
    /// and `cache_based_manager.go`: a minute where nothing is said.
    package var objectLifetime: Duration {
        let text = node?.metadata?.annotations?["node.alpha.kubernetes.io/ttl"]
        return .seconds(text.flatMap { Int($0) } ?? 60)
    }

    /// Something about the node has changed: it is told at once.
    package nonisolated func ring() { bell.ring() }

    /// Returns when the node's labels are known, from the server or, where it does not answer, from the last time.
    package func waitUntilSeen() async {
        if isSeen { return }
        await withCheckedContinuation { waiters.append($0) }
    }

    package func run() async {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.watch() }
                group.addTask { await self.remember() }
                group.addTask { await self.keepReporting() }
            }
            await self.see()
        }
    }

    // MARK: Knowing

    private func watch() async {
        let watch = Watch(Resources.nodes, fields: "metadata.name=\(name)", by: client)
        await watch.run { picture in await self.take(picture.values.first?.object) }
    }

    private func take(_ object: ClusterNode?) async {
        guard let object else {
            // Registered a moment ago, it may not have been there when the watch began.
            guard wasWatched else { return }
            (node, wasWatched) = (nil, false)
            Logger.current.warning("The node's object was deleted: it is registered anew")
            return bell.ring()
        }
        if node == nil { bell.ring() }
        (node, wasWatched) = (object, true)
        await noteSchedulable(object)
        await know(object.metadata?.labels ?? [:])
        memory.keep(object.metadata?.labels ?? [:], as: "node-labels", durably: true)
    }

    private var wasUnschedulable: Bool?
    private func noteSchedulable(_ object: ClusterNode) async {
        let isUnschedulable = object.spec?.unschedulable ?? false
        if let was = wasUnschedulable, was != isUnschedulable {
            await note(.status(isUnschedulable ? "NodeNotSchedulable" : "NodeSchedulable", of: name))
        }
        wasUnschedulable = isUnschedulable
    }

    private func know(_ labels: [String: String]) async {
        await takeLabels(labels)
        see()
    }

    private func see() {
        isSeen = true
        for waiter in waiters { waiter.resume() }
        waiters = []
    }

    private func remember() async {
        try? await Task.sleep(for: .seconds(4))
        guard !isSeen, !Task.isCancelled else { return }
        // Without them pods would be refused for labels that the node has.
        guard let members = memory.object("node-labels")?.object?.members else { return }
        let labels = members.compactMap { member in member.value.string.map { (member.name, $0) } }
        await know(Dictionary(labels) { $1 })
    }

    // MARK: Telling

    private func keepReporting() async {
        var backoff = Backoff(from: .milliseconds(100), to: .seconds(7))
        let began = ContinuousClock.now
        while !Task.isCancelled {
            let facts = await facts()
            do {
                if try await register(facts) {
                    try await report(facts)
                    if facts.problems.isEmpty { passed(.ready) }
                }
                backoff.reset()
                told = nil
                // A node that has just begun is told of as ready as soon as it is.
                let isStarting = !facts.problems.isEmpty && began.duration(to: .now) < .seconds(120)
                let pause = isStarting ? .milliseconds(100) : settings.updatePeriod * Double.random(in: 1...1.04)
                await bell.wait(until: .now + pause, on: ContinuousClock())
            } catch {
                if Task.isCancelled { return }
                if "\(error)" != told {
                    Logger.current.warning("Node is not told of", metadata: ["error": "\(error)"])
                    told = "\(error)"
                }
                await client.pause(backoff.pause())
            }
        }
    }

    /// Whether the node has an object.
    private func register(_ facts: NodeFacts) async throws -> Bool {
        if node != nil { return true }
        guard settings.registers else {
            node = try await found()
            return node != nil
        }
        let object = ClusterNode(facts, now: .now)
        passed(.registering)
        do {
            node = try await client.ask(
                APIRequest(.post, Resources.nodes.path(), body: try JSONWriter.write(object)), for: ClusterNode.self)
            passed(.registered)
            Logger.current.notice("Node is registered", metadata: ["node": "\(name)"])
            if let status = object.status { await noteChanges(from: nil, to: status) }
        } catch let error as APIRequestError where error.cause.isConflict || error.cause.isForbidden {
            guard let there = try await found() else { throw error }
            node = try await reconcile(there, facts)
        }
        try await makeCSINode()
        return true
    }

    private func found() async throws -> ClusterNode? {
        do {
            return try await client.ask(APIRequest(.get, Resources.nodes.path(name)), for: ClusterNode.self)
        } catch let error as APIRequestError where error.cause.isNotFound {
            return nil
        }
    }

    /// Labels that the node owns, and what its attachment is: others' labels and taints stay.
    private func reconcile(_ there: ClusterNode, _ facts: NodeFacts) async throws -> ClusterNode {
        var wished = there
        wished.metadata?.labels = (there.metadata?.labels ?? [:]).merging(facts.ownLabels) { $1 }
        var annotations = there.metadata?.annotations ?? [:]
        annotations["volumes.kubernetes.io/controller-managed-attach-detach"] = "true"
        wished.metadata?.annotations = annotations
        guard let patch = try StatusPatch.changes(from: there, to: wished) else { return there }
        return try await client.ask(
            APIRequest(patching: Resources.nodes.path(name), with: patch, as: .strategic), for: ClusterNode.self)
    }

    private func report(_ facts: NodeFacts) async throws {
        guard let node else { return }
        let status = NodeStatus(facts, previous: node.status, now: .now)
        let isSame = node.status?.withoutHeartbeats == status.withoutHeartbeats
        if isSame, reportDue > .now { return }
        guard let patch = try StatusPatch.changes(from: node.status ?? NodeStatus(), to: status) else { return }
        var request = APIRequest(
            patching: Resources.nodes.path(name, in: nil, "status"), with: ["status": patch], as: .strategic)
        (request.timeout, request.isUrgent) = (.seconds(10), true)
        await noteChanges(from: node.status, to: status)
        do {
            let answer = try await client.ask(request, for: ClusterNode.self)
            // While it was on its way, the object may have been deleted.
            if self.node?.metadata?.uid == answer.metadata?.uid { self.node = answer }
        } catch let error as APIRequestError where error.cause.isNotFound {
            (self.node, wasWatched) = (nil, false)
            throw error
        }
        // Nodes that began together do not report together for ever.
        reportDue = .now + settings.reportPeriod * Double.random(in: 0.5...1.5)
    }

    /// Source: facts of kubelet, §10.7, rows 58 to 62.
    private func noteChanges(from old: NodeStatus?, to new: NodeStatus) async {
        for condition in new.conditions ?? [] {
            let isTrue = condition.status == "True"
            let before = old?.conditions?.first { $0.type == condition.type }
            if before?.status == condition.status { continue }
            switch condition.type {
            case "Ready": await note(.status(isTrue ? "NodeReady" : "NodeNotReady", of: name))
            case "MemoryPressure":
                await note(.status(isTrue ? "NodeHasInsufficientMemory" : "NodeHasSufficientMemory", of: name))
            case "DiskPressure":
                await note(.status(isTrue ? "NodeHasDiskPressure" : "NodeHasNoDiskPressure", of: name))
            case "PIDPressure":
                await note(.status(isTrue ? "NodeHasInsufficientPID" : "NodeHasSufficientPID", of: name))
            default: continue
            }
        }
    }

    /// Source: facts of kubelet, §10: controllers look for it before they place volumes.
    private func makeCSINode() async throws {
        var object = CSINode()
        (object.apiVersion, object.kind) = ("storage.k8s.io/v1", "CSINode")
        var metadata = ObjectMeta()
        metadata.name = name
        metadata.ownerReferences = [owner].compactMap(\.self)
        object.metadata = metadata
        object.spec = CSINodeSpec()
        object.spec?.drivers = []
        do {
            _ = try await client.send(
                APIRequest(.post, Resources.csiNodes.path(), body: try JSONWriter.write(object)))
        } catch let error as APIRequestError where error.cause.isConflict {}
    }

    /// What belongs to the node names it so.
    package var owner: OwnerReference? {
        guard let uid else { return nil }
        var owner = OwnerReference()
        (owner.apiVersion, owner.kind, owner.name, owner.uid) = ("v1", "Node", name, uid)
        return owner
    }
}
