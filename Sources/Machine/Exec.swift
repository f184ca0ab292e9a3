import Containers
import Images
package import Linux
import OCI
package import Pods
import Shim
import SystemPackage

/// A process that was started in a container, and the near ends of its streams.
package struct ExecProcess: Sendable {
    /// `nil`: its input is empty.
    package let input: StreamEnd?
    package let output: StreamEnd
    /// `nil`: they come with the output.
    package let errors: StreamEnd?
    private let shim: ShimClient
    private let id: String

    fileprivate init(_ pipes: ExecPipes, _ shim: ShimClient, _ id: String) {
        (input, output, errors) = pipes.near
        self.shim = shim
        self.id = id
    }

    /// Waits until it has ended: its exit code, or 128 + the signal.
    package func end() async throws -> Int32 { try await shim.wait(id).code }

    /// Kills it; one that has ended is no error.
    package func kill() async throws {
        do { try await shim.signal(id, 9) } catch let error as ShimError {
            // Ended and told already, it is no longer known.
            guard case .refused(_, .noSuchProcess) = error else { throw error }
        }
    }
}

extension Machine {
    /// Runs a command in a running container as the container itself runs: its user, environment, rights and limits.
    ///
    /// The pod's shim clones it straight into the container's cgroup and namespaces; nothing is mounted, and nothing
    /// is left when it has ended.
    ///
    /// - Parameter joinsErrors: its errors come with its output, as they were written.
    package func exec(
        _ command: [String], in name: String, of pod: Pod, hasInput: Bool, joinsErrors: Bool = false
    ) async throws -> ExecProcess {
        do {
            guard let container = pod.container(named: name),
                let record = try records(of: pod.id).containers()[name]?.first, record.end == nil
            else { throw NotRunning() }
            let pipes = try ExecPipes(hasInput: hasInput, joinsErrors: joinsErrors)
            let request = StartRequest(
                id: "exec-\(newContainerID().prefix(16))",
                program: try InitProgram(await execSpec(command, container, of: pod, record)),
                cgroup: record.cgroup, streams: .descriptors, isTransient: true)
            let shim = shim(of: pod.id)
            // The same pipe twice is one descriptor twice: each is a copy of its own when it arrives.
            let streams = joinsErrors ? pipes.far + pipes.far.suffix(1) : pipes.far
            _ = try await shim.start(request, descriptors: streams)
            return ExecProcess(pipes, shim, request.id)
        } catch {
            throw ExecError(container: name, cause: error)
        }
    }

    private func execSpec(
        _ command: [String], _ container: Pod.Container, of pod: Pod, _ record: ContainerRecord
    ) async throws -> ExecSpec {
        // By id: the name may mean another image by now.
        guard let image = try await images.image(record.imageID) else { throw NoImage(id: record.imageID) }
        let config = image.config.config ?? .init()
        var process = try RuntimeSpec.Process(container, of: pod, image: config, facts: facts(of: pod))
        process.args = command
        return ExecSpec(
            in: record.id, process: process, user: try ContainerSpec.User(container, of: pod, image: config),
            seccompFilter: try await seccompFilter(of: container))
    }
}

struct ExecError: Error, CustomStringConvertible {
    let container: String
    let cause: any Error
    var description: String { "exec in container \(container): \(cause)" }
}

struct NotRunning: Error, CustomStringConvertible {
    var description: String { "it is not running" }
}

struct NoImage: Error, CustomStringConvertible {
    let id: String
    var description: String { "its image \(id) is gone" }
}

/// The pipes of one process. The far ends are the process'; here they are closed when it has its copies.
private final class ExecPipes: Sendable {
    let near: (input: StreamEnd?, output: StreamEnd, errors: StreamEnd?)
    let far: [FileDescriptor]

    init(hasInput: Bool, joinsErrors: Bool) throws {
        let output = try Pipe().release()
        let errors = joinsErrors ? nil : try Pipe().release()
        let input = hasInput ? try Pipe().release() : nil
        let empty = hasInput ? nil : try openFile("/dev/null", .readOnly).release()
        far = [input?.reading ?? empty, output.writing, errors?.writing].compactMap(\.self)
        near = try (
            input.map { try StreamEnd(adopting: OwnedFileDescriptor($0.writing)) },
            StreamEnd(adopting: OwnedFileDescriptor(output.reading)),
            errors.map { try StreamEnd(adopting: OwnedFileDescriptor($0.reading)) }
        )
    }

    deinit { for fd in far { try? fd.close() } }
}
