import Foundation
import TestSupport
import Testing

/// What the built agent does beside starting and stopping.
@Suite(.tags(.host), .needsRoot, .serialized, .timeLimit(.minutes(5))) struct `The agent's pods` {
    @Test func `tell what happened to them, also after another agent has come`() async throws {
        try await withAgent { agent in
            try agent.write(`The agent`.pod("crash", command: "echo no; exit 3"))
            #expect(try await eventually { try agent.waitingReason("crash") == "CrashLoopBackOff" })
            func history() async throws -> [[Substring]] {
                try await agent.ask("pods", "describe", "crash").output.split(separator: "\n")
                    .drop { $0 != "Events:" }.dropFirst(2).map { $0.split(separator: " ") }
            }
            let before = try await history()
            let reasons = before.map { "\($0[0]) \($0[1])" }
            for reason in [
                "Normal Pulled", "Normal Created", "Normal Started", "Warning Error", "Warning BackOff",
            ] { #expect(reasons.contains(reason), "\(reasons)") }
            #expect(
                before.contains {
                    $0.joined(separator: " ").hasSuffix("already present on machine and can be accessed by the pod")
                })
            try await agent.kill(SIGKILL)
            try await agent.start()
            for _ in 0..<50 {
                if try await history().count >= before.count { break }
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(try await history().count >= before.count)
        }
    }

    @Test func `say their last words where they left no message`() async throws {
        try await withAgent { agent in
            func manifest(_ name: String, _ command: String, _ policy: String) -> (String, String) {
                var pod = `The agent`.pod(name, command: command, restartPolicy: "Never")
                pod.1 += "\n    terminationMessagePolicy: \(policy)"
                return pod
            }
            try agent.write(manifest("fall", "echo one; echo two >&2; exit 1", "FallbackToLogsOnError"))
            try agent.write(manifest("file", "echo one; exit 1", "File"))
            try agent.write(manifest("good", "echo one", "FallbackToLogsOnError"))
            try agent.write(
                manifest("own", "echo one; echo own >/dev/termination-log; exit 1", "FallbackToLogsOnError"))
            for (name, message) in [("file", nil), ("good", nil), ("own", "own\n")] as [(String, String?)] {
                #expect(try await eventually { try agent.exitCode(name) != nil })
                #expect(try agent.message(name) == message, "\(name)")
            }
            #expect(try await eventually { try agent.exitCode("fall") != nil })
            // Two pipes: which comes first is not said.
            #expect(Set(try agent.message("fall")?.split(separator: "\n") ?? []) == ["one", "two"])
        }
    }

    @Test func `have logs whose full parts are compressed and read as one`() async throws {
        let settings = "containerLogMaxSize: 10Ki\ncontainerLogMaxFiles: 5\n"
        try await withAgent(configuration: settings) { agent in
            // More than 10 KiB at a time, less than 50 in all: four parts, wherever a second ends.
            let script = "for i in 0 1 2 3; do seq $((i*260+1)) $(((i+1)*260)); sleep 1.1; done; exec sleep 1000"
            try agent.write(`The agent`.pod("talk", command: script))
            #expect(try await eventually { try agent.log("talk", "app").contains(" F 1040\n") })
            func files() throws -> [String] { try agent.logFiles("talk", "app") }
            // A compressed part is there a moment before what it was made of goes.
            let isCompressed = try await eventually {
                let files = try files()
                return files.count == 5 && files.count { $0.hasSuffix(".gz") } == 3
            }
            let names = try files()
            #expect(isCompressed, "\(names)")
            let all = try await agent.ask("logs", "talk").output.split(separator: "\n").compactMap { Int($0) }
            #expect(all == Array(1...1040))
            let tail = try await agent.ask("logs", "talk", "--tail", "650").output.split(separator: "\n")
            #expect(tail.compactMap { Int($0) } == Array(391...1040))
        }
    }

    @Test func `that are privileged see the host's devices and, if asked, its processes`() async throws {
        try await withAgent { agent in
            let script = "ls -l /dev/null /dev/kmsg; ls -d /proc/\(agent.pid); exec sleep 1000"
            var pod = `The agent`.pod("root", command: script)
            pod.1 += "\n    securityContext: {privileged: true}"
            pod.1 = pod.1.replacing("hostNetwork:", with: "hostPID: true\n  hostNetwork:")
            try agent.write(pod)
            try agent.write(`The agent`.pod("plain", command: "ls -d /dev/kmsg /proc/\(agent.pid); exec sleep 1000"))
            let sees = try await eventually { try agent.log("root", "app").contains("/proc/\(agent.pid)\n") }
            try #require(sees)
            if FileManager.default.fileExists(atPath: "/dev/kmsg") {
                #expect(try agent.log("root", "app").contains("/dev/kmsg\n"))
            }
            #expect(
                try await eventually {
                    try agent.log("plain", "app").split(separator: "\n").count { $0.contains("No such file") } == 2
                })
        }
    }

    @Test func `have a terminal or an open input if they ask for one`() async throws {
        try await withAgent { agent in
            // As process 1 a shell without input ends at once, and so does one at the end of its input.
            let containers = [
                "{name: shell, image: IMAGE, command: [sh], stdin: true, tty: true}",
                "{name: looks, image: IMAGE, tty: true, command: [sh, -c, 'tty; echo $TERM; ls -l /dev/console | cut -c1; sleep 1000']}",
                "{name: reads, image: IMAGE, command: [cat], stdin: true, stdinOnce: true}",
                "{name: done, image: IMAGE, command: [cat]}",
            ]
            try agent.write(lifePod("web", policy: "Never", "containers: [\(containers.joined(separator: ", "))]"))
            #expect(try await eventually { try agent.log("web", "looks").contains("F c") })
            let said = try agent.log("web", "looks")
            #expect(said.contains("stdout F /dev/pts/0\r\n") && said.contains("F xterm\r\n"), "\(said)")
            #expect(try await eventually { try agent.state("web", "done")?.kind == "terminated" })
            for name in ["shell", "looks", "reads"] { #expect(try agent.isRunning("web", name), "\(name)") }
            #expect(try await agent.ask("exec", "web", "-c", "shell", "--", "sh", "-c", "exit 4").status == 4)
            try await agent.kill(SIGKILL)
            try await agent.start()
            #expect(try await eventually { agent.listens })
            for name in ["shell", "looks", "reads"] { #expect(try agent.isRunning("web", name), "\(name)") }
        }
    }

    @Test func `leave no directory when a power cut empties what was written down of them`() async throws {
        try await withAgent { agent in
            try agent.write(`The agent`.pod("web", command: "exec sleep 1000"))
            #expect(try await eventually { try agent.phase("web") == "Running" })
            try await agent.kill(SIGKILL)
            let (directory, entry) = (
                agent.root.appending(path: "pods/lost"), agent.root.appending(path: "ledger/pods/lost")
            )
            let given = agent.root.appending(path: "ledger/allocations/lost")
            try FileManager.default.createDirectory(
                at: directory.appending(path: "containers/app/0/upper"), withIntermediateDirectories: true)
            try Data().write(to: entry)
            try Data("{}".utf8).write(to: given)
            let before = try agent.pids("web")
            try await agent.start()
            #expect(
                try await eventually {
                    [directory, entry, given].allSatisfy { !FileManager.default.fileExists(atPath: $0.path) }
                })
            #expect(try agent.pids("web") == before)
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: agent.root.appending(path: "pods").path).count == 1)
        }
    }

    @Test func `have a pause that can do nothing`() async throws {
        try await withAgent { agent in
            try agent.write(`The agent`.pod("web", command: "exec sleep 1000"))
            #expect(try await eventually { try agent.phase("web") == "Running" })
            let pause = try #require(
                try agent.pids("web").first { try Self.text("/proc/\($0)/comm") == "pause\n" })
            let status = try Self.text("/proc/\(pause)/status").split(separator: "\n").map {
                $0.split(whereSeparator: \.isWhitespace).map(String.init)
            }
            func field(_ name: String) -> [String] { Array(status.first { $0[0] == name }?.dropFirst() ?? []) }
            #expect(field("Uid:") == Array(repeating: "65535", count: 4))
            #expect(field("Gid:") == Array(repeating: "65535", count: 4))
            for set in ["CapPrm:", "CapEff:", "CapBnd:", "CapAmb:"] { #expect(field(set) == ["0000000000000000"]) }
            #expect(field("NoNewPrivs:") == ["1"] && field("Seccomp:") == ["2"])
            #expect(try Self.text("/proc/\(pause)/mounts").split(separator: "\n").count == 1, "it sees no /proc")
            let score = try Self.text("/proc/\(pause)/oom_score_adj")
            let isTold = try agent.log().contains("Pause is not what it should be")
            #expect(score == "-998\n" || isTold)
        }
    }

    private static func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }
}
