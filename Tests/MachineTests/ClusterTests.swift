import Testing

private let node = "/api/v1/nodes/node1"
private let lease = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/node1"

/// The packaged service as a node of a cluster; its tests go on where the one before ended, and join where none did.
@Suite(.serialized, .boot(1), .cluster) struct `A machine that joins a cluster` {
    @Test func `is refused where the hash is another's, and changes nothing`() async throws {
        let files =
            "cd /; find etc var/lib/swiftlet -type f | grep -E '^(etc/(kubernetes|swiftlet|default)|var/lib/swiftlet/pki)/' | sort | xargs sha256sum"
        let (before, agent) = try await (shell(files), AgentService.pid())
        let words = try await join(pin: "sha256:" + String(repeating: "0", count: 64), ending: 1)
        #expect(
            words
                == "Error: join \(ClusterServer.address): the cluster's certificate authority has none of the given hashes"
        )
        #expect(try await shell(files) == before)
        #expect(try await AgentService.pid() == agent)
    }

    @Test func `is a node of it with one command`() async throws {
        let agent = try await AgentService.untilItIsUp()
        try await shell("systemctl disable -q swiftlet")
        try await untilJoined()
        #expect(try await AgentService.untilItIsUp() != agent)
        #expect(try await shell("systemctl is-enabled swiftlet") == "enabled")
        let files = """
            /etc/kubernetes/pki/ca.crt /etc/kubernetes/bootstrap-kubelet.conf /etc/kubernetes/kubelet.conf \
            /etc/swiftlet/config.d/60-cluster.conf /etc/default/swiftlet /var/lib/swiftlet/pki/*
            """
        #expect(try await shell("stat -L -c '%a %U:%G' \(files) | sort -u") == "600 root:root")
        // What the cluster wants of all nodes is in force.
        #expect(try await ClusterServer.get(node, ".status.allocatable.pods") == "77")
        let config = try await ask("configz").filtered(by: ".kubeletconfig | .rotateCertificates, .maxPods")
        #expect(config == "true\n77")
        // Repeating it is safe.
        let written = try await shell("cat \(files)")
        try await join(pin: ClusterServer.pin(), "--no-start")
        #expect(try await shell("cat \(files)") == written)
    }

    @Test func `is the same node with the same pods after its service has started again`() async throws {
        try await untilJoined()
        let pod = try await ClusterPod("stays", script: ClusterPod.forever)
        try await pod.untilPhase("Running")
        let identity = "echo $(readlink -f /var/lib/swiftlet/pki/kubelet-client-current.pem)"
        let before = try await (
            ClusterServer.get(node, ".metadata.uid"), shell(identity), pod.status(".containerStatuses")
        )
        let agent = try await AgentService.untilItIsUp()
        let renewals = try await renewals().count
        try await shell("systemctl restart swiftlet")
        try await AgentService.untilReplaced(agent)
        try await until("the lease is renewed") { try await (self.renewals().count > renewals).orNil }
        let after = try await (
            ClusterServer.get(node, ".metadata.uid"), shell(identity), pod.status(".containerStatuses")
        )
        #expect(before == after)
        #expect(try await pod.starts().count == 1)
        #expect(try await ready() == "True")
        try await pod.delete()
        try await untilGone([pod])
    }

    // MARK: Logs

    @Test func `answers for its journal`() async throws {
        try await untilJoined()
        let unit = "speaker\(UInt32.random(in: 0 ... .max))"
        let lines = "for i in 1 2 3 4 5; do echo line $i; done; echo Odd one"
        try await shell("systemd-run -q --wait --unit=\(unit) sh -c '\(lines)'")
        let all = try await until("the journal has all of the unit's") {
            let lines = try await ask("logs/?query=\(unit)").split(separator: "\n")
            return lines.last?.contains("Deactivated") == true ? lines : nil
        }
        #expect(Self.said(all) == (1...5).map { "line \($0)" } + ["Odd one"])
        let (hour, since) = ("date -u +%FT%TZ -d", "sinceTime")
        let (past, future) = try await (shell("\(hour) '-1 hour'"), shell("\(hour) '+1 hour'"))
        for options in ["", "&\(since)=\(past)", "&boot=0", "&\(since)=\(past)&boot=0&untilTime=\(future)"] {
            let found = try await ask("logs/?query=\(unit).service&tailLines=2&pattern=LINE\(options)")
            #expect(Self.said(found.split(separator: "\n")) == ["line 4", "line 5"], "\(options)")
            let last = try await ask("logs/?query=\(unit)&tailLines=3\(options)").split(separator: "\n")
            #expect(last == all.suffix(3), "\(options)")
        }
        let none = "-- No entries --"
        for query in ["\(unit)&pattern=quite-another", "\(unit)&\(since)=\(future)", "nobody", "\(unit)&tailLines=0"] {
            #expect(try await ask("logs/?query=\(query)") == none, "\(query)")
        }
    }

    @Test(arguments: [
        ("logs/?query=/../../etc/shadow", 406), ("logs/?query=..%2F..%2Fetc%2Fshadow", 406),
        ("logs/?query=/etc/shadow", 404), ("logs/?query=/trick.log", 404), ("logs/trick.log", 404),
        ("logs/?query=speaker%0A--file", 406), ("logs/?query=-Mother", 406),
        ("logs/?query=--file%3D%2Fetc%2Fshadow", 404),
        ("logs/?query=speaker&boot=1", 406), ("logs/?query=speaker&sinceTime=yesterday", 400),
    ])
    func `shows nothing but its logs`(query: String, code: Int) async throws {
        try await untilJoined()
        try await shell("ln -sfn /etc/shadow /var/log/trick.log")
        let answer = try await shell(
            "curl -sk --max-time 40 -w ' %{http_code}' \(ClusterServer.credentials) 'https://127.0.0.1:10250/\(query)'")
        #expect(answer.hasSuffix(" \(code)"), "\(answer)")
        #expect(!answer.contains("root:"))
        try await shell("rm /var/log/trick.log")
    }

    // MARK: The line and the clock

    @Test func `does what is wanted over a bad line`() async throws {
        try await untilJoined()
        let pods = try await ClusterServer.withBadLine {
            var pods: [String: ClusterPod] = [:]
            for name in ["lasting", "changed", "deleted", "brief", "forced"] {
                pods[name] = try await ClusterPod(name, script: ClusterPod.forever)
            }
            pods["short"] = try await ClusterPod("short", script: "exit 3", spec: "\"restartPolicy\": \"Never\",")
            try await pods["brief"]?.delete()
            try await pods["forced"]?.delete(grace: 0)
            try await pods["deleted"]?.untilPhase("Running")
            try await pods["deleted"]?.delete()
            try await pods["changed"]?.untilPhase("Running")
            try await ClusterServer.ask(
                "PATCH", "\(ClusterPod.all)/changed", #"{"metadata": {"labels": {"stage": "two"}}}"#,
                type: "application/merge-patch+json")
            try await until("the change is there") {
                try await shell("swiftlet exec changed -- cat /info/stage").contains("two").orNil
            }
            for name in ["lasting", "changed"] { try await pods[name]?.untilPhase("Running") }
            try await pods["short"]?.untilPhase("Failed")
            try await untilGone(["brief", "forced", "deleted"].compactMap { pods[$0] })
            return pods
        }
        for (name, pod) in pods { #expect(try await pod.starts().count <= 1, "\(name) is started once") }
        for name in ["lasting", "changed"] {
            #expect(try await pods[name]?.status(Self.isReady) == "True", "\(name)")
        }
        #expect(try await pods["short"]?.status(".containerStatuses[0].state.terminated.exitCode") == "3")
        #expect(try await longestSilence() < 40)
        #expect(try await ready() == "True")
        let left = ["lasting", "changed", "short"].compactMap { pods[$0] }
        for pod in left { try await pod.delete() }
        try await untilGone(left)
    }

    @Test func `is misled neither by an API server that is gone for a minute nor by a clock that is set`() async throws
    {
        try await untilJoined()
        let failing = try await ClusterPod("failing", script: "exit 1")
        let steady = try await ClusterPod(
            "steady", script: ClusterPod.forever, spec: "\"activeDeadlineSeconds\": 3000,")
        try await steady.untilPhase("Running")
        try await failing.untilStarts(2)
        let (agent, tokens) = try await (AgentService.untilItIsUp(), askedTokens())
        let began = ContinuousClock.now
        try await ClusterServer.stop()
        // Set within the pauses between the failing pod's starts.
        try await anHourAhead {
            try await shell("kill -KILL $(pgrep -f 'starts/[s]teady' | head -n 1)")
            try await steady.untilStarts(2)
            try await failing.untilStarts(3)
        }
        try await failing.untilStarts(4)
        try await ContinuousClock().sleep(until: began + .seconds(60))
        // Its new certificate begins now.
        try await ClusterServer.start()
        try await anHourAhead {
            try await until("the server is told of what happened") {
                try await (steady.status("\(Self.restarts), (\(Self.isReady))") == "1\nTrue").orNil
            }
            try await until("the lease is renewed by the clock as it is") { try await (leaseAge() < 60).orNil }
        }
        try await until("the lease is renewed by the clock as it was") { try await (abs(leaseAge()) < 60).orNil }
        let starts = try await failing.starts()
        // Source: facts of kubelet, §3.1: at once, after 10 s, after 20 s.
        #expect(starts[2] - starts[1] >= 10 && starts[3] - starts[2] >= 20, "\(starts)")
        try await until("each start is told") {
            try await (failing.status(Self.restarts) == "\(failing.starts().count - 1)").orNil
        }
        #expect(try await steady.starts().count == 2)
        #expect(try await AgentService.pid() == agent)
        #expect(try await askedTokens() == tokens, "those that pods have are good")
        #expect(try await ready() == "True")
        #expect(try await ClusterServer.violations().isEmpty)
        for pod in [failing, steady] { try await pod.delete() }
        try await untilGone([failing, steady])
    }

    // MARK: Asking

    private static let isReady = #".conditions[] | select(.type == "Ready") | .status"#
    private static let restarts = ".containerStatuses[0].restartCount"

    private func ready() async throws -> String { try await ClusterServer.get(node, ".status | \(Self.isReady)") }

    private func untilJoined() async throws {
        try await AgentService.untilItIsUp()
        if try await shell("if [ -e /etc/kubernetes/kubelet.conf ]; then echo joined; fi") == "joined" { return }
        try await ClusterServer.setWishes("maxPods: 77\nenableSystemLogQuery: true\nenableSystemLogHandler: true\n")
        try await join(pin: ClusterServer.pin())
        try await until("the node is ready") { try await (ready() == "True").orNil }
    }

    /// What the command prints.
    @discardableResult
    private func join(pin: String, _ options: String = "", ending status: Int = 0) async throws -> String {
        let command = try await """
        swiftlet join \(ClusterServer.address) --token \(ClusterServer.token()) --discovery-token-ca-cert-hash \(pin) \(options)
        """
        return try await shell("set +e; \(command) 2>&1; test $? = \(status)")
    }

    /// Of the node itself, as somebody whom the cluster vouches for.
    private func ask(_ question: String) async throws -> String {
        try await shell(
            "curl -skS --fail --max-time 40 \(ClusterServer.credentials) 'https://127.0.0.1:10250/\(question)'")
    }

    /// What the unit itself has said, without what systemd says of it.
    private static func said(_ lines: [Substring]) -> [String] {
        lines.filter { $0.contains(" sh[") }.compactMap {
            $0.split(separator: "]: ", maxSplits: 1).last.map(String.init)
        }
    }

    private func untilGone(_ pods: [ClusterPod]) async throws {
        try await until("\(pods.map(\.name)) are gone") {
            let names = try await ClusterServer.get(ClusterPod.all, ".items[].metadata.name").split(separator: "\n")
            let here = try await shell("swiftlet pods list -o name").split(separator: "\n")
            return pods.allSatisfy { pod in
                !names.contains(Substring(pod.name)) && !here.contains { $0.hasSuffix("/\(pod.name)") }
            }.orNil
        }
    }

    /// When the node has said that it lives, in seconds since 1970.
    private func renewals() async throws -> [Double] {
        let filter = #"select((.uri | contains("/leases/node1")) and .code < 300) | .at | sub("[.].*"; "Z") | fromdate"#
        return try await ClusterServer.requests(filter).split(separator: "\n").compactMap { Double($0) }
    }

    /// The longest time, in seconds, for which the cluster has not heard of the node. Source: facts of kubelet, §10.5:
    /// after forty the lease has ended.
    private func longestSilence() async throws -> Double {
        let times = try await renewals()
        return zip(times.dropFirst(), times).map { $0 - $1 }.max() ?? .infinity
    }

    /// How long ago the node has renewed its lease, in seconds by the machine's clock.
    private func leaseAge() async throws -> Double {
        let renewed = try await ClusterServer.get(lease, #".spec.renewTime | sub("[.].*"; "Z") | fromdate"#)
        return try await (Double(shell("date +%s")) ?? 0) - (Double(renewed) ?? 0)
    }

    private func askedTokens() async throws -> Int {
        try await ClusterServer.requests(#"select(.uri | endswith("/token")) | .uri"#).split(separator: "\n").count
    }

    private func anHourAhead(_ body: () async throws -> Void) async throws {
        try await shell("date -s @$(($(date +%s) + 3600))")
        try await doing(body) { try await shell("date -s @$(($(date +%s) - 3600))") }
    }
}
