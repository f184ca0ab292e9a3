import Cgroups
import Containers
import Init
import JSONText
import Linux
import OCI
import SystemPackage

/// `exec`: another process in a running container.
enum Exec {
    static let options: [Option] = [
        .value("console-socket"), .value("cwd"), .flag("tty", "t"), .value("user", "u"), .value("additional-gids", "g"),
        .value("env", "e"), .value("process", "p"), .flag("detach", "d"), .value("pid-file"), .value("process-label"),
        .value("apparmor"), .flag("no-new-privs"), .value("cap", "c"), .flag("no-subreaper"), .value("preserve-fds"),
        .flag("ignore-paused"), .value("cgroup"),
    ]

    /// What keeps the process from running is told apart from its own exit code: runc's is 255.
    static func run(_ runtime: Runtime, _ words: [String]) throws -> Int32 {
        do {
            return try runProcess(runtime, words)
        } catch let failure as Failure where failure.code != 1 {
            throw failure
        } catch let request as HelpRequest {
            throw request
        } catch {
            throw Failure("\(error)", code: 255)
        }
    }

    private static func runProcess(_ runtime: Runtime, _ words: [String]) throws -> Int32 {
        let arguments = try Arguments(words, options, stopsAtOperand: true)
        let preserved = try arguments.preserved()
        let container = try Container(runtime, try arguments.container())
        let target = try container.target(evenPaused: arguments.has("ignore-paused"))
        let spec = try container.spec()
        let process = try ExecProcess(arguments, container: spec).process
        let isAttended = !arguments.has("detach")
        let sockets = try CreationSockets(
            terminal: process.terminal == true, path: arguments["console-socket"], isAttended: isAttended,
            listens: spec.linux?.seccomp?.listensForCalls == true)
        defer { sockets.close() }
        let program = try program(of: process, in: spec, container.record.id, sockets, runtime.report)
        let signals = isAttended ? try signalDescriptor([Signals.child] + Signals.forwarded).release() : nil
        if isAttended { try? adoptOrphans() }
        let child = try target.borrow { fd in
            try ChildProcess.start(
                program, cgroup: try container.cgroup(named: arguments["cgroup"])?.path.string, slots: sockets.slots,
                preserved: preserved, process: fd)
        }
        sockets.closeFarEnds()
        do {
            try child.permit()
            if let maker = sockets.maker {
                try Meeting(container: container, spec: spec, process: child.pid).attend(maker)
            }
            try child.awaitReadiness(mustLive: false, runtime.report)
            let master = try sockets.receiveTerminal()
            if let file = arguments["pid-file"] {
                try container.directory.write(pid: child.pid, to: FilePath(file).absolute())
            }
            guard let signals else { return 0 }
            let foreground = Foreground(signals: signals, process: child.handle, pid: child.pid)
            guard let master else { return try foreground.wait() }
            return try TerminalRelay(master: master, foreground: foreground).run()
        } catch {
            // One that nobody waits for would keep the container's first process from ending.
            throw child.failure(insteadOf: error, runtime.report)
        }
    }

    private static func program(
        of process: RuntimeSpec.Process, in spec: RuntimeSpec, _ id: String, _ sockets: CreationSockets,
        _ report: Report
    ) throws -> InitProgram {
        var filter: SeccompFilter?
        if let profile = spec.linux?.seccomp { filter = try SeccompFilter(compiling: profile) }
        var warnings: [String] = []
        let program = try InitProgram(
            entering: id, spec, process: process, user: ContainerSpec.User(process.user), seccompFilter: filter,
            meetings: sockets.meetings, warnings: &warnings)
        for warning in warnings { report.warning(warning) }
        return program
    }
}

extension Container {
    /// Its first process, which another is to join.
    fileprivate func target(evenPaused: Bool) throws -> PidFD {
        let status = try status
        guard status == .running || status == .created || (status == .paused && evenPaused) else {
            throw Failure("cannot exec in container \(record.id): it is \(status.rawValue)", code: 255)
        }
        guard let process = try process() else {
            throw Failure("cannot exec in container \(record.id): container not running", code: 255)
        }
        return process
    }

