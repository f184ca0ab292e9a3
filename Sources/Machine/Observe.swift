import FoundationEssentials
import Linux
import Logging
package import Pods
import Shim
import SystemPackage

import struct Kubernetes.Time

extension Machine {
    /// What is there of a pod: read off the records, the processes and the exit records of its shim, every time anew.
    package func observe(_ pod: Pod.ID) async throws -> Observed {
        let records = self.records(of: pod)
        let sandbox = try records.sandbox()
        var containers: [String: Observed.Container] = [:]
        for (name, instances) in try records.containers() {
            var observed: [Observed.Instance] = []
            for record in instances.prefix(2) {
                if let instance = try await observe(record, sandbox: sandbox, records) { observed.append(instance) }
            }
            guard let newest = observed.first else { continue }
            containers[name] = Observed.Container(newest, previous: observed.dropFirst().first)
        }
        let entry = try PodLedgerEntry(of: pod, in: ledger)
        var observed = Observed(
            sandbox: sandbox.map { Observed.Sandbox($0) }, containers: containers, hasLeftovers: entry != nil)
        observed.since = entry?.since()
        observed.holdsResources = entry.map { $0.gaveBack != true } ?? false
        if let qosClass = entry?.claim.flatMap({ Pod.QoSClass(rawValue: $0.qosClass) }) {
            observed.sandbox?.enforced = try cgroups.enforced(on: pod, qosClass)
        }
        return observed
    }

    /// `nil` for an instance that never came to be: its start was interrupted before there was a process.
    private func observe(
        _ record: ContainerRecord, sandbox: SandboxRecord?, _ records: PodRecords
    ) async throws -> Observed.Instance? {
        var record = record
        if record.process == nil && record.end == nil {
            guard let started = try await startedUnrecorded(record, sandbox, in: records.pod) else {
                try await remove(record, of: records.pod)
                return nil
            }
            record = started
            try records.write(record)
        }
        if record.end == nil, let end = try await end(of: record, sandbox: sandbox, records) {
            record.end = end
            try records.write(record)
            // Whatever of it still runs, e.g. a child that left the session, ends with its first process.
            try await cgroups.remove(FilePath(record.cgroup))
        }
        return Observed.Instance(record)
    }

    /// Asks the shim about an instance whose record was not finished: the agent ended between start and record.
    private func startedUnrecorded(
        _ record: ContainerRecord, _ sandbox: SandboxRecord?, in pod: Pod.ID
    ) async throws -> ContainerRecord? {
        guard let sandbox, sandbox.keeps(record) else { return nil }
        let state: ProcessState
        do {
            state = try await shim(of: pod).open(record.id).state
        } catch ShimError.refused {
            return nil
        }
        var record = record
        record.process = ProcessRecord(pid: state.pid, startTime: state.startTime)
        record.startedAt = record.createdAt
        record.startedInstant = ContinuousClock.now
        return record
    }

    /// How the instance ended; `nil` while it runs, or has ended so lately that its shim has not yet said how.
    ///
    /// Who is alive is asked before the record is read: once neither is, nobody writes it any more.
    private func end(
        of record: ContainerRecord, sandbox: SandboxRecord?, _ records: PodRecords
    ) async throws -> ContainerRecord.End? {
        let isKept = sandbox?.keeps(record) ?? false
        let isAlive = record.process?.isAlive ?? false
        if let exit = try ExitState.read(records.exitFile(record.name, record.restartCount)) {
            return try end(of: record, as: exit, in: records.pod)
        }
        if isAlive { return nil }
        guard isKept else { return .unknown("The pod's shim ended, and the container with it") }
        do {
            guard let state = try await shim(of: records.pod).list().first(where: { $0.id == record.id }) else {
                return .unknown("The container was interrupted as it started")
            }
            return try state.exit.map { try end(of: record, as: $0, in: records.pod) }
        } catch ShimError.gone {
            return .unknown("The pod's shim ended, and the container with it")
        }
    }

    private func end(of record: ContainerRecord, as exit: ExitState, in pod: Pod.ID) throws -> ContainerRecord.End {
        let killed = try cgroups.outOfMemoryKills(FilePath(record.cgroup)) > 0
        return .init(
            code: exit.code, signal: exit.signal, reason: killed ? Observed.Exit.Reason.outOfMemory.rawValue : nil,
            message: try terminationMessage(of: record, exitCode: exit.code, in: pod),
            finishedAt: Date(timeIntervalSince1970: Double(exit.finished) / 1e9),
            finishedInstant: bootInstant(nanoseconds: exit.finishedSinceBoot))
    }

    /// Asks the shim, which answers when the process has ended and its exit is written down.
    package func waitForExit(of instance: String, in pod: Pod.ID) async {
        do {
            _ = try await shim(of: pod).wait(instance)
        } catch is CancellationError {
        } catch {
            // No shim, or none that knows the instance: it does not run. What became of it, the next look tells.
            Logger.current.debug("Shim tells no exit", metadata: ["instance": "\(instance)", "error": "\(error)"])
        }
    }
}

extension ContainerRecord.End {
    /// Nobody learnt how it ended. Source: facts of kubelet, §3.5: 137, as if it had been killed.
    fileprivate static func unknown(_ message: String) -> Self {
        Self(
            code: 137, signal: 9, reason: Observed.Exit.Reason.unknown.rawValue, message: message, finishedAt: Date(),
            finishedInstant: ContinuousClock.now)
    }
}

extension SandboxRecord {
    /// Whether its shim lives, and is the one that keeps the instance.
    fileprivate func keeps(_ record: ContainerRecord) -> Bool { id == record.sandbox && shim.isAlive }
}

extension Time {
    init(date: Date) { self.init(seconds: Int64(date.timeIntervalSince1970.rounded(.down))) }
}

extension Observed.Sandbox {
    init(_ record: SandboxRecord) {
        self.init(
            id: record.id, attempt: record.attempt, isReady: record.shim.isAlive && record.pause.isAlive,
            usesHostNetwork: record.usesHostNetwork, ips: record.addresses, createdAt: Time(date: record.createdAt))
        takesStarts = record.takesStarts
        allocation = record.allocation
    }
}

extension Observed.Instance {
    init(_ record: ContainerRecord) {
        let started = Observed.Moment(
            wall: Time(date: record.startedAt ?? record.createdAt), boot: record.startedInstant ?? ContinuousClock.now)
        self.init(
            id: record.id, startedAt: started, restartCount: record.restartCount, attempt: record.attempt,
            image: record.image, imageID: record.imageID, logPath: record.logPath)
        begunAt = record.begunInstant ?? started.boot
        anewSince = record.anewSince
        sandbox = record.sandbox
        awaitsPostStart = record.awaitsPostStart ?? false
        allocation = record.allocation
        ephemeral = record.ephemeral
        guard let end = record.end else { return }
        state = .exited(
            Observed.Exit(
                code: end.code, signal: end.signal, reason: end.reason.flatMap(Observed.Exit.Reason.init(rawValue:)),
                message: end.message, finishedAt: .init(wall: Time(date: end.finishedAt), boot: end.finishedInstant)))
    }
}
