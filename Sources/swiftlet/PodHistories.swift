import FoundationEssentials
import Kubernetes
import Linux
import Logging
import Node
import Pods
import Server
import ServiceLifecycle
import SystemPackage

/// Keeps what happened to each pod, beside its status, in a file of the state directory: an agent that is replaced
/// goes on with it, and it goes with the pod.
///
/// A start has several events within milliseconds, and does not wait for a file: they are written together, a moment
/// later.
actor PodHistories: StatusSink, Service {
    private static let delay = Duration.milliseconds(20)

    private let statuses: StatusFiles
    private let directory: FilePath
    private var histories: [Pods.Pod.ID: PodHistory] = [:]
    private var unwritten: Set<Pods.Pod.ID> = []
    private let wakeup = Wakeup()
    /// Rings when something happened to a pod.
    nonisolated let bell = Wakeup()

    /// Tells the cluster as well; `nil`: there is none.
    private let cluster: Cluster?
    private let meter: NodeMeter

    init(directory: FilePath, statuses: StatusFiles, meter: NodeMeter, cluster: Cluster? = nil) {
        self.directory = directory
        self.statuses = statuses
        self.meter = meter
        self.cluster = cluster
    }

    /// Forgets all pods but these: an agent that ended in the wrong moment left them.
    func keep(only pods: Set<Pods.Pod.ID>) async {
        attempt("Histories cannot be removed") {
            for name in try directoryEntries(directory) where !pods.contains(where: { name == "\($0).json" }) {
                try removeFile(at: directory.appending(name))
            }
        }
        await statuses.keep(only: pods)
    }

    func run() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.wakeup.wait(until: nil, on: ContinuousClock())
                try? await Task.sleep(for: Self.delay)
                await self.write()
            }
        }
        write()
    }

    private func write() {
        for pod in unwritten {
            guard let history = histories[pod] else { continue }
            attempt("History cannot be written") {
                try makeDirectories(directory, mode: 0o700)
                try replaceFile(at: file(of: pod), with: [UInt8](JSONEncoder().encode(history)), durably: false)
            }
        }
        unwritten = []
    }

    func events(of pod: Pods.Pod.ID) -> [EventView] { history(of: pod).events }

    /// Also one that an agent before this one told.
    func lastStatus(of pod: Pods.Pod.ID) async -> PodStatus? {
        if let told = await cluster?.reporter.lastStatus(of: pod) { return told }
        return await statuses.last(of: pod)
    }

    func report(_ status: PodStatus, of pod: Pods.Pod) async {
        meter.take(status, of: pod)
        change(pod) { $0.take(status, of: pod.fullName, at: .now) }
        await cluster?.reporter.report(status, of: pod)
        await statuses.report(status, of: pod)
    }

    func note(_ event: PodEvent, of pod: Pods.Pod) {
        meter.note(event, of: pod)
        cluster?.events.record(ClusterEvent(event, of: pod, uid: pod.id.rawValue, at: .now))
        change(pod) {
            $0.note(event.kind.rawValue, event.reason, event.message, container: event.container, at: .now)
        }
    }

    func forget(_ pod: Pods.Pod) async {
        meter.forget(pod)
        histories[pod.id] = nil
        unwritten.remove(pod.id)
        attempt("History cannot be removed") { try removeFile(at: file(of: pod.id)) }
        await statuses.forget(pod)
        await cluster?.reporter.forget(pod)
        cluster?.mirrors.ring()
    }

    private func change(_ pod: Pods.Pod, _ body: (inout PodHistory) -> Void) {
        let old = history(of: pod.id)
        var new = old
        body(&new)
        guard new != old else { return }
        histories[pod.id] = new
        if unwritten.insert(pod.id).inserted { wakeup.ring() }
        bell.ring()
    }

    private func history(of pod: Pods.Pod.ID) -> PodHistory {
        if let known = histories[pod] { return known }
        var history = PodHistory()
        attempt("History cannot be read") {
            guard let content = try readFile(at: file(of: pod), ifExists: true) else { return }
            history = try JSONDecoder().decode(PodHistory.self, from: Data(content))
        }
        histories[pod] = history
        return history
    }

    private func file(of pod: Pods.Pod.ID) -> FilePath { directory.appending("\(pod.rawValue).json") }

    /// A history is nice to have: without it pods run all the same.
    private func attempt(_ failure: Logger.Message, _ body: () throws -> Void) {
        do { try body() } catch { Logger.current.error(failure, metadata: ["error": "\(error)"]) }
    }
}
