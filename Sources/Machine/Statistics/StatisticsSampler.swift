import Cgroups
import FoundationEssentials
import Kubernetes
import Linux
package import Pods
package import Statistics
import Synchronization
import SystemPackage

/// Measures what the node, its pods and their containers use, when somebody asks and at most every ten seconds: nobody
/// asks, nothing is read.
package final class StatisticsSampler: Sendable {
    /// What not everybody wants beside processor time and memory.
    package enum Part: Hashable, Sendable {
        /// Pressure, limits, tasks and traffic of groups.
        case details
        /// What lies on disks: every file is looked at.
        case disks
        /// Open files and states: every process is looked at. With the details.
        case processes
    }

    /// Source: facts of kubelet, §11.4: the window of rates, and how old an answer may be.
    static let period = Duration.seconds(10)

    let machine: Machine
    private let name: String
    private let state = Mutex(State())
    private let disks = Mutex(DiskUses())

    struct State {
        var sample: Sample?
        /// Processor time of each group when it was last read, by path.
        var clocks: [FilePath: (at: ContinuousClock.Instant, usage: UInt64)] = [:]
        var facts: MachineFacts?
    }

    /// What was read at one time, and of whom.
    struct Sample {
        var at: ContinuousClock.Instant
        var statistics: NodeStatistics
        let mount: FilePath
        /// In the order of the pods.
        var pods: [SampledPod] = []
        var parts: Set<Part> = []
    }

    package init(machine: Machine, name: String) {
        self.machine = machine
        self.name = name
    }

    /// - Parameter pods: all that the node knows of.
    package func statistics(of pods: [PodManager.Entry], with parts: Set<Part> = []) async throws -> NodeStatistics {
        try await onOwnThread { [self] in
            // Whoever asks while another waits for the kernel gets the same answer.
            var sample = try state.withLock { try current(pods, with: parts, in: &$0) }
            // Somebody's million files hold up only those that ask for them.
            if parts.contains(.disks) { disks.withLock { addDisks(to: &sample, &$0) } }
            return sample.statistics
        }
    }

    private func current(
        _ pods: [PodManager.Entry], with parts: Set<Part>, in state: inout State
    ) throws -> Sample {
        var sample: Sample
        if let last = state.sample, ContinuousClock.now - last.at < Self.period {
            sample = last
        } else {
            sample = try self.sample(pods, &state)
        }
        state.sample = nil
        if parts.contains(.details), sample.parts.insert(.details).inserted { addDetails(to: &sample) }
        if parts.contains(.processes), sample.parts.insert(.processes).inserted { addProcesses(to: &sample) }
        state.sample = sample
        return sample
    }

    private func sample(_ entries: [PodManager.Entry], _ state: inout State) throws -> Sample {
        let now = ContinuousClock.now
        var reader = GroupReader(
            mount: try CgroupMount.find()?.path ?? "/sys/fs/cgroup", at: now, wall: .now, before: state.clocks)
        let facts = state.facts ?? .ofThisMachine
        state.facts = facts
        var sample = Sample(at: now, statistics: NodeStatistics(name: name), mount: reader.mount)
        sample.statistics.machine = facts
        readNode(&sample.statistics, &reader)
        for entry in entries {
            guard let pod = SampledPod(entry, machine) else { continue }
            guard let statistics = pod.read(&reader) else { continue }
            sample.pods.append(pod)
            sample.statistics.pods.append(statistics)
        }
        state.clocks = reader.clocks
        return sample
    }
}

/// Reads groups, and knows how long ago each was read before.
struct GroupReader {
    let mount: FilePath
    let at: ContinuousClock.Instant
    let wall: MicroTime
    let before: [FilePath: (at: ContinuousClock.Instant, usage: UInt64)]
    private(set) var clocks: [FilePath: (at: ContinuousClock.Instant, usage: UInt64)] = [:]

    init(
        mount: FilePath, at: ContinuousClock.Instant, wall: MicroTime,
        before: [FilePath: (at: ContinuousClock.Instant, usage: UInt64)]
    ) {
        self.mount = mount
        self.at = at
        self.wall = wall
        self.before = before
    }

    /// Processor time and memory; `nil` when there is no such group. What its controllers do not tell, or in another form
    /// than is known, is left out.
    mutating func read(_ group: Cgroup) -> GroupStatistics? {
        guard let cpu = try? group.cpuStatistics() else { return nil }
        var path = group.path
        var statistics = GroupStatistics(path: path.removePrefix(mount) ? "/\(path)" : group.path.string)
        statistics.time = wall
        statistics.cpu = cpu
        statistics.nanoCores = rate(of: cpu.usage, group.path)
        statistics.memory = try? group.memoryUsage()
        if case .at(let limit) = statistics.memory?.limit { statistics.memoryLimit = limit }
        return statistics
    }

    private mutating func rate(of usage: UInt64, _ path: FilePath) -> UInt64? {
        clocks[path] = (at, usage)
        guard let last = before[path], last.usage <= usage, at > last.at else { return nil }
        return UInt64(Double(usage - last.usage) * 1000 / (last.at.duration(to: at) / .seconds(1)))
    }
}

/// A pod as it is found among the groups.
struct SampledPod {
    let pod: Pods.Pod
    let group: Cgroup
    let started: Time?
    /// Those that run.
    let containers: [Container]

    struct Container {
        let name: String
        let id: String
        let image: String
        let restartCount: Int
        let started: Time?
    }

    /// `nil` when nothing of it has been told to run.
    init?(_ entry: PodManager.Entry, _ machine: Machine) {
        guard let status = entry.status, status.phase != "Succeeded", status.phase != "Failed" else { return nil }
        pod = entry.pod
        group = machine.cgroups.group(of: pod)
        started = status.startTime
        containers = status.allContainerStatuses.compactMap { status in
            guard let running = status.state?.running, let name = status.name,
                let id = status.containerID?.split(separator: "/").last
            else { return nil }
            return Container(
                name: name, id: String(id), image: status.image ?? "", restartCount: Int(status.restartCount ?? 0),
                started: running.startedAt)
        }
    }

    /// `nil` when its sandbox does not run.
    func read(_ reader: inout GroupReader) -> PodStatistics? {
        guard !processNumbers(in: group.child("pause")).isEmpty, let own = reader.read(group) else {
            return nil
        }
        var statistics = PodStatistics(
            name: pod.name, namespace: pod.namespace, uid: pod.id.rawValue, group: own)
        statistics.started = started
        statistics.group.started = started.map(MicroTime.init(_:))
        for container in containers {
            guard var group = reader.read(group.child(container.id)) else { continue }
            group.started = container.started.map(MicroTime.init(_:))
            statistics.containers.append(
                ContainerStatistics(name: container.name, id: container.id, image: container.image, group: group))
        }
        return statistics
    }
}

/// The processes of a group, or where it has only groups of its own, of those.
func processNumbers(in group: Cgroup) -> [Int32] {
    let text = (try? group.read("cgroup.procs", ifExists: true)).flatMap(\.self) ?? ""
    let own = text.split(separator: "\n").compactMap { Int32($0) }
    if !own.isEmpty { return own }
    let children = ((try? directoryEntries(group.path)) ?? []).map { group.child($0) }
    return children.filter { (try? FileKind(at: $0.path)) == .directory }.flatMap(processNumbers(in:))
}

extension MicroTime {
    init(_ time: Time) { self.init(microseconds: time.seconds * 1_000_000) }
    static var now: MicroTime { MicroTime(microseconds: Int64(Date().timeIntervalSince1970 * 1e6)) }
}
