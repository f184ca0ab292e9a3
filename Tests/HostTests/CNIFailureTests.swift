import CNI
import JSONText
import Linux
import SystemPackage
import TestSupport
import Testing

@Suite(.needsPlugins, .timeLimit(.minutes(2))) struct `A plugin that fails` {
    @Test(arguments: [
        (
            #"printf %s '{"cniVersion":"1.0.0","code":11,"msg":"no address left","details":"range\n10.1.2.0/24"}'; exit 1"#,
            "network fake: plugin second: ADD: no address left (code 11): range 10.1.2.0/24"
        ),
        ("exit 3", "network fake: plugin second: ADD: exit code 3: no error message"),
        ("echo oh; echo no >&2; exit 1", "network fake: plugin second: ADD: exit code 1: oh; no"),
        ("kill -SEGV $$", "network fake: plugin second: ADD: killed by signal 11"),
        ("echo rubbish", "network fake: plugin second: ADD: not JSON: no value at byte 0: rubbish"),
        ("echo true-ish", "network fake: plugin second: ADD: not JSON: more after the value at byte 4: true-ish"),
        ("true", "network fake: plugin second: ADD: not JSON: the text ends early at byte 0: nothing printed"),
        ("echo '[]'", "network fake: plugin second: ADD: the result is an array, not an object: []"),
        (
            "echo '{\"cniVersion\":\"1.0.0\",\"ips\":[{}]}'",
            "network fake: plugin second: ADD: an entry of ips has no address with a prefix length: {\"cniVersion\":\"1.0.0\",\"ips\":[{}]}"
        ),
        (
            "echo '{\"cniVersion\":\"9.0.0\"}'",
            "network fake: plugin second: ADD: a result of unknown version 9.0.0: {\"cniVersion\":\"9.0.0\"}"
        ),
        ("echo '{\"cniVersion\":\"1.0.0\"}'", "network fake: the plugins gave no address"),
        ("yes", "network fake: plugin second: ADD: printed more than 10485760 bytes: killed"),
        ("yes >&2", "network fake: plugin second: ADD: no answer within 2 s: killed"),
        ("sleep 1000 & sleep 1000", "network fake: plugin second: ADD: no answer within 2 s: killed"),
    ])
    func `is named with what it said, and everything is given back`(script: String, message: String) async throws {
        try await FakePlugins.run { fake in
            let networks = try fake.network.networks(timeouts: .init(all: .seconds(2)))
            try fake.behave("second-ADD", script)
            let request = try await fake.network.sandbox("a")
            let error = await #expect(throws: CNIError.self) { try await networks.attach(request) }
            #expect(error?.description == message)
            #expect(try fake.calls() == ["first-ADD", "second-ADD", "second-DEL", "first-DEL"])
            #expect(try await networks.attachments() == [])
            #expect(try await fake.network.held() == [])
            #expect(try await processes(of: request) == [])
        }
    }

    @Test func `and cannot give back either is told with both, and asked again`() async throws {
        try await FakePlugins.run { fake in
            let networks = try fake.network.networks()
            try fake.behave("second-ADD", "echo broken; exit 1")
            try fake.behave("second-DEL", "echo stuck; exit 1")
            let request = try await fake.network.sandbox("a")
            let error = await #expect(throws: CNIError.self) { try await networks.attach(request) }
            #expect(
                error?.description == "network fake: plugin second: ADD: exit code 1: broken; "
                    + "then, giving back: network fake: plugin second: DEL: exit code 1: stuck")
            #expect(try await networks.attachments().map(\.sandboxID) == [request.sandboxID])
            await #expect(throws: CNIError.self) { try await networks.detach(sandboxID: request.sandboxID) }
            try fake.behave("second-DEL", "true")
            try await networks.detach(sandboxID: request.sandboxID)
            #expect(try await networks.attachments() == [])
        }
    }

    @Test func `by not being there is told with where it was looked for`() async throws {
        try await FakePlugins.run { fake in
            let networks = try fake.network.networks()
            let request = try await fake.network.sandbox("a")
            _ = try await networks.attach(request)
            try removeFile(at: fake.network.binaries.appending("second"))
            let missing = "no such program in \(fake.network.binaries)"
            #expect(await networks.status() == .notReady("network fake: plugin second: VERSION: \(missing)"))
            let error = await #expect(throws: CNIError.self) { try await networks.detach(sandboxID: request.sandboxID) }
            #expect(error?.description == "network fake: plugin second: DEL: \(missing)")
            try fake.forgetCalls()
            await #expect(throws: CNIError.self) {
                try await networks.detach(sandboxID: request.sandboxID, force: true)
            }
            #expect(try fake.calls() == ["first-DEL"])
            #expect(try await networks.attachments() == [])
        }
    }

    @Test func `by hanging is killed when the pod is no longer wanted, and given back later`() async throws {
        try await FakePlugins.run { fake in
            let networks = try fake.network.networks()
            try fake.behave("second-ADD", "sleep 1000")
            let request = try await fake.network.sandbox("a")
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try await networks.attach(request) }
                _ = try await eventually(within: .seconds(10)) { (try? fake.calls().contains("second-ADD")) == true }
                let calls = try fake.calls()
                #expect(calls.contains("second-ADD"))
                group.cancelAll()
                await #expect(throws: CancellationError.self) { try await group.next() }
            }
            #expect(try await networks.attachments().count == 1)
            try await networks.detach(sandboxID: request.sandboxID)
            #expect(try fake.calls() == ["first-ADD", "second-ADD", "second-DEL", "first-DEL"])
        }
    }

    @Test func `because it is being written is tried again`() async throws {
        try await FakePlugins.run { fake in
            let networks = try fake.network.networks()
            let request = try await fake.network.sandbox("a")
            #expect(await networks.status() == .ready)
            // A script cannot be busy, a program can.
            let program = fake.network.binaries.appending("second")
            try removeFile(at: program)
            try await tool("cp", ["/bin/true", program.string])
            let writer = try FileDescriptor.open(program, .readWrite)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await Task.sleep(for: .milliseconds(300))
                    try writer.close()
                }
                let error = await #expect(throws: CNIError.self) { try await networks.attach(request) }
                #expect(error?.description.contains("nothing printed") == true)
                try await group.waitForAll()
            }
        }
    }

    @Test func `is waited for by the next agent while anything of it runs`() async throws {
        try await FakePlugins.run { fake in
            try fake.behave(
                "second-ADD",
                #"sleep 1 >/dev/null 2>&1 & echo '{"cniVersion": "1.0.0", "ips": [{"address": "10.1.2.3/24"}]}'"#)
            let networks = try fake.network.networks()
            _ = try await networks.attach(fake.network.sandbox("a"))
            let next = try fake.network.networks()
            #expect(try await !next.awaitEarlierPlugins(within: .milliseconds(100)))
            #expect(try await next.awaitEarlierPlugins())
            try await networks.detach(sandboxID: "sandbox-a")
        }
    }
}

/// Processes that still speak of the request's sandbox in their environment.
private func processes(of request: AttachmentRequest) async throws -> [String] {
    try directoryEntries("/proc").filter { pid in
        guard pid.first?.isNumber == true else { return false }
        let variables = (try? readFile(at: FilePath("/proc/\(pid)/environ"))) ?? []
        return String(decoding: variables, as: UTF8.self).contains("CNI_CONTAINERID=\(request.sandboxID)\0")
            && String(decoding: variables, as: UTF8.self).contains("CNI_NETNS=\(request.namespacePath)")
    }
}
