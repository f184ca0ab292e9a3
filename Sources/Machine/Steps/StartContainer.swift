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
        let records = self.records(of: pod.id)
        let image = try await self.image(for: container)
        let layers = try await naming(pull: container.image) { try await images.layers(of: image) }
        guard let sandbox = try records.sandbox() else {
            throw PodError.createContainer(container.name, cause: NoSandbox(pod: pod.name))
        }
        var record = ContainerRecord(
            id: newContainerID(), name: container.name, restartCount: restartCount, attempt: attempt,
            image: container.image, imageID: image.reference, logPath: "", cgroup: "", createdAt: Date())
        let request: StartRequest
        do {
            let mounts = try prepareVolumes(of: container, pod)
            record.cgroup = try cgroups.create(container, of: pod, id: record.id).string
            record.logPath = try prepareLog(of: record, pod)
            record.logLink = try linkLog(of: record, pod).string
            let root = try prepareRootFilesystem(of: record, layers: layers, pod)
            let spec = try ContainerSpec(
                container, of: pod, image: image.config, facts: facts(of: pod, sandbox), mounts: mounts, root: root,
                id: record.id)
            request = StartRequest(
                id: record.id, program: try InitProgram(spec), cgroup: FilePath(record.cgroup),
                log: LogTarget(path: FilePath(record.logPath), maxSize: settings.logMaxSize, maxFiles: settings.logMaxFiles),
                exitRecord: records.exitFile(record.name, restartCount))
            try records.write(record)
        } catch let error as PodError {
            throw error
        } catch {
            throw PodError.createContainer(container.name, cause: error)
        }
        do {
            let started = try await shims.client(for: pod.id).start(request)
            record.process = ProcessRecord(pid: started.pid, startTime: started.startTime)
            record.startedAt = Date()
            record.startedInstant = ContinuousClock.now
            try records.write(record)
        } catch {
            try await remove(record, of: pod.id)
            throw PodError.runContainer(container.name, cause: error)
        }
        Logger.current.notice(
            "Container started", metadata: ["container": "\(container.name)", "id": "\(record.id.prefix(12))", "restarts": "\(restartCount)"])
    }

    struct NoSandbox: Error, CustomStringConvertible {
        let pod: String
        var description: String { "pod \(pod) has no sandbox" }
    }
}
