import Containers
import FoundationEssentials
import Init
import Linux
import Logging
import OCI
import Pods
import Shim
import SystemPackage

/// A runtime of another's, behind the handler of a RuntimeClass: a program that makes containers of bundles.
///
/// Source: the OCI runtime specification, `bundle.md`; the command line is that of runc(8), which crun, youki and
/// others share.
struct OtherRuntime: Codable, Equatable, Sendable {
    /// The program, and options that go before each command.
    var command: [String]
    /// Where it keeps what it knows of its containers.
    var root: String

    /// A container that one of them has made, or is about to make.
    struct Container: Codable, Equatable, Sendable {
        var runtime: OtherRuntime
        var id: String
    }

    func arguments(_ words: [String]) -> [String] { command + ["--root", root] + words }
}

/// What a runtime of another's is given for one container, and what it leaves there.
struct Bundle {
    let directory: FilePath
    var configuration: FilePath { directory.appending("config.json") }
    var rootFilesystem: FilePath { directory.appending("rootfs") }
    var pidFile: FilePath { directory.appending("pid") }
    var log: FilePath { directory.appending("log.json") }
    /// The socket that gets the other end of a terminal.
    var console: FilePath { directory.appending("console") }
}

extension Machine {
    /// The pod's runtime, if it is not the built-in one.
    func otherRuntime(of pod: Pod) throws -> OtherRuntime? {
        let (handler, runtime) = try settings.runtimeHandlers.runtime(of: pod, objects(of: pod))
        guard case .program(let command) = runtime else { return nil }
        return OtherRuntime(command: command, root: directories.runtimes.appending(handler).string)
    }

    /// Writes a container's bundle, and asks the pod's shim to have the runtime run it: the process becomes the shim's.
    ///
    /// The root file system is mounted for the runtime alone, in a mount namespace that ends with it: the container has
    /// its own copy, and nothing is left in the machine's.
    func request(
        toRun id: String, _ spec: RuntimeSpec, layers: [FilePath], upper: FilePath, work: FilePath, in bundle: Bundle,
        by runtime: OtherRuntime, cgroup: String, console: FilePath?
    ) throws -> StartRequest {
        let propagating = spec.mounts?.first { !Set($0.options ?? []).isDisjoint(with: ["shared", "rshared"]) }
        if let mount = propagating {
            throw RuntimeFailure(
                said: "mount \(mount.destination): only the built-in runtime propagates to the machine")
        }
        try write(spec, to: bundle)
        try makeDirectories(FilePath(runtime.root), mode: 0o700)
        let options: [InitProgram.MountOption] =
            layers.map { .init("lowerdir+", $0.string) }
            + [.init("upperdir", upper.string), .init("workdir", work.string)]
        let program = InitProgram(
            namespaces: .mount,
            steps: [
                .setPropagation(.slave),
                .makeFilesystem(0, type: "overlay", options: options, attributes: []),
                .place(0, path: bundle.rootFilesystem.string),
                try run(id, in: bundle, by: runtime, console: console),
            ])
        return StartRequest(id: id, program: program, cgroup: cgroup, pidFile: bundle.pidFile.string)
    }

    /// The same for a sandbox: its root is a directory with the one program that it runs.
    func request(
        toRunPause id: String, _ spec: RuntimeSpec, in bundle: Bundle, by runtime: OtherRuntime, cgroup: String
    ) throws -> StartRequest {
        try write(spec, to: bundle)
        try makeDirectories(FilePath(runtime.root), mode: 0o700)
        let program = bundle.rootFilesystem.appending("pause")
        try replaceFile(at: program, with: try readFile(at: pause) ?? [], durably: false)
        try setMode(0o555, of: program)
        return StartRequest(
            id: id, program: InitProgram(steps: [try run(id, in: bundle, by: runtime)]), cgroup: cgroup,
            pidFile: bundle.pidFile.string)
    }

    private func write(_ spec: RuntimeSpec, to bundle: Bundle) throws {
        try makeDirectories(bundle.rootFilesystem, mode: 0o755)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try replaceFile(at: bundle.configuration, with: [UInt8](encoder.encode(spec)), durably: false)
    }

