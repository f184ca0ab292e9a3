import JSONText
import Linux
import SystemPackage

/// How long plugins may take, for one run of one plugin.
package struct PluginTimeouts: Sendable {
    /// Source: ocicni: five minutes for ADD, one for DEL.
    package var add: Duration = .seconds(300)
    package var delete: Duration = .seconds(60)
    package var check: Duration = .seconds(60)
    package var collect: Duration = .seconds(60)
    package var status: Duration = .seconds(10)
    package var version: Duration = .seconds(10)

    package init() {}

    /// The same for all, as tests want it.
    package init(all: Duration) { (add, delete, check, collect, status, version) = (all, all, all, all, all, all) }

    subscript(verb: Verb) -> Duration {
        switch verb {
        case .add: add
        case .delete: delete
        case .check: check
        case .collect: collect
        case .status: status
        case .version: version
        }
    }
}

/// Finds and runs plugins.
struct PluginRunner: Sendable {
    let directories: [FilePath]
    /// The agent's own variables: plugins rely on `PATH`, `HOME`, proxies …
    let environment: [String]
    let timeouts: PluginTimeouts
    /// Held by every plugin that runs.
    let lock: FilePath

    /// What a run is about, besides its input.
    struct Target: Sendable {
        var sandboxID = ""
        /// Empty for a sandbox whose namespace is gone.
        var namespace = ""
        var interface = ""
        var arguments = ""
    }

    /// The first regular file of the name along the path.
    func find(_ type: String) throws(PluginFailure) -> FilePath {
        for directory in directories {
            let file = directory.appending(type)
            if isRegularFile(file) { return file }
        }
        throw .missing(searched: directories.map(\.string))
    }

    /// Runs a plugin once and returns what it printed, after its exit code said success.
    func run(_ type: String, _ verb: Verb, input: [UInt8], target: Target = Target()) async throws -> [UInt8] {
        let command = Command(
            executable: try find(type), environment: variables(verb, target), input: input, timeout: timeouts[verb],
            isCancellable: verb != .delete && verb != .collect, lock: lock)
        try makeDirectories(lock.removingLastComponent())
        let result = try await start(command)
        switch result.end {
        case .exited(0): return result.output
        case .cancelled: throw CancellationError()
        case .timedOut: throw PluginFailure.timedOut(command.timeout)
        case .outputTooLong: throw PluginFailure.outputTooLong(limit: command.outputLimit)
        case let end: throw Self.failure(end, result)
        }
    }

    /// A program that is being written cannot be executed; whoever installs plugins is done in a moment.
    private func start(_ command: Command) async throws -> Command.Result {
        // Source: libcni, `raw_exec.go`: six tries, a second apart.
        for _ in 1..<6 {
            do {
                return try await command.run()
            } catch let error as SyscallError where error.errno == .textFileBusy {
                try await Task.sleep(for: .seconds(1))
            } catch let error as SyscallError {
                throw PluginFailure.notStarted("\(error)")
            }
        }
        do {
            return try await command.run()
        } catch let error as SyscallError {
            throw PluginFailure.notStarted("\(error)")
        }
    }

    private func variables(_ verb: Verb, _ target: Target) -> [String] {
        var variables = environment.filter { !$0.hasPrefix("CNI_") }
        variables.append("CNI_COMMAND=\(verb.rawValue)")
        variables.append("CNI_PATH=\(directories.map(\.string).joined(separator: ":"))")
        guard verb != .collect && verb != .status else { return variables }
        variables.append("CNI_CONTAINERID=\(target.sandboxID)")
        variables.append("CNI_NETNS=\(target.namespace)")
        variables.append("CNI_IFNAME=\(target.interface)")
        variables.append("CNI_ARGS=\(target.arguments)")
        return variables
    }

    /// Errors are objects on the standard output (the code of every library; the specification says both).
    private static func failure(_ end: Command.End, _ result: Command.Result) -> PluginFailure {
        if let value = try? JSON(parsing: result.output), let error = PluginError(value) { return .reported(error) }
        let texts = [result.output, result.errors].map { oneLine(String(decoding: $0.prefix(4096), as: UTF8.self)) }
        return .ended(end, text: texts.filter { !$0.isEmpty }.joined(separator: "; "))
    }
}
