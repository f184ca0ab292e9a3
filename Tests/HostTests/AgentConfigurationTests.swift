import Foundation
import TestSupport
import Testing

/// What the configuration says is what the agent does; what changes in it while the agent runs holds at once, or is
/// named.
@Suite(.tags(.host), .needsRoot, .serialized, .timeLimit(.minutes(5))) struct `The agent's configuration` {
    @Test func `is read again on SIGHUP, field by field`() async throws {
        try await withAgent(configuration: "maxPods: 1\n") { agent in
            try agent.write(`The agent`.pod("a", command: "exec sleep 1000"))
            #expect(try await eventually { try agent.phase("a") == "Running" })
            try agent.write(`The agent`.pod("b", command: "exec sleep 1000"))
            // A manifest's pod is critical: others would end for it, if they were less so.
            #expect(
                try await eventually { try agent.status("b")?["reason"] as? String == "UnexpectedAdmissionError" })
            let refusal = try agent.status("b")?["message"] as? String ?? ""
            #expect(refusal.hasSuffix("no set of running pods found to reclaim resources: [(res: pods, q: 1), ]"))

            try agent.configure(
                "maxPods: 5\npodPidsLimit: 99\nlogging: {format: json, verbosity: 4}\nvolumeStatsAggPeriod: 2m\n")
            agent.reload()
            #expect(try await eventually { try agent.log().contains(#""field":"podPidsLimit""#) })
            let lines = try agent.log().split(separator: "\n").filter { $0.hasPrefix("{") }
            func told(_ message: String, _ field: String) -> Bool {
                lines.contains { $0.contains(message) && $0.contains("\"field\":\"\(field)\"") }
            }
            for field in ["maxPods", "logging.format", "logging.verbosity"] { #expect(told("has a new value", field)) }
            #expect(told("holds from the agent's next start on", "podPidsLimit"))
            #expect(try await eventually { try agent.log().contains(#""field":"volumeStatsAggPeriod""#) })
            for line in lines { _ = try JSONSerialization.jsonObject(with: Data(line.utf8)) }

            try agent.write(`The agent`.pod("c", command: "exec sleep 1000"))
            #expect(try await eventually { try agent.phase("c") == "Running" })
            // Steps are told of at verbosity 4.
            #expect(try await eventually { try agent.log().contains(#""msg":"Step done""#) })

            try agent.configure("maxPods: many\n")
            agent.reload()
            #expect(try await eventually { try agent.log().contains("the old one holds") })
            #expect(try agent.phase("a") == "Running")
            #expect(try agent.phase("c") == "Running")
        }
    }

    @Test func `limits how often images are pulled`() async throws {
        try await withAgent(configuration: "registryPullQPS: 1\nregistryBurst: 1\nserializeImagePulls: false\n") {
            agent in
            // Nobody listens there: what counts is that the second one is not even tried.
            for name in ["one", "two", "three"] {
                try agent.write(lifePod(name, "containers: [{name: app, image: \"127.0.0.1:1/\(name):1\"}]"))
            }
            #expect(
                try await eventually {
                    try ["one", "two", "three"].contains { name in
                        let message = try agent.waitingMessage(name) ?? ""
                        return try agent.waitingReason(name) == "ErrImagePull" && message.hasSuffix("pull QPS exceeded")
                    }
                })
        }
    }

    @Test func `keeps the last good pod of a manifest that was spoiled while no agent ran`() async throws {
        try await withAgent { agent in
            try agent.write(`The agent`.pod("web", command: "exec sleep 1000"))
            #expect(try await eventually { try agent.phase("web") == "Running" })
            let before = try agent.pids("web")
            try await agent.kill(SIGKILL)
            try agent.write(
                "web.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: app,")
            try await agent.start()
            #expect(try await eventually { try agent.log().contains("what it gave before keeps running") })
            try await Task.sleep(for: .seconds(2))
            #expect(try agent.pids("web") == before)
            // It is not only left alone: it is kept running.
            for pid in before { _ = kill(pid, SIGKILL) }
            #expect(
                try await eventually {
                    let now = try agent.pids("web")
                    return try agent.phase("web") == "Running" && now.count >= 2 && Set(now).isDisjoint(with: before)
                })
            try agent.remove("web")
            #expect(try await eventually { try agent.status("web") == nil })
            #expect(try agent.leftovers() == [])
        }
    }

    @Test func `lets images come into the preload directory at any time`() async throws {
        try await withAgent { agent in
            let whole = agent.directory.appending(path: "late.tar")
            try await BusyboxImage.write(to: whole, name: "example.test/late:1")
            let target = agent.preload.appending(path: "late.tar")
            // A slow writer: half of it lies there for a while.
            let half = try #require(FileManager.default.attributesOfItem(atPath: whole.path)[.size] as? Int) / 2
            async let written = run(
                "sh",
                [
                    "-c",
                    "{ head -c \(half) \(whole.path); sleep 3; tail -c +\(half + 1) \(whole.path); } >\(target.path)",
                ])
            try await Task.sleep(for: .seconds(2))
            #expect(FileManager.default.fileExists(atPath: target.path))
            #expect(try await !agent.ask("images", "list").output.contains("example.test/late"))
            #expect(try !agent.log().contains("Image not imported"))
            #expect(try await written.status == 0)
            #expect(try await eventually { try agent.log().contains("late.tar") })
            #expect(try await eventually { try agent.log().contains("example.test/late:1") })
            #expect(try await agent.ask("images", "list").output.contains("example.test/late"))

            try "no archive".write(to: agent.preload.appending(path: "bad.tar"), atomically: false, encoding: .utf8)
            #expect(try await eventually { try agent.log().contains("Image not imported") })
            let answer = try await agent.ask("images", "import", whole.path)
            #expect(answer.status == 0 && answer.output.contains("reading ("), "\(answer)")
        }
    }

    @Test func `gives up images that no pod uses when the disk is fuller than it may be`() async throws {
        try await withAgent { agent in
            try await BusyboxImage.write(
                to: agent.preload.appending(path: "other.tar"), name: "example.test/other:1", user: "web")
            #expect(try await eventually { try agent.log().contains("example.test/other:1") })
            try agent.write(`The agent`.pod("web", command: "exec sleep 1000"))
            #expect(try await eventually { try agent.phase("web") == "Running" })
            // The first look notes what is there, the second finds it old enough.
            for age in ["1ms", "2ms"] {
                try agent.configure(
                    "imageGCHighThresholdPercent: 1\nimageGCLowThresholdPercent: 0\nimageMinimumGCAge: \(age)\n")
                agent.reload()
                try await Task.sleep(for: .seconds(1))
            }
            #expect(try await eventually { try agent.log().contains("Image removed") })
            let images = try await agent.ask("images", "list").output
            #expect(images.contains(BusyboxImage.name.dropLast(2)) && !images.contains("example.test/other"))
            #expect(try agent.phase("web") == "Running")
            #expect(try agent.log().contains("no unused image is left"))
        }
    }
}
