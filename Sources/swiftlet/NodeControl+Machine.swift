import CNI
import Images
import Kubernetes
import Linux
import Logging
import Machine
import Node
import Pods
import Server
import SystemPackage

extension NodeControl {
    /// What the command line asks, answered by the running agent.
    init(node: String, machine: Machine, pods: PodManager, histories: PodHistories, cluster: Cluster?) {
        let started = Time.now
        self.init(
            status: {
                var view = NodeStatusView(
                    node: node, version: BuildVersion.text, pid: processID(), startedAt: started,
                    root: machine.directories.root.string, state: machine.directories.state.string)
                view.conditions = [await networkCondition(machine)]
                view.cluster = await cluster?.view
                for entry in await pods.list() {
                    view.podsByPhase[entry.status?.phase ?? "Pending", default: 0] += 1
                    view.containersRunning += (entry.status?.allContainerStatuses ?? []).count {
                        $0.state?.running != nil
                    }
                }
                view.kernel = try readFile(at: "/proc/sys/kernel/osrelease", ifExists: true)
                    .map { String(decoding: $0.dropLast(), as: UTF8.self) }
                view.images = try await machine.images.list().count
                return view
            },
            pods: { await machine.records(meantBy: $0, pods, histories) },
            exec: { try await startProcess($2, in: $1, ofPod: $0, machine, pods) },
            probe: { try await askNow($1, ofPod: $0, pods) },
            debug: { try await lookInside($0, $1, machine, pods) },
            images: { try await imageViews(machine, pods) },
            pullImage: { reference, progress in
                try await view(machine.images.pull(reference) { progress(PullEvent($0)) })
            },
            importImages: { path, progress in
                try await machine.images.importArchive(.init(path)) { progress(PullEvent($0)) }.map { view($0) }
            },
            removeImage: { reference in
                guard let image = try await machine.images.image(reference) else {
                    throw ControlError(.notFound, "image \(reference): not found")
                }
                try await machine.images.remove(reference, inUse: imagesInUse(machine, pods))
                return view(image)
            })
    }
}

/// - Parameter uid: the pod's; one of the same name that came after is another.
private func startProcess(
    _ request: ExecRequest, in container: String, ofPod uid: String, _ machine: Machine, _ pods: PodManager
) async throws -> ExecSession {
    guard let entry = await pods.entry(of: .init(uid)) else {
        throw ControlError(.notFound, "pod \"\(request.pod)\" not found")
    }
    return ExecSession(
        try await machine.exec(
            request.command, in: container, of: entry.pod, hasInput: request.hasInput, terminal: request.terminal))
}

extension ExecSession {
    init(_ process: ExecProcess) {
        self.init(
            input: process.input, output: process.output, errors: process.errors, isTerminal: process.errors == nil,
            end: { ProcessEnd(code: try await process.end()) }, kill: { try await process.kill() })
    }
}

extension PullEvent {
    init(_ progress: PullProgress) {
        self.init(
            step: "\(progress.phase)", bytesDone: progress.receivedBytes,
            bytesTotal: progress.totalBytes > 0 ? progress.totalBytes : nil)
    }
}

private func networkCondition(_ machine: Machine) async -> ConditionView {
    switch await machine.networks.status() {
    case .ready: ConditionView(type: "NetworkReady", status: "True")
    case .notReady(let message):
        ConditionView(type: "NetworkReady", status: "False", reason: "NetworkPluginNotReady", message: message)
    }
}

private func view(_ image: Image) -> ImageView {
    ImageView(id: "\(image.id)", names: image.names, digests: image.digests, size: image.size)
}

private func imageViews(_ machine: Machine, _ pods: PodManager) async throws -> [ImageView] {
    var users: [String: [String]] = [:]
    for entry in await pods.list() {
        for status in entry.status?.allContainerStatuses ?? [] {
            users[status.imageID ?? "", default: []].append("\(entry.pod.namespace)/\(entry.pod.name)")
        }
    }
    return try await machine.images.list().map { image in
        var view = view(image)
        view.usedBy = users["\(image.id)"] ?? []
        return view
    }
}

/// Images that a pod names, or that one of its containers was made of.
func imagesInUse(_ machine: Machine, _ pods: PodManager) async throws -> Set<ImageID> {
    var ids: Set<ImageID> = []
    for entry in await pods.list() {
        for container in entry.pod.allContainers {
            if let image = try await machine.images.image(container.image) { ids.insert(image.id) }
        }
        for case .image(let reference, _) in entry.pod.volumes.map(\.source) {
            if let image = try await machine.images.image(reference) { ids.insert(image.id) }
        }
        for status in entry.status?.allContainerStatuses ?? [] {
            guard let id = status.imageID, !id.isEmpty else { continue }
            if let image = try await machine.images.image(id) { ids.insert(image.id) }
        }
    }
    return ids
}

extension Machine {
    /// A pod as the command line shows it, with the files of its containers' logs.
    fileprivate func records(meantBy name: PodName?, _ pods: PodManager, _ histories: PodHistories) async -> [PodRecord]
    {
        await pods.list { name?.mayMean($0, in: $1, uid: $2.rawValue) ?? true }
            .map { record(of: $0, pods, histories) }
    }

    func record(of entry: PodManager.Entry, _ pods: PodManager, _ histories: PodHistories) -> PodRecord {
        var object = entry.pod.manifest
        object.status = entry.status
        if entry.isTerminating, object.metadata?.deletionTimestamp == nil { object.metadata?.deletionTimestamp = .now }
        return PodRecord(
            object: object,
            logs: { container in
                let paths = try logPaths(of: container, in: entry.pod.id)
                return PodRecord.Logs(current: paths.first, previous: paths.dropFirst().first)
            },
            events: { await histories.events(of: entry.pod.id) },
            probes: {
                let reports = await pods.prober(of: entry.pod.id)?.reports() ?? []
                return reports.map { ProbeView($0, address: entry.status?.podIP) }
            })
    }
}
