import APIServer
import Images
import Kubernetes
import Ledger
import Machine
import Node
import Pods
import Server
import ServiceLifecycle
import Statistics

/// What speaks for the node in a cluster: one line, and everything that goes over it.
struct Cluster: Sendable {
    let client: APIClient
    let memory: ClusterMemory
    let reporter: StatusReporter
    let events: EventRecorder
    let objects: ClusterObjects
    let mirrors: MirrorPods
    /// What other parts give when there are any.
    let late: Live<Late>

    /// Parts of the agent that are made after this one, and that it asks.
    struct Late: Sendable {
        var node: NodeReporter?
        var pods: PodManager?
        var source: APIServerSource?
    }

    init(
        node: String, client: APIClient, memory: ClusterMemory, events: EventRecorder, reading: ClusterObjects.Reading,
        meter: NodeMeter
    ) {
        self.client = client
        self.memory = memory
        let late = Live(Late())
        self.late = late
        reporter = StatusReporter(client: client) { meter.observe(.podStatusSync, $0) }
        self.events = events
        var reading = reading
        reading.lifetime = { await late.value.node?.objectLifetime ?? .seconds(60) }
        objects = ClusterObjects(client: client, memory: memory, reading: reading)
        mirrors = MirrorPods(
            client: client, owner: { await late.value.node?.owner },
            isReady: { await late.value.pods?.isReady ?? false },
            present: { await (late.value.pods?.list() ?? []).filter { $0.pod.source != .api } })
    }

    /// How the line is, for people.
    var view: ClusterView {
        get async {
            let state = await client.state
            let now = (clock: ContinuousClock.now, time: Time.now)
            func time(_ instant: ContinuousClock.Instant?) -> Time? {
                instant.map { Time(seconds: now.time.seconds - Int64($0.duration(to: now.clock) / .seconds(1))) }
            }
            var view = ClusterView(kubeconfig: state.kubeconfig, waitingStatuses: await reporter.waiting)
            (view.server, view.credentialsEnd) = (state.server, state.credentialsEnd)
            (view.lastContact, view.failure) = (time(state.lastContact), state.failure)
            view.failingSince = time(state.failingSince)
            view.podsToldAt = time(await late.value.source?.toldAt)
            return view
        }
    }

    /// What the machine asks of it.
    var references: ClusterReferences {
        ClusterReferences(
            objects: objects.objects, gather: { [objects] in try await objects.gather($0) },
            puller: { [objects] in await objects.puller(for: $0) },
            isGathered: { [objects] in await objects.isGathered($0) })
    }
}

extension ClusterObjects {
    /// For whose sake the images of a pod are pulled: of one of the cluster, with its secrets and its service account.
    fileprivate func puller(for pod: Pods.Pod) -> Puller {
        guard pod.source == .api else { return Puller() }
        var puller = Puller(secrets: pullSecrets(of: pod))
        guard !pod.serviceAccountName.isEmpty else { return puller }
        puller.account = PullingAccount(
            namespace: pod.namespace, name: pod.serviceAccountName,
            facts: {
                let metadata = try await self.serviceAccount(of: pod).metadata
                return .init(uid: metadata?.uid ?? "", annotations: metadata?.annotations ?? [:])
            },
            token: { try await self.token(of: $1.uid, for: pod, audience: $0) })
        return puller
    }
}

/// Closes the line when everything that goes over it has ended.
struct LineKeeper: Service {
    let client: APIClient
    func run() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
        }
        await client.close()
    }
}
