package import Kubernetes
import Logging
import ServiceLifecycle

/// Keeps one ``PodWorker`` for each pod that is wanted or left over.
///
/// Of pods that share a full name one has a worker and the next waits until nothing is left of it. What a source no
/// longer has is removed; what nobody wants of an earlier agent's pods is removed once every source has spoken.
package actor PodManager: Service {
    let environment: PodEnvironment
    private let sources: Set<PodSource>
    private(set) var wanted: [PodSource: [Pod]] = [:]
    /// Sources that have told all that they have; what others gave is from memory.
    private var spoken: Set<PodSource> = []
    /// Pods that the cluster has deleted and of which nothing is left here, while it still has them.
    private var finished: Set<Pod.ID> = []
    private(set) var workers: [Pod.ID: PodWorker] = [:]
    /// Each pod as its worker was last told of it: of hundreds, a change concerns one.
    private var told: [Pod.ID: Told] = [:]
    /// Pods of the cluster that wait for their names, and of which that was told.
    var waiting: [Pod.ID: Pod] = [:]
    /// Pods of an earlier agent that nobody has claimed yet. Nil until the machine was asked.
    private var leftovers: [Pod.ID: Pod]?
    /// What each pod that runs was given: what it counts for, whatever it asks for.
    var allocated: [Pod.ID: PodAllocation] = [:]
    /// Pods that ask for something else.
    var resizes: [Pod.ID: PendingEntry] = [:]
    var (isSettlingResizes, settlesResizesAgain) = (false, false)
    let resizeBell = Wakeup()
    /// The machine goes down: no pod is started any more.
    package internal(set) var isShuttingDown = false
    private let (started, start) = AsyncStream<Start>.makeStream()

    /// `sources` are all that will speak: until each has, nothing is removed that only an earlier agent knew.
    package init(environment: PodEnvironment, sources: Set<PodSource>) {
        self.environment = environment
        self.sources = sources
    }

    /// Every source has told its pods at least once.
    package var isReady: Bool { sources.isSubset(of: spoken) }

    /// Makes `pods` all that the source has. Of two with the same full name the later is left out; its name comes back.
    ///
    /// - Parameter isRemembered: the source has not spoken yet, this is what it said when it last did: nothing is
    ///   removed for it.
    @discardableResult
    package func replace(source: PodSource, pods: [Pod], isRemembered: Bool = false) async -> [Pod] {
        // What it says counts more than what it said.
        if isRemembered, spoken.contains(source) { return [] }
        if !isRemembered { spoken.insert(source) }
        let doubles = doubles(in: pods)
        let doubled = doubles.map { pods[$0] }
        for pod in doubled {
            Logger.current.error(
                "Pod left out: another one has the same name or UID",
                metadata: ["pod": "\(pod.namespace)/\(pod.name)", "source": "\(source.rawValue)"])
        }
        wanted[source] = doubles.isEmpty ? pods : pods.indices.filter { !doubles.contains($0) }.map { pods[$0] }
        if !finished.isEmpty { finished.formIntersection(wantedPods) }
        await settle()
        return doubled
    }

    /// Of two with the same UID or full name the later one's index. Of hundreds none is copied: a pod is large.
    private func doubles(in pods: [Pod]) -> Set<Int> {
        var names: [String: Set<String>] = [:]
        var ids: Set<Pod.ID> = []
        return Set(
            pods.indices.filter { index in
                let isNewName = names[pods[index].namespace, default: []].insert(pods[index].name).inserted
                return !ids.insert(pods[index].id).inserted || !isNewName
            })
    }

    /// Adds a container to a running pod, to look into it.
    package func add(_ container: EphemeralContainer, to pod: Pod.ID) async throws {
        guard let worker = workers[pod] else { throw PodWorker.CannotLookInside(reason: "it does not run") }
        try await worker.add(container)
    }

    /// Brings the workers to what is wanted. Safe to repeat.
    private func settle() async {
        guard leftovers != nil else { return }
        let ids = wantedPods
        for worker in workers.values where !ids.contains(worker.id) {
            let pod = await worker.desired.pod
            // Read again: while the worker answered, its pod may have come back.
            if !isWanted(pod.id) {
                told[pod.id] = nil
                await worker.want(.terminated(pod, .deletion(of: pod)))
            }
        }
        await forgetWaiting(except: ids)
        // Of hundreds a change concerns one. What ran already is not put off for what is new.
        var (known, new): ([Pod], [Pod]) = ([], [])
        for pods in PodSource.allCases.compactMap({ wanted[$0] }) {
            for index in pods.indices where isNews(pods[index]) {
                if leftovers?[pods[index].id] != nil { known.append(pods[index]) } else { new.append(pods[index]) }
            }
        }
        // Of those the more important first: one that made room before the agent was replaced does not come back for it.
        // What has ended already has time.
        let ordered = known.sorted { $0.priority > $1.priority } + new.filter { !$0.hasEnded } + new.filter(\.hasEnded)
        // Looked up again: while others were admitted, a newer version may have come.
        for pod in ordered where isNews(pod) && !finished.contains(pod.id) {
            if let now = wantedPod(pod.id) { await admit(now) }
        }
        if isReady { for pod in leftovers.map({ Array($0.values) }) ?? [] { removeLeftover(pod) } }
        if !resizes.isEmpty {
            await settleResizes()
            resizeBell.ring()
        }
    }

    /// Its worker does not know it, or knows it otherwise.
    private func isNews(_ pod: Pod) -> Bool { workers[pod.id] == nil || told[pod.id]?.pod != pod }

    func wantedPod(_ id: Pod.ID) -> Pod? {
        for pods in wanted.values { if let index = pods.firstIndex(where: { $0.id == id }) { return pods[index] } }
        return nil
    }

    func isWanted(_ id: Pod.ID) -> Bool { wanted.values.contains { $0.contains { $0.id == id } } }

    private func admit(_ pod: Pod) async {
        if let worker = workers[pod.id] {
            told[pod.id] = Told(pod)
            resizes[pod.id]?.isDue = true
            let wish = wish(for: pod)
            // What was never judged is, before anybody is told: at the end of this round.
            if let entry = resizes[pod.id], entry.told == nil, isReady { return }
            return await worker.want(wish)
        }
        let earlier = leftovers?.removeValue(forKey: pod.id)?.recordedAllocation
        for other in (leftovers ?? [:]).values where other.fullName == pod.fullName { removeLeftover(other) }
        // One that is not to run needs no name.
        guard case .running = pod.wish else { return begin(pod.wish) }
        guard canBegin(pod) else { return await tellWaiting(pod) }
        // While no agent was here it may have been asked for more.
        let wished = pod
        let pod = earlier.map(pod.having) ?? pod
        var verdict = verdict(on: pod, without: [])
        // Whom that counts may be done already; asking them is spared where it cannot matter.
        if verdict != .taken {
            let inactive = await inactivePods()
            // Meanwhile it may have gone.
            guard canBegin(pod), isWanted(pod.id) else { return }
            verdict = self.verdict(on: pod, without: inactive)
        }
        switch verdict {
        case .taken(let victims, let resource):
            let waitsFor = victims.compactMap { workers[$0] }
            allocated[pod.id] = earlier ?? pod.wishedAllocation
            begin(wish(for: wished), after: waitsFor)
            for victim in waitsFor { await preempt(victim, for: pod, because: resource) }
        case .refused(let refusal):
            Logger.current.warning(
                "Pod is not admitted",
                metadata: ["pod": "\(pod.namespace)/\(pod.name)", "reason": "\(refusal.message)"])
            begin(.terminated(pod, .refusal(refusal)))
        }
    }

    /// Otherwise it waits for its name; whoever holds it is on the way out, and settles again at its end.
    func canBegin(_ pod: Pod) -> Bool {
        workers[pod.id] == nil && !workers.values.contains { $0.name == pod.name && $0.namespace == pod.namespace }
    }

    private func removeLeftover(_ pod: Pod) {
        leftovers?[pod.id] = nil
        guard workers[pod.id] == nil else { return }
        Logger.current.notice("Removing a pod that nobody wants", metadata: ["pod": "\(pod.namespace)/\(pod.name)"])
        begin(.terminated(pod, .deletion(of: pod)))
    }

    private func begin(_ desired: Desired, after others: [PodWorker] = []) {
        let worker = PodWorker(desired, in: environment) { [weak self] in await self?.settleResizes() }
        told[worker.id] = Told(wantedPod(desired.pod.id) ?? desired.pod)
        waiting[worker.id] = nil
        workers[worker.id] = worker
        start.yield(Start(worker: worker, others: others))
    }

    /// A pod that is compared where it lies.
    private final class Told: Sendable {
        let pod: Pod
        init(_ pod: Pod) { self.pod = pod }
    }

    /// A worker's beginning, when nothing of the others runs any more.
    private struct Start {
        let worker: PodWorker
        let others: [PodWorker]
    }

    package func run() async {
        await cancelWhenGracefulShutdown {
            await self.askForLeftovers()
            await withDiscardingTaskGroup { group in
                group.addTask { await self.retryResizes() }
                for await start in self.started {
                    group.addTask {
                        await self.waitForRoom(start.others)
                        await start.worker.run()
                        if !Task.isCancelled { await self.forget(start.worker) }
                    }
                }
            }
        }
    }

    private func askForLeftovers() async {
        while leftovers == nil, !Task.isCancelled {
            do {
                let pods = try await environment.runtime.leftovers()
                leftovers = Dictionary(pods.map { ($0.id, $0) }) { first, _ in first }
            } catch {
                Logger.current.error("Pods of an earlier agent not listed", metadata: ["error": "\(error)"])
                await environment.pause(.seconds(10))
            }
        }
        await settle()
    }

    /// Nothing is left of the worker's pod: whoever waits for its name, or the pod itself come back, may start.
    private func forget(_ worker: PodWorker) async {
        guard workers[worker.id] === worker else { return }
        workers[worker.id] = nil
        (allocated[worker.id], resizes[worker.id]) = (nil, nil)
        if told.removeValue(forKey: worker.id)?.pod.deletionGrace != nil {
            finished.insert(worker.id)
        } else if let pod = wantedPod(worker.id) {
            environment.meter.restarted(pod)
        }
        await settle()
    }
}

