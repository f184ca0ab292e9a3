import Cgroups
import Containers
import FoundationEssentials
import Images
import Linux
import Logging
import OCI
import Pods
import Shim
import SystemPackage

extension Machine {
    /// Starts a new instance: its image, its files, its record, its process.
    ///
    /// The record is written before the process exists: an agent that ends in between finds it and asks the shim.
    func start(_ container: Pod.Container, of pod: Pod, restartCount: Int, attempt: Int) async throws {
        let begun = ContinuousClock.now
        try await gatherReferences(of: pod)
        let image = try await self.image(for: container, of: pod)
        let layers = try await self.layers(of: image, named: container.image)
        var record = ContainerRecord(
            id: newContainerID(), name: container.name, restartCount: restartCount, attempt: attempt,
            image: container.image, imageID: "\(image.id)", logPath: "", cgroup: "", createdAt: Date())
        record.begunInstant = begun
        do {
            if pod.canRestartAll { record.anewSince = pod.restartOfAll(try await observe(pod.id)) }
            // Of the instances before it the last stays, for its log and how it ended.
            let earlier = try records(of: pod.id).instances(of: container.name)
            for old in earlier.dropFirst() { try await remove(old, of: pod.id) }
            if earlier.isEmpty {
                record.restartCount = max(restartCount, try self.restartCount(ofLogs: container.name, pod))
            }
            let start = try await prepare(container, of: pod, image.config.config ?? .init(), layers, &record)
            await note(.created(container.name), pod)
            try await run(start, &record, of: pod)
        } catch let error as PodError {
            throw error
        } catch let error as ContainerSpec.User.RunsAsRoot {
            throw PodError.containerConfiguration(container.name, cause: error)
        } catch {
            throw PodError.createContainer(container.name, cause: error)
        }
    }

    /// What the shim is asked for, and the overlay that comes along, in the slot after the console's.
    ///
    /// It is mounted before the process is there: the overlay of a user namespace is not, for its layers are shown with
    /// other owners to the process alone.
    private struct PreparedStart {
        var request: StartRequest
        var overlay: [InitProgram.MountOption]?
        /// Where a runtime of another's sends the terminal.
        var console: FilePath?
    }

    /// Makes everything that the process needs, and the description of it.
    private func prepare(
        _ container: Pod.Container, of pod: Pod, _ image: ImageConfig.Execution, _ layers: [FilePath],
        _ record: inout ContainerRecord
    ) async throws -> PreparedStart {
        guard let sandbox = try records(of: pod.id).sandbox() else { throw NoSandbox() }
        let (container, volumes) = try await resolve(container, of: pod, image, addresses: sandbox.addresses)
        record.environment = container.environment.map { [$0.name, $0.value] }
        let stopSignal = container.lifecycle.stopSignal ?? image.stopSignal.nonEmpty
        record.stopSignal = try stopSignal.map(signalNumber) ?? 15
        record.awaitsPostStart = container.lifecycle.postStart == nil ? nil : true
        record.allocation = Allocation(container, in: pod)
        record.ephemeral = pod.added(container.name)
        record.fallsBackToLog = container.terminationMessagePolicy == .fallbackToLogsOnError
        record.sandbox = sandbox.id
        record.runtime = sandbox.runtime
        record.appArmor = try await appArmor.profile(of: container.security)
        record.logPath = logFile(of: record, pod).string
        record.logLink = logLink(of: record, pod).string
        record.cgroup = cgroups.group(of: pod).child(record.id).path.string
        // From here on it can be found and removed, whatever comes.
        try records(of: pod.id).write(record)
        try prepareLog(of: record)
        let group = try cgroups.create(container, of: pod, id: record.id)
        let described = try describe(container, of: pod, image, layers, record, volumes: volumes)
        if !pod.hostUsers {
            try checkOwners(described, volumes: volumes, pause: sandbox.pause)
            if let owner = described.groupOwner { try group.delegate(owner: owner, group: .max) }
        }
        var start = try await request(for: container, of: pod, described, layers, sandbox, &record)
        start.request.streams = .log(
            LogTarget(path: record.logPath, maxSize: settings.logMaxSize, maxFiles: settings.logMaxFiles),
            input: container.hasTerminal ? .terminal : container.hasInput ? .pipe : .none)
        start.request.exitRecord = records(of: pod.id).exitFile(record.name, record.restartCount).string
        return start
    }

