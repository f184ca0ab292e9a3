import Containers
import Images
package import Linux
import OCI
package import Pods
import Shim
import SystemPackage

/// A process that was started in a container, and the near ends of its streams.
package struct ExecProcess: Sendable {
    /// `nil`: its input is empty. A terminal is both input and output.
    package let input: StreamEnd?
    package let output: StreamEnd
    /// `nil`: it has a terminal, where both are one, or they come with the output.
    package let errors: StreamEnd?
    private let process: TransientProcess
    private let shim: ShimClient
    private let id: String

    fileprivate init(_ near: NearEnds, _ process: TransientProcess, _ shim: ShimClient, _ id: String) {
        (input, output, errors) = (near.input, near.output, near.errors)
        self.process = process
        self.shim = shim
        self.id = id
    }

    /// Waits until it has ended: its exit code, or 128 + the signal. It is told once.
    package func end() async throws -> Int32 { try await process.end().code }

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
    /// - Parameters:
    ///   - terminal: the size of one for it; it is one of the container's own `/dev/pts`.
    ///   - joinsErrors: its errors come with its output, as they were written.
    package func exec(
        _ command: [String], in name: String, of pod: Pod, hasInput: Bool, terminal: TerminalSize? = nil,
        joinsErrors: Bool = false
    ) async throws -> ExecProcess {
        do {
            guard let container = pod.container(named: name),
                let record = try records(of: pod.id).newestInstance(of: name), record.end == nil
            else { throw NotRunning() }
            if try records(of: pod.id).sandbox()?.takesStarts == false { throw ShimError.otherVersion }
            let id = "exec-\(randomDigits(words: 1))"
            let shim = shim(of: pod.id)
            let bundle = record.runtime.map { _ in Bundle(directory: directories.running(id, of: pod.id)) }
            defer { if let bundle { try? removeTree(at: bundle.directory) } }
            var request = try await request(toExec: id, command, container, of: pod, record, terminal, bundle)
            if terminal != nil {
                let (process, near) = try await runAtTerminal(request, bundle, shim)
                return ExecProcess(near, process, shim, id)
            }
            request.streams = .descriptors
            let pipes = try ExecPipes(
                hasInput: hasInput, joinsErrors: joinsErrors, hasNullDevice: record.runtime == nil)
            return ExecProcess(
                pipes.near, try await run(request, descriptors: pipes.far, by: shim), shim, id)
        } catch {
            throw ExecError(container: name, cause: error)
        }
    }

    private func request(
        toExec id: String, _ command: [String], _ container: Pod.Container, of pod: Pod, _ record: ContainerRecord,
        _ terminal: TerminalSize?, _ bundle: Bundle?
    ) async throws -> StartRequest {
        if terminal == nil, record.runtime == nil {
            var program = try await execProgram(in: container, of: pod, record)
            program.run(command)
            return StartRequest(id: id, program: program, cgroup: record.cgroup)
        }
        var spec = try await execSpec(command, container, of: pod, record)
        if let terminal {
            spec.process.terminal = true
            spec.process.consoleSize = .init(height: terminal.rows, width: terminal.columns)
            spec.console = 0
        }
        guard let runtime = record.runtime, let bundle else {
            return StartRequest(id: id, program: try InitProgram(spec), cgroup: record.cgroup)
        }
        return try self.request(toExec: id, spec.process, in: record, bundle, by: runtime)
    }

    /// What every command does that has no terminal.
    private func execProgram(
        in container: Pod.Container, of pod: Pod, _ record: ContainerRecord
    ) async throws -> InitProgram {
        if let known = execPrograms[record.id] { return known }
        let program = try InitProgram(try await execSpec([], container, of: pod, record))
        execPrograms[record.id] = program
        // Removed meanwhile, it would be kept for ever.
        if try records(of: pod.id).newestInstance(of: container.name)?.id != record.id { execPrograms[record.id] = nil }
        return program
    }

    /// The process makes its terminal itself, in the container, and sends the other end before its program runs.
    private func runAtTerminal(
        _ request: StartRequest, _ bundle: Bundle?, _ shim: ShimClient
    ) async throws -> (TransientProcess, NearEnds) {
        if let bundle { return try await runAtTerminal(request, connectingTo: bundle.console, shim) }
        let (near, far) = try UnixSocket.pair().release()
        defer { try? near.close() }
        let process: TransientProcess
        do {
            process = try await shim.run(request, descriptors: [far])
            try far.close()
        } catch {
            try? far.close()
            throw error
        }
        guard let packet = try near.receivePacket(limit: 64) else {
            throw ShimError.garbled("the process has sent no terminal")
        }
        return (process, try NearEnds(terminalIn: packet))
    }

    /// A runtime of another's connects to a socket that it is told of, and sends the other end there.
    private func runAtTerminal(
        _ request: StartRequest, connectingTo console: FilePath, _ shim: ShimClient
    ) async throws -> (TransientProcess, NearEnds) {
        let listener = try UnixSocket.listening(at: console, .stream)
        let process = try await run(request, descriptors: [], by: shim)
        guard let connection = try listener.borrow({ try UnixSocket.acceptPending($0) }),
            let packet = try await connection.receivePacket(limit: 4096)
        else { throw ShimError.garbled("the runtime has sent no terminal") }
        return (process, try NearEnds(terminalIn: packet))
    }

    private func execSpec(
        _ command: [String], _ container: Pod.Container, of pod: Pod, _ record: ContainerRecord
    ) async throws -> ExecSpec {
        // By id: the name may mean another image by now.
        guard let image = try await images.image(record.imageID) else { throw NoImage(id: record.imageID) }
        let config = image.config.config ?? .init()
        var container = container
        if let variables = record.environment {
            container.environment = variables.filter { $0.count == 2 }.map { .init(name: $0[0], value: $0[1]) }
        }
        let facts = try facts(of: pod)
        var process = try RuntimeSpec.Process(container, of: pod, image: config, facts: facts)
        process.args = command
        process.terminal = nil
        process.apparmorProfile = record.appArmor
        var spec = ExecSpec(
            in: record.id, process: process, user: try ContainerSpec.User(container, of: pod, image: config),
            seccompFilter: try await seccompFilter(of: container))
        spec.idMappings = facts.idMappings
        return spec
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

private struct NearEnds {
    var input: StreamEnd?
    var output: StreamEnd
    var errors: StreamEnd?
}

extension NearEnds {
    fileprivate init(terminalIn packet: consuming UnixSocket.Packet) throws {
        guard let master = packet.takeDescriptors().first else { throw ShimError.garbled("no terminal came along") }
        let end = try StreamEnd(adopting: OwnedFileDescriptor(master))
        self.init(input: end, output: end, errors: nil)
    }
}

/// The pipes of one process. The far ends are the process'; here they are closed when it has its copies.
private final class ExecPipes: Sendable {
    let near: NearEnds
    let far: [FileDescriptor]

    /// - Parameter hasNullDevice: without input it reads the machine's null device; a runtime of another's might give
    ///   that to the container's user.
    init(hasInput: Bool, joinsErrors: Bool, hasNullDevice: Bool) throws {
        let output = try Pipe().release()
        let errors = joinsErrors ? nil : try Pipe().release()
        let input = hasInput ? try Pipe().release() : nil
        var empty: FileDescriptor?
        if !hasInput {
            empty =
                hasNullDevice
                ? try openFile("/dev/null", .readOnly).release() : try sealedMemoryFile("null", []).release()
        }
        // The same descriptor twice arrives as two.
        far = [input?.reading ?? empty, output.writing, errors?.writing ?? output.writing].compactMap(\.self)
        near = try NearEnds(
            input: input.map { try StreamEnd(adopting: OwnedFileDescriptor($0.writing)) },
            output: StreamEnd(adopting: OwnedFileDescriptor(output.reading)),
            errors: errors.map { try StreamEnd(adopting: OwnedFileDescriptor($0.reading)) })
    }

    deinit { for fd in Set(far) { try? fd.close() } }
}
