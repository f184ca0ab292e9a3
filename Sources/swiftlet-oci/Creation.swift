import Cgroups
import Containers
import Init
import JSONText
import Linux
import OCI
import SystemPackage

/// Makes a container: its directory, its group, its first process. What fails leaves nothing behind.
struct Creation {
    static let options: [Option] = [
        .value("bundle", "b"), .value("config", "f"), .value("pid-file"), .value("console-socket"),
        .value("preserve-fds"), .flag("no-pivot"), .flag("no-new-keyring"), .flag("no-subreaper"),
    ]

    let runtime: Runtime
    let id: String
    var bundle: Bundle
    let arguments: Arguments
    /// The process waits until it is started; else it starts at once.
    let waits: Bool
    /// The caller stays, and joins its streams to a terminal of the container.
    let isAttended: Bool
    /// It is this program that hears when the container is ready, not a later `start`.
    private let listens: Bool
    private let notify: NotifySocket?
    /// How many descriptors from 3 on the program inherits.
    let preserved: UInt32

    init(_ runtime: Runtime, _ arguments: Arguments, waits: Bool, isAttended: Bool) throws {
        self.runtime = runtime
        self.arguments = arguments
        self.isAttended = isAttended
        listens = !waits
        id = try arguments.container()
        preserved = try arguments.preserved(and: environmentVariable("LISTEN_FDS").flatMap { UInt32($0) } ?? 0)
        bundle = try Bundle(arguments["bundle"], config: arguments["config"])
        // Hooks of the start need the state that a start brings.
        let hooks = bundle.spec.hooks
        self.waits = waits || !(hooks?.startContainer ?? []).isEmpty || !(hooks?.poststart ?? []).isEmpty
        let environment = Self.environment(bundle.spec.process?.env)
        bundle.spec.process?.env = environment
        notify = NotifySocket(ContainerDirectory(runtime, id))
        notify?.add(to: &bundle.spec)
    }

    struct Made {
        let container: Container
        /// A handle on the container's process, a child of this one.
        let process: FileDescriptor
        /// The other side of the container's terminal, when the caller attends.
        let terminal: FileDescriptor?
        let notices: Notices?
    }

    func perform() throws -> Made {
        var spec = ContainerSpec(spec: bundle.spec, bundle: bundle.path.string)
        if let profile = bundle.spec.linux?.seccomp { spec.seccompFilter = try SeccompFilter(compiling: profile) }
        var warnings: [String] = []
        // Compiled once before anything is made: what cannot be is refused without a trace.
        let program = try InitProgram(spec, warnings: &warnings)
        for warning in warnings { runtime.report.warning(warning) }
        var group = try ContainerGroup.find(bundle.spec, id: id, runtime)
        let directory = ContainerDirectory(runtime, id)
        try directory.make(id)
        do {
            let lock = try directory.lock()
            try openFile(directory.config, [.writeOnly, .create, .exclusive]).borrow { fd in
                _ = try fd.writeAll(bundle.bytes)
            }
            try group?.claim()
            // Before anything else is made: whoever deletes what a killed create has left finds it here.
            try directory.write(record(of: 0, startTime: 0, group))
            try notify?.make()
            try group?.make(bundle.spec, runtime.report)
            let made = try launch(program, &spec, directory, &group)
            _ = consume lock
            return made
        } catch {
            undo(&group, directory)
            throw error
        }
    }

    private func record(of pid: Int32, startTime: UInt64, _ group: ContainerGroup?) -> ContainerRecord {
        ContainerRecord(
            id: id, ociVersion: bundle.spec.ociVersion, pid: pid, startTime: startTime, bundle: bundle.path.string,
            rootfs: bundle.spec.root?.path ?? "", created: Timestamp.now(), cgroup: group?.cgroup.path.string,
            ownsCgroup: group?.isOwn ?? false, scope: group?.unit, annotations: bundle.spec.annotations ?? [:])
    }

    /// The directory goes last: as long as there is something left, `delete` must find it.
    private func undo(_ group: inout ContainerGroup?, _ directory: ContainerDirectory) {
        let refusal = persistently {
            try group?.undo()
            if let wish = bundle.spec.linux?.intelRdt { try ResourceGroup.remove(wish, of: id) }
            try removeTree(at: directory.path)
        }
        if let refusal { runtime.report.warning("container \(id) is left to be deleted: \(refusal)") }
    }

    private func launch(
        _ program: InitProgram, _ spec: inout ContainerSpec, _ directory: ContainerDirectory,
        _ group: inout ContainerGroup?
    ) throws -> Made {
        let sockets = try CreationSockets(self, directory)
        defer { sockets.close() }
        let notices = listens ? try notify?.listen() : nil
        spec.meetings = sockets.meetings
        let child = try ChildProcess.start(
            sockets.slots.isEmpty ? program : try InitProgram(spec), cgroup: group?.cgroup.path.string,
            slots: sockets.slots, preserved: preserved)
        group?.isInhabited()
        sockets.closeFarEnds()
        do {
            let record = record(of: child.pid, startTime: try startTime(ofProcess: child.pid), group)
            try directory.write(record)
            try child.permit()
            let container = Container(directory: directory, record: record)
            if let maker = sockets.maker { try Meeting(container: container, spec: bundle.spec).attend(maker) }
            try child.awaitReadiness(mustLive: waits, runtime.report)
            let terminal = try sockets.receiveTerminal()
            if let file = arguments["pid-file"] { try directory.write(pid: child.pid, to: FilePath(file).absolute()) }
            return Made(container: container, process: child.handle, terminal: terminal, notices: notices)
        } catch {
            throw child.failure(insteadOf: error, runtime.report)
        }
    }

    /// Sockets that systemd has opened are for the container's process, which is number 1 of its namespace.
    ///
    /// Source: sd_listen_fds(3); runc, `utils_linux.go`.
    private static func environment(_ environment: [String]?) -> [String]? {
        guard let count = environmentVariable("LISTEN_FDS"), UInt32(count) != nil else { return environment }
        return (environment ?? []) + ["LISTEN_FDS=\(count)", "LISTEN_PID=1"]
    }
}

extension Container {
    init(directory: ContainerDirectory, record: ContainerRecord) {
        self.directory = directory
        self.record = record
    }
}
