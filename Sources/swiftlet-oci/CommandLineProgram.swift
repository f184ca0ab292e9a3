import Linux
import SystemPackage

/// The program as a whole: global options, then a command.
enum CommandLineProgram {
    /// Source: the man pages of runc(8) and crun(1): who calls a runtime knows these names.
    static let commands: [String: @Sendable (Runtime, [String]) throws -> Int32] = [
        "create": Create.run, "start": Start.run, "run": Run.run, "state": ShowState.run, "kill": Kill.run,
        "delete": Delete.run, "exec": Exec.run, "ps": ListProcesses.run, "pause": Pause.run, "resume": Resume.run,
        "update": Update.run, "events": Events.run, "list": ListContainers.run, "features": ShowFeatures.run,
        "spec": MakeSpec.run,
    ]

    /// Their children are this program, in a container, up to their exec.
    static let startsProcesses: Set<String> = ["create", "run", "exec"]

    static let globalOptions: [Option] = [
        .value("root"), .value("log"), .value("log-format"), .value("log-level"), .flag("debug"),
        .flag("systemd-cgroup"), .value("cgroup-manager"), .value("criu"), .value("rootless"), .flag("version", "v"),
        .flag("help", "h"),
    ]

    /// - Returns: the exit code.
    static func run(_ words: [String]) -> Int32 {
        var report = Report()
        do {
            let global = try Arguments(words, Self.globalOptions, stopsAtOperand: true)
            report = try Report(global)
            if global.has("version") { return showVersion() }
            if global.has("help") || global.operands.first == "help" { return showHelp() }
            guard let name = global.operands.first else { throw Failure("the command is missing; --help names them") }
            guard let command = commands[name] else { throw Failure("no command named \(name)") }
            if startsProcesses.contains(name) {
                try protectOwnProgram(named: "swiftlet-oci")
                try hideFromTracing()
            }
            return try command(try Runtime(global, report), Array(global.operands.dropFirst()))
        } catch let request as HelpRequest {
            Report.print(request.text)
            return 0
        } catch let failure as Failure {
            report.error(failure.description)
            return failure.code
        } catch {
            report.error("\(error)")
            return 1
        }
    }

    private static func showVersion() -> Int32 {
        Report.print("swiftlet-oci version \(version)\nspec: \(ShowFeatures.newestSpec)\n+SECCOMP +CAP\n")
        return 0
    }

    private static func showHelp() -> Int32 {
        let names = commands.keys.sorted().joined(separator: " ")
        Report.print(
            """
            Usage: swiftlet-oci [--root DIR] [--log FILE] [--log-format text|json] [--cgroup-manager cgroupfs|systemd|disabled] \
            COMMAND …
            Commands: \(names)

            """)
        return 0
    }

    static let version = "1.0.0"
}

/// What ends a command, and its exit code.
struct Failure: Error, CustomStringConvertible {
    let description: String
    let code: Int32

    init(_ description: String, code: Int32 = 1) {
        self.description = description
        self.code = code
    }
}

/// What all commands share.
struct Runtime {
    enum CgroupManager: String { case cgroupfs, systemd, disabled }

    let root: FilePath
    let cgroupManager: CgroupManager
    let report: Report

    init(_ arguments: Arguments, _ report: Report) throws {
        self.report = report
        let state = effectiveUser() == 0 ? "/run" : environmentVariable("XDG_RUNTIME_DIR") ?? "/run"
        root = try FilePath(arguments["root"] ?? "\(state)/swiftlet-oci").absolute()
        let name = arguments["cgroup-manager"] ?? (arguments.has("systemd-cgroup") ? "systemd" : "cgroupfs")
        guard let manager = CgroupManager(rawValue: name) else { throw Failure("no cgroup manager named \(name)") }
        cgroupManager = manager
    }
}

extension FilePath {
    func absolute() throws -> FilePath {
        isAbsolute ? lexicallyNormalized() : try currentDirectory().pushing(self).lexicallyNormalized()
    }

    /// This path, or when it is relative, as seen from a directory.
    func from(_ directory: FilePath) -> FilePath { isAbsolute ? self : directory.pushing(self).lexicallyNormalized() }
}