    /// Describes the process to the shim, or to the runtime that the shim shall ask.
    private func request(
        for container: Pod.Container, of pod: Pod, _ described: ContainerSpec, _ layers: [FilePath],
        _ sandbox: SandboxRecord, _ record: inout ContainerRecord
    ) async throws -> PreparedStart {
        guard let runtime = sandbox.runtime else {
            var spec = described
            if container.hasTerminal { spec.meetings.console = 0 }
            spec.seccompFilter = try await seccompFilter(of: container)
            let overlay = pod.hostUsers ? spec.overlayOptions : nil
            if overlay != nil { spec.root = .mounted(container.hasTerminal ? 1 : 0) }
            return PreparedStart(
                request: StartRequest(id: record.id, program: try InitProgram(spec), cgroup: record.cgroup),
                overlay: overlay)
        }
        let user = try account(of: described.user, in: layers)
        record.user = user
        try records(of: pod.id).write(record)
        let folder = directories.instance(record.name, record.restartCount, of: pod.id)
        let spec = described.spec.bundled(
            user: user, cgroup: try cgroups.pathInTree(FilePath(record.cgroup)),
            seccomp: try seccompProfile(of: container), pause: sandbox.pause.pid, sandbox: sandbox.id)
        // Beside the commands that are run in containers: where a bundle lies is longer than a socket's address may be.
        let console =
            container.hasTerminal
            ? Bundle(directory: directories.running("\(record.id.prefix(16))", of: pod.id)).console : nil
        return PreparedStart(
            request: try self.request(
                toRun: record.id, spec, layers: layers, upper: folder.appending("upper"),
                work: folder.appending("work"), in: Bundle(directory: folder.appending("bundle")), by: runtime,
                cgroup: record.cgroup, console: console),
            console: console)
    }

    /// What the container is, with the files that are made for it.
    private func describe(
        _ container: Pod.Container, of pod: Pod, _ image: ImageConfig.Execution, _ layers: [FilePath],
        _ record: ContainerRecord, volumes: [String: FilePath]
    ) throws -> ContainerSpec {
        let facts = try facts(of: pod)
        var spec = ContainerSpec(
            spec: try RuntimeSpec(
                container, of: pod, image: image, facts: facts, volumes: volumes,
                terminationLog: makeTerminationLog(of: record, container, pod),
                devices: container.security.isPrivileged ? hostDevices() : [],
                target: try container.target.flatMap { try records(of: pod.id).newestInstance(of: $0)?.process?.pid }),
            root: try makeRootFilesystem(of: record, layers, pod, rootID: facts.idMappings.first?.hostID),
            user: try ContainerSpec.User(container, of: pod, image: image), sandbox: record.sandbox)
        spec.ownsStreams = true
        spec.spec.process?.apparmorProfile = record.appArmor
        return spec
    }