extension PodManager {
    /// One pod as the command line shows it.
    package struct Entry: Sendable {
        package var pod: Pod
        package var status: PodStatus?
        package var isTerminating: Bool
        /// It waits until an older pod of the same name is gone.
        package var waitsForName: Bool
    }

    /// Who asks the probes of a pod that has a worker.
    package func prober(of pod: Pod.ID) -> PodProber? { workers[pod]?.prober }

    /// A pod that has a worker.
    package func entry(of pod: Pod.ID) async -> Entry? { await workers[pod]?.entry }

    /// Those that somebody wants; others that are here are only taken down.
    package var wantedPods: Set<Pod.ID> {
        var ids: Set<Pod.ID> = []
        for pods in wanted.values { for index in pods.indices { ids.insert(pods[index].id) } }
        return ids
    }

    /// Pods that are wanted or not yet gone, by namespace and name: all, or those that are asked for. Of hundreds the
    /// others are not copied.
    package func list(
        where isMeant: (_ name: String, _ namespace: String, Pod.ID) -> Bool = { _, _, _ in true }
    ) async -> [Entry] {
        var entries: [Entry] = []
        for worker in workers.values where isMeant(worker.name, worker.namespace, worker.id) {
            entries.append(await worker.entry)
        }
        let known = Set(entries.map(\.pod.id))
        for pods in wanted.values {
            for index in pods.indices where isMeant(pods[index].name, pods[index].namespace, pods[index].id) {
                guard !known.contains(pods[index].id) else { continue }
                entries.append(Entry(pod: pods[index], isTerminating: false, waitsForName: true))
            }
        }
        return entries.sorted {
            ($0.pod.namespace, $0.pod.name, $0.pod.id.rawValue) < ($1.pod.namespace, $1.pod.name, $1.pod.id.rawValue)
        }
    }
}
