package import Foundation
import Linux
import SystemPackage
import Testing

/// A `swiftlet run` of its own: built program, own directories, own node name. Its pods are taken down with it.
///
/// Children are started by `Linux.Command`, not by Foundation: its `Process` blocks a thread for each, of which the
/// tests have two, and lets children inherit blocked signals.
package final class AgentProcess {
    package let directory: URL
    package let program: URL
    package private(set) var pid: Int32 = 0
    private let extraOptions: [String]
    /// Searched for programs that the agent runs, before `PATH`.
    package var programs: URL { directory.appending(path: "programs") }

    package var manifests: URL { directory.appending(path: "manifests") }
    package var root: URL { directory.appending(path: "root") }
    package var state: URL { directory.appending(path: "state") }
    package var logs: URL { directory.appending(path: "logs") }
    package var preload: URL { directory.appending(path: "preload") }
    package var networkConfiguration: URL { directory.appending(path: "net.d") }
    package var registries: URL { directory.appending(path: "registries") }
    /// Plugins of a test's own, searched behind the real ones.
    package var plugins: URL { directory.appending(path: "plugins") }
    package var output: URL { directory.appending(path: "agent.log") }

    /// - Parameters:
    ///   - configuration: lines added to the KubeletConfiguration.
    ///   - options: added to the command line.
    package init(configuration: String = "", options: [String] = []) throws {
        extraOptions = options
        program = try Self.built("swiftlet")
        directory = FileManager.default.temporaryDirectory.appending(path: "swiftlet-\(UInt32.random(in: 0 ... .max))")
        for folder in [manifests, root, state, logs, preload, networkConfiguration, registries, plugins, programs] {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }
        try configure(configuration)
    }

    /// Writes the configuration file: what every test's agent needs, and these lines.
    package func configure(_ lines: String) throws {
        try """
        apiVersion: kubelet.config.k8s.io/v1beta1
        kind: KubeletConfiguration
        staticPodPath: \(manifests.path)
        podLogsDir: \(logs.path)
        cgroupRoot: /\(directory.lastPathComponent)
        failSwapOn: false
        \(lines)
        """.write(to: directory.appending(path: "config.yaml"), atomically: true, encoding: .utf8)
    }

    /// The folder that the tests were built into holds the programs too.
    package static func built(_ name: String) throws -> URL {
        var folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        for _ in 0..<6 {
            let candidate = folder.appending(path: name)
            if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
            folder.deleteLastPathComponent()
        }
        throw NotBuilt(name: name)
    }

    package struct NotBuilt: Error, CustomStringConvertible {
        let name: String
        package var description: String { "\(name) is not built beside the tests" }
    }

    package var options: [String] {
        [
            "--config", directory.appending(path: "config.yaml").path, "--root-dir", root.path, "--state-dir",
            state.path,
            "--cni-conf-dir", networkConfiguration.path, "--cni-bin-dir", "/usr/lib/cni", "--hostname-override",
            "node1",
            "--preload-dir", preload.path, "--container-logs-dir", directory.appending(path: "container-logs").path,
            "--registries-dir", registries.path, "--cni-bin-dir", plugins.path,
        ] + extraOptions
    }

    package func start() async throws {
        let command = ([program.path, "run"] + options).map { "'\($0)'" }.joined(separator: " ")
        // The log is there when this returns: what runs in the background opens its own later.
        let line =
            "exec 3>>'\(output.path)'; PATH='\(programs.path)':$PATH setsid \(command) </dev/null >&3 2>&1 3>&- & echo $!"
        let result = try await run("sh", ["-c", line])
        pid = try #require(Int32(result.output.split(separator: "\n").last ?? ""))
    }

    /// Whether it answers on its control socket.
    package var listens: Bool {
        (try? UnixSocket.connecting(to: FilePath(state.path).appending("control.sock"), .stream)) != nil
    }

    /// Asks the agent to read its configuration again.
    package func reload() { _ = Foundation.kill(pid, SIGHUP) }

    /// Ends the agent and waits until it is gone.
    package func kill(_ signal: Int32) async throws {
        _ = Foundation.kill(pid, signal)
        let pid = pid
        _ = try await eventually { (try? ProcessStat(pid: pid)).map { $0.state == "Z" } ?? true }
    }

    /// Runs a command of the same program against this agent.
    package func ask(_ arguments: String...) async throws -> (status: Int32, output: String) {
        try await run("SWIFTLET_STATE_DIR=\(state.path)", [program.path] + arguments)
    }
}

/// Runs a program, looked up in `PATH` after any `NAME=value` in front of it, to its end, or for a minute, and returns what it wrote.
@discardableResult
package func run(_ program: String, _ arguments: [String]) async throws -> (status: Int32, output: String) {
    let result = try await Command(
        executable: "/usr/bin/env", arguments: ["env", program] + arguments, environment: inheritableEnvironment(),
        timeout: .seconds(60)
    ).run()
    let status: Int32 = if case .exited(let code) = result.end { code } else { -1 }
    return (status, String(decoding: result.output + result.errors, as: UTF8.self))
}

/// Waits until a condition holds, looking 50 times a second.
package func eventually(
    within time: Duration = .seconds(30), _ condition: () async throws -> Bool
) async throws -> Bool {
    let deadline = ContinuousClock.now + time
    while ContinuousClock.now < deadline {
        if try await condition() { return true }
        try await Task.sleep(for: .milliseconds(20))
    }
    return try await condition()
}