    private func run(
        _ id: String, in bundle: Bundle, by runtime: OtherRuntime, console: FilePath? = nil
    ) throws -> InitProgram.Step {
        var words = [
            "--log", bundle.log.string, "--log-format", "json", "run", "--detach", "--bundle", bundle.directory.string,
            "--pid-file", bundle.pidFile.string,
        ]
        if let console { words += ["--console-socket", console.string] }
        return .execute(arguments: runtime.arguments(words + [id]), environment: try inheritableEnvironment())
    }

    /// Starts what was described. What the runtime itself says of its failure takes the place of the shim's word for it.
    func start(
        _ request: StartRequest, descriptors: [FileDescriptor] = [], by shim: ShimClient
    ) async throws -> StartedProcess {
        do {
            return try await shim.start(request, descriptors: descriptors)
        } catch { throw explained(error, of: request) }
    }

    func run(
        _ request: StartRequest, descriptors: [FileDescriptor], by shim: ShimClient
    ) async throws -> TransientProcess {
        do {
            return try await shim.run(request, descriptors: descriptors)
        } catch { throw explained(error, of: request) }
    }

    private func explained(_ error: any Error, of request: StartRequest) -> any Error {
        guard let file = request.pidFile, case .refused? = error as? ShimError,
            let said = lastError(in: Bundle(directory: FilePath(file).removingLastComponent()).log)
        else { return error }
        return RuntimeFailure(said: said)
    }

    /// Describes how the runtime is asked to run one more process in a container.
    ///
    /// - Parameter bundle: a directory for this alone, which may go once the process runs.
    func request(
        toExec id: String, _ process: RuntimeSpec.Process, in record: ContainerRecord, _ bundle: Bundle,
        by runtime: OtherRuntime
    ) throws -> StartRequest {
        try makeDirectories(bundle.directory, mode: 0o700)
        var process = process
        process.user = record.user ?? .init()
        let file = bundle.directory.appending("process.json")
        try replaceFile(at: file, with: [UInt8](JSONEncoder().encode(process)), durably: false)
        var words = ["--log", bundle.log.string, "--log-format", "json", "exec", "--detach", "--process", file.string]
        words += ["--pid-file", bundle.pidFile.string]
        if process.terminal == true { words += ["--console-socket", bundle.console.string] }
        let step = InitProgram.Step.execute(
            arguments: runtime.arguments(words + [record.id]), environment: try inheritableEnvironment())
        return StartRequest(
            id: id, program: InitProgram(steps: [step]), cgroup: record.cgroup, pidFile: bundle.pidFile.string)
    }

    /// Who the process becomes, looked up in the image's own files: a bundle has numbers.
    func account(of user: ContainerSpec.User, in layers: [FilePath]) throws -> RuntimeSpec.User {
        let credentials = InitProgram.Credentials(
            user: user.user, group: user.group, additionalGroups: user.additionalGroups,
            joinsListedGroups: user.joinsListedGroups)
        // An overlay has at least two layers.
        let root =
            layers.count == 1
            ? try openDirectory(layers[0])
            : try Mount.filesystem("overlay", options: layers.map { ("lowerdir+", $0.string) }, .readOnly)
        let account = try root.borrow { root throws(SyscallError) in try Account(credentials, root: root) }
        if user.refusesRoot && account.uid == 0 { throw RuntimeFailure(said: "container must not run as root") }
        return RuntimeSpec.User(uid: account.uid, gid: account.gid, additionalGids: account.groups)
    }

    /// Signals a container's first process.
    func signal(_ record: ContainerRecord, _ number: Int32, of pod: Pod.ID) async throws {
        guard let runtime = record.runtime else { return try await shim(of: pod).signal(record.id, number) }
        let result = try await ask(runtime, ["kill", record.id, "\(number)"])
        if result.end != .exited(0) {
            Logger.current.notice(
                "Runtime does not signal the container",
                metadata: ["container": "\(record.name)", "error": "\(String(decoding: result.errors, as: UTF8.self))"])
        }
    }