    /// What it was created from.
    func spec() throws -> RuntimeSpec {
        guard let bytes = try readFile(at: directory.config, limit: 16 << 20) else { throw Failure("no config.json") }
        return try JSONReader.read(RuntimeSpec.self, from: bytes)
    }

    /// The container's group, or one below it; `nil` when it has none. Where that is gone, its first process says which
    /// group it is in: another process of it outside of all its limits there never is.
    func cgroup(named name: String?) throws -> Cgroup? {
        guard var group = cgroup else { return nil }
        if try !group.exists { group = try ContainerGroup.group(ofProcess: record.pid) }
        guard let name, name != "/" else { return group }
        let below = Cgroup(
            path: group.path.pushing(FilePath(name.drop { $0 == "/" }.description)).lexicallyNormalized())
        guard below.path.starts(with: group.path), try below.exists else { throw Failure("no cgroup \(name)") }
        return below
    }
}

/// The process to run: of `--process`, or the container's own with another command and what the options change.
struct ExecProcess {
    var process: RuntimeSpec.Process

    init(_ arguments: Arguments, container spec: RuntimeSpec) throws {
        if let file = arguments["process"] {
            guard let bytes = try readFile(at: FilePath(file), limit: 16 << 20) else { throw Failure("no \(file)") }
            do {
                process = try JSONReader.read(RuntimeSpec.Process.self, from: bytes)
                try process.validate()
            } catch {
                throw Failure("\(file): \(error)")
            }
            return
        }
        guard var process = spec.process else { throw Failure("config.json: process is missing") }
        process.args = Array(arguments.operands.dropFirst())
        if process.args?.isEmpty ?? true { throw Failure("the command is missing") }
        process.terminal = arguments.has("tty")
        if let directory = arguments["cwd"] { process.cwd = directory }
        for variable in arguments.all("env") {
            let name = variable.prefix { $0 != "=" } + "="
            process.env = (process.env ?? []).filter { !$0.hasPrefix(name) } + [variable]
        }
        if let user = arguments["user"] { try Self.setUser(user, of: &process) }
        for text in arguments.all("additional-gids").flatMap({ $0.split(separator: ",") }) {
            guard let group = UInt32(text) else { throw Failure("group \(text) is not a number") }
            process.user.additionalGids = (process.user.additionalGids ?? []) + [group]
        }
        if arguments.has("no-new-privs") { process.noNewPrivileges = true }
        if let label = arguments["process-label"] { process.selinuxLabel = label }
        if let profile = arguments["apparmor"] { process.apparmorProfile = profile }
        for name in arguments.all("cap") { Self.add(name, to: &process) }
        do { try process.validate() } catch { throw Failure("\(error)") }
        self.process = process
    }

    /// CVE-2026-30892: numbers only, and all of each.
    private static func setUser(_ text: String, of process: inout RuntimeSpec.Process) throws {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.allSatisfy({ $0.allSatisfy(\.isWholeNumber) }), let uid = UInt32(parts[0]) else {
            throw Failure("user \(text) is not a number")
        }
        process.user.uid = uid
        process.user.gid = 0
        if parts.count > 1 {
            guard let gid = UInt32(parts[1]) else { throw Failure("group of user \(text) is not a number") }
            process.user.gid = gid
        }
    }

    /// Source: runc, `exec --cap`: into all sets but the inheritable and ambient ones.
    private static func add(_ name: String, to process: inout RuntimeSpec.Process) {
        var sets = process.capabilities ?? .init()
        sets.bounding = (sets.bounding ?? []) + [name]
        sets.effective = (sets.effective ?? []) + [name]
        sets.permitted = (sets.permitted ?? []) + [name]
        process.capabilities = sets
    }
}