    private func run(_ start: PreparedStart, _ record: inout ContainerRecord, of pod: Pod) async throws {
        let (asked, runs): (ContinuousClock.Instant, ContinuousClock.Instant)
        do {
            let overlay = try mount(start.overlay)
            defer { try? overlay?.close() }
            let console = try listen(at: start.console)
            defer { forget(console, start.console) }
            asked = ContinuousClock.now
            let started = try await self.start(
                start.request, descriptors: [console, overlay].compactMap(\.self), by: shim(of: pod.id))
            runs = ContinuousClock.now
            record.process = ProcessRecord(pid: started.state.pid, startTime: started.state.startTime)
            record.startedAt = Date()
            record.startedInstant = runs
            try records(of: pod.id).write(record)
            for warning in started.warnings {
                Logger.current.debug("Step left out", metadata: ["container": "\(record.name)", "step": "\(warning)"])
            }
        } catch {
            // Cancelled, it may run by now: the next look finds out, by the record.
            if Task.isCancelled || error is CancellationError { throw CancellationError() }
            try await remove(record, of: pod.id)
            throw PodError.runContainer(record.name, cause: error)
        }
        Logger.current.debug(
            "Instance runs",
            metadata: [
                "container": "\(record.name)", "id": "\(record.id.prefix(12))", "restarts": "\(record.restartCount)",
                "milliseconds": "\((runs - asked) / .milliseconds(1))",
            ])
    }

    private func listen(at console: FilePath?) throws -> FileDescriptor? {
        guard let console else { return nil }
        try makeDirectories(console.removingLastComponent(), mode: 0o700)
        let listener = try UnixSocket.listening(at: console, .stream)
        try listener.borrow { fd throws(SyscallError) in try fd.makeNonBlocking() }
        return listener.release()
    }

    /// The shim has its own by now, and the runtime has found it.
    private func forget(_ listener: FileDescriptor?, _ console: FilePath?) {
        guard let listener, let console else { return }
        try? listener.close()
        try? removeTree(at: console.removingLastComponent())
    }

    /// Attached nowhere: it goes with its last descriptor, unless the process has taken it for its root.
    private func mount(_ overlay: [InitProgram.MountOption]?) throws(SyscallError) -> FileDescriptor? {
        guard let overlay else { return nil }
        do throws(SyscallError) {
            return try Mount.filesystem("overlay", options: overlay.map { (key: $0.key, value: $0.value) }).release()
        } catch {
            throw SyscallError("mount overlay: \(error.operation)", error.errno)
        }
    }

    /// The directories of an overlay of the instance's own.
    ///
    /// - Parameter rootID: who the container's root is on the host, if not root: what is written belongs to him.
    private func makeRootFilesystem(
        of record: ContainerRecord, _ layers: [FilePath], _ pod: Pod, rootID: UInt32?
    ) throws -> ContainerSpec.RootFilesystem {
        let folder = directories.instance(record.name, record.restartCount, of: pod.id)
        let (upper, work) = (folder.appending("upper"), folder.appending("work"))
        try makeDirectories(upper, mode: 0o755)
        try makeDirectories(work, mode: 0o700)
        if let rootID { try setOwner(of: upper, user: rootID, group: rootID) }
        return .overlay(layers: layers.map(\.string), upper: upper.string, work: work.string)
    }

    /// Source: facts of kubelet, §3.8: a file of the node's, for the container may replace its own by a link.
    private func makeTerminationLog(of record: ContainerRecord, _ container: Pod.Container, _ pod: Pod) throws
        -> FilePath?
    {
        guard container.terminationMessagePath != nil else { return nil }
        let folder = directories.instance(record.name, record.restartCount, of: pod.id)
        try makeDirectories(folder, mode: 0o711)
        let file = folder.appending("termination-log")
        try createEmptyFile(at: file, mode: 0o666)
        try setMode(0o666, of: file)
        return file
    }

    /// The last 4 KiB of what the container wrote to say why it ended, however much that is.
    func terminationMessage(of record: ContainerRecord, exitCode: Int32, in pod: Pod.ID) throws -> String {
        let file = directories.instance(record.name, record.restartCount, of: pod).appending("termination-log")
        let message = String(decoding: try readEnd(of: file, limit: 4096), as: UTF8.self)
        guard message.isEmpty, exitCode != 0, record.fallsBackToLog == true else { return message }
        return try lastWords(in: FilePath(record.logPath))
    }

    struct NoSandbox: Error, CustomStringConvertible {
        var description: String { "the pod has no sandbox" }
    }
}