    /// Has a runtime forget a container of which nothing runs any more. One that cannot is not asked again: nothing of
    /// the container is left but a directory of the runtime's, which goes, too.
    func delete(_ container: OtherRuntime.Container) async throws {
        let folder = FilePath(container.runtime.root).appending(container.id)
        guard try fileStatus(folder) != nil else { return }
        let result = try? await ask(container.runtime, ["delete", "--force", container.id])
        if result?.end != .exited(0) {
            let said = result.map { String(decoding: $0.errors, as: UTF8.self) } ?? "it cannot be run"
            Logger.current.warning(
                "Runtime does not delete the container", metadata: ["id": "\(container.id)", "error": "\(said)"])
        }
        try await onOwnThread { try removeTree(at: folder) }
    }

    private func ask(_ runtime: OtherRuntime, _ words: [String]) async throws -> Command.Result {
        let arguments = runtime.arguments(words)
        return try await Command(
            executable: FilePath(arguments[0]), arguments: arguments, environment: try inheritableEnvironment(),
            timeout: .seconds(30), outputLimit: 64 << 10, isCancellable: false
        ).run()
    }
}

/// A runtime of another's has made no container.
struct RuntimeFailure: Error, CustomStringConvertible {
    let said: String
    var description: String { said }
}

/// The last error of a runtime's log, a JSON object a line.
func lastError(in log: FilePath) -> String? {
    struct Line: Decodable {
        var msg: String?
        var level: String?
    }
    guard let content = try? readEnd(of: log, limit: 64 << 10) else { return nil }
    return content.split(separator: UInt8(ascii: "\n")).reversed().lazy
        .compactMap { try? JSONDecoder().decode(Line.self, from: Data($0)) }
        .first { $0.level == "error" }?.msg
}

extension RuntimeSpec {
    /// The container as the bundle of a runtime has it that knows nothing of pods: with numbers and paths in the place of
    /// what the built-in one finds by itself.
    ///
    /// - Parameters:
    ///   - cgroup: below the root of the tree.
    ///   - pause: the process whose namespaces stand behind those of the sandbox.
    func bundled(
        user: User, cgroup: String, seccomp: Seccomp?, pause: Int32? = nil, sandbox: String? = nil
    ) -> RuntimeSpec {
        var spec = self
        // What is used of later versions does not need their number, which crun 1.8 refuses.
        spec.ociVersion = "1.0.2"
        spec.root = Root(path: "rootfs", readonly: root?.readonly)
        spec.process?.user = user
        spec.process?.terminal = process?.terminal ?? false
        // A wish for the built-in runtime, which warns, and an error for others. Source: proc_pid_oom_score_adj(5).
        if !Containers.Capabilities.available.isSuperset(of: .sysResource), (process?.oomScoreAdj ?? 0) < 0 {
            spec.process?.oomScoreAdj = nil
        }
        if sandbox == nil {
            // A pause needs neither, but runtimes do: they fill the one and ask the other.
            spec.process?.args = ["/pause"]
            spec.mounts = [
                Mount(destination: "/proc", source: "proc", type: "proc", options: ["nosuid", "noexec", "nodev"]),
                Mount(
                    destination: "/dev", source: "tmpfs", type: "tmpfs",
                    options: ["nosuid", "noexec", "mode=755", "size=64k"]),
            ]
        }
        spec.linux?.cgroupsPath = cgroup
        spec.linux?.seccomp = seccomp
        spec.linux?.namespaces = linux?.namespaces?.map { namespace in
            guard namespace.path == Namespace.ofSandbox, let pause else { return namespace }
            return Namespace(namespace.type, path: "/proc/\(pause)/ns/\(namespace.type.file)")
        }
        // Source: containerd's and CRI-O's annotations, by which runtimes tell a pod's sandbox from its containers.
        spec.annotations = (annotations ?? [:]).merging([
            "io.kubernetes.cri.container-type": sandbox == nil ? "sandbox" : "container",
            "io.kubernetes.cri.sandbox-id": sandbox ?? "",
        ]) { own, _ in own }
        return spec
    }
}

extension RuntimeSpec.Namespace.Kind {
    /// Its name below `/proc/<pid>/ns`.
    fileprivate var file: String {
        switch self {
        case .network: "net"
        case .mount: "mnt"
        case .pid, .ipc, .uts, .user, .cgroup, .time: rawValue
        }
    }
}
