import Cgroups
import Containers
import Init
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
    let bundle: Bundle
    let arguments: Arguments
    /// The process waits until it is started; else it starts at once.
    let waits: Bool

    init(_ runtime: Runtime, _ arguments: Arguments, waits: Bool) throws {
        self.runtime = runtime
        self.arguments = arguments
        self.waits = waits
        id = try arguments.container()
        bundle = try Bundle(arguments["bundle"], config: arguments["config"])
    }

    /// - Returns: the container, and the handle on its process, a child of this one.
    func perform() throws -> (container: Container, process: FileDescriptor) {
        var spec = ContainerSpec(spec: bundle.spec, root: .directory(bundle.spec.root?.path ?? ""))
        if let process = bundle.spec.process { spec.user = .init(process.user) }
        if let profile = bundle.spec.linux?.seccomp { spec.seccompFilter = try SeccompFilter(compiling: profile) }
        var program = try InitProgram(spec)
        if waits { program.steps.insert(.awaitStart(0), at: max(0, program.steps.count - 1)) }
        let directory = ContainerDirectory(runtime, id)
        try directory.make(id)
        let group = try ContainerGroup.find(bundle.spec, id: id, runtime)
        var ownsGroup = false
        do {
            let lock = try openDirectory(directory.path)
            try lock.borrow { fd throws(SyscallError) in try fd.lock() }
            if let group { ownsGroup = try ContainerGroup.make(group) }
            return try launch(program, directory, group, ownsGroup: ownsGroup)
        } catch {
            if ownsGroup { try? group?.removeAndWait() }
            try? removeTree(at: directory.path)
            throw error
        }
    }

    private func launch(
        _ program: InitProgram, _ directory: ContainerDirectory, _ group: Cgroup?, ownsGroup: Bool
    ) throws -> (container: Container, process: FileDescriptor) {
        var slots: [FileDescriptor] = []
        if waits { slots.append(try UnixSocket.listening(at: directory.start, .packets).release()) }
        defer { for fd in slots { try? fd.close() } }
        let child = try ChildProcess.start(
            program, cgroup: group?.path.string, slots: slots, preserved: try arguments.number("preserve-fds") ?? 0)
        do {
            let record = ContainerRecord(
                id: id, ociVersion: bundle.spec.ociVersion, pid: child.pid,
                startTime: try startTime(ofProcess: child.pid), bundle: bundle.path.string,
                rootfs: bundle.spec.root?.path ?? "", created: Timestamp.now(), cgroup: group?.path.string,
                ownsCgroup: ownsGroup, annotations: bundle.spec.annotations ?? [:])
            try openFile(directory.config, [.writeOnly, .create, .exclusive]).borrow { fd in
                _ = try fd.writeAll(bundle.bytes)
            }
            // A record only now: before it the container does not exist, and after it it can be found and deleted.
            try directory.write(record)
            try child.awaitReadiness(mustLive: waits, runtime.report)
            if let file = arguments["pid-file"] { try writePID(child.pid, to: FilePath(file).absolute()) }
            return (Container(directory: directory, record: record), child.handle)
        } catch {
            child.kill()
            throw error
        }
    }
}

/// Written whole or not at all: whoever waits for the file reads it as soon as it is there.
func writePID(_ pid: Int32, to file: FilePath) throws {
    guard let name = file.lastComponent else { throw Failure("pid file \(file): not a file") }
    let temporary = file.removingLastComponent().appending(".\(name)")
    try openFile(temporary, [.writeOnly, .create, .truncate], mode: 0o666).borrow { fd in
        _ = try fd.writeAll("\(pid)".utf8)
    }
    try moveFile(at: temporary, to: file)
}

extension Container {
    init(directory: ContainerDirectory, record: ContainerRecord) {
        self.directory = directory
        self.record = record
    }
}

extension ContainerSpec.User {
    init(_ user: RuntimeSpec.User) {
        self.init(.id(user.uid), group: .id(user.gid), additionalGroups: user.additionalGids ?? [])
    }
}
