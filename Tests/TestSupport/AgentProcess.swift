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
    private let extraConfiguration: String

    package var manifests: URL { directory.appending(path: "manifests") }
    package var root: URL { directory.appending(path: "root") }
    package var state: URL { directory.appending(path: "state") }
    package var logs: URL { directory.appending(path: "logs") }
    package var preload: URL { directory.appending(path: "preload") }
    package var networkConfiguration: URL { directory.appending(path: "net.d") }
    package var output: URL { directory.appending(path: "agent.log") }

    /// - Parameter configuration: lines added to the KubeletConfiguration.
    package init(configuration: String = "") throws {
        extraConfiguration = configuration
        program = try Self.built("swiftlet")
        directory = FileManager.default.temporaryDirectory.appending(path: "swiftlet-\(UInt32.random(in: 0 ... .max))")
        for folder in [manifests, root, state, logs, preload, networkConfiguration] {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }
        try """
        apiVersion: kubelet.config.k8s.io/v1beta1
        kind: KubeletConfiguration
        staticPodPath: \(manifests.path)
        podLogsDir: \(logs.path)
        cgroupRoot: /\(directory.lastPathComponent)
        \(configuration)
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
        ]
    }

    package func start() async throws {
        let command = ([program.path, "run"] + options).map { "'\($0)'" }.joined(separator: " ")
        let result = try await run("sh", ["-c", "setsid \(command) </dev/null >>'\(output.path)' 2>&1 & echo $!"])
        pid = try #require(Int32(result.output.split(separator: "\n").last ?? ""))
    }

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
    within time: Duration = .seconds(30), _ condition: () throws -> Bool
) async throws -> Bool {
    let deadline = ContinuousClock.now + time
    while ContinuousClock.now < deadline {
        if try condition() { return true }
        try await Task.sleep(for: .milliseconds(20))
    }
    return try condition()
}
