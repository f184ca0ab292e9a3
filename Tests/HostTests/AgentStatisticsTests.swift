import Foundation
import TestSupport
import Testing

@Suite(.tags(.host), .needsRoot, .timeLimit(.minutes(3))) struct `An agent's figures` {
    private typealias Object = [String: Any]
    private static let port = 10255

    /// Serves, writes to its layer, a volume and its log, and takes all the processor that it gets.
    private static let work = """
        mkdir /w; head -c 100000 /dev/zero > /w/index.html; httpd -p 8080 -h /w;
        while :; do head -c 200000 /dev/zero >> /layer; head -c 100000 /dev/zero >> /data/f; echo working; i=0;
        while [ $i -lt 20000 ]; do i=$((i+1)); done; sleep 0.2; done
        """.replacing("\n", with: " ")

    private func figures(_ body: (AgentProcess) async throws -> Void) async throws {
        try await withAgent(configuration: "readOnlyPort: \(Self.port)", prepare: { try $0.writeNetwork() }) { agent in
            let busy = lifePod(
                "busy",
                """
                containers:
                - {name: c, image: IMAGE, command: [sh, -c, "\(Self.work)"], volumeMounts: [{name: data, mountPath: /data}],
                   readinessProbe: {exec: {command: ["true"]}, periodSeconds: 1}}
                volumes: [{name: data, emptyDir: {}}]
                """)
            try agent.write(busy.0, busy.1.replacing("hostNetwork: true", with: "hostNetwork: false"))
            try agent.write(lifePod("quiet", "containers:\n- {name: c, image: IMAGE, command: [sleep, '1000']}"))
            #expect(try await eventually { try agent.phase("busy") == "Running" && agent.phase("quiet") == "Running" })
            try await body(agent)
        }
    }

    private func get(_ path: String) async throws -> String {
        let result = try await run("curl", ["-sS", "--max-time", "20", "http://127.0.0.1:\(Self.port)\(path)"])
        #expect(result.status == 0, "\(result.output)")
        return result.output
    }

    private func summary(_ query: String = "") async throws -> Object {
        try JSONSerialization.jsonObject(with: Data(await get("/stats/summary\(query)").utf8)) as? Object ?? [:]
    }

    private func pod(_ name: String, in summary: Object) -> Object? {
        (summary["pods"] as? [Object])?.first { ($0["podRef"] as? Object)?["name"] as? String == "\(name)-node1" }
    }

    private func number(_ object: Object?, _ path: String...) -> Int {
        var value: Any? = object
        for name in path {
            value = name == "[0]" ? (value as? [Any])?.first : (value as? Object)?[name]
        }
        return value as? Int ?? -1
    }

    @Test func `grow with what a pod does`() async throws {
        try await figures { agent in
            let before = try #require(pod("busy", in: try await summary()))
            let address = try #require(try agent.podIP("busy"))
            #expect(try await run("curl", ["-sS", "-o", "/dev/null", "http://\(address):8080/"]).status == 0)
            try await Task.sleep(for: .seconds(11))
            let all = try await summary()
            let after = try #require(pod("busy", in: all))
            func growth(_ path: [String]) -> Int {
                func at(_ object: Object) -> Int {
                    var value: Any? = object
                    for name in path { value = name == "0" ? (value as? [Any])?.first : (value as? Object)?[name] }
                    return value as? Int ?? -1
                }
                return at(before) < 0 ? -1 : at(after) - at(before)
            }
            #expect(growth(["cpu", "usageCoreNanoSeconds"]) > 10_000_000)
            #expect(growth(["containers", "0", "cpu", "usageCoreNanoSeconds"]) > 10_000_000)
            #expect(growth(["network", "txBytes"]) > 100_000)
            #expect(growth(["containers", "0", "rootfs", "usedBytes"]) > 1_000_000)
            #expect(growth(["containers", "0", "logs", "usedBytes"]) >= 0)
            #expect(growth(["volume", "0", "usedBytes"]) > 500_000)
            #expect(growth(["ephemeral-storage", "usedBytes"]) > 1_500_000)
            #expect(number(after, "containers", "[0]", "cpu", "usageNanoCores") > 1_000_000)
            #expect(number(after, "process_stats", "process_count") >= 2)
            let quiet = try #require(pod("quiet", in: all))
            #expect(number(quiet, "cpu", "usageCoreNanoSeconds") > 0 && quiet["network"] == nil)
            let node = all["node"] as? Object
            #expect(number(node, "cpu", "usageCoreNanoSeconds") > 0 && number(node, "cpu", "usageNanoCores") > 0)
            #expect(number(node, "memory", "workingSetBytes") > 1 << 20)
            #expect(number(node, "fs", "usedBytes") > 0 && number(node, "runtime", "imageFs", "usedBytes") > 1 << 16)
            #expect(number(node, "rlimit", "curproc") > 1)
            // Groups have memory where the kernel gives them the controller.
            let counts = FileManager.default.fileExists(atPath: "/sys/fs/cgroup/memory.stat")
            #expect((number(after, "memory", "workingSetBytes") > 0) == counts)
            let short = try await summary("?only_cpu_and_memory=true")
            #expect(pod("busy", in: short)?["ephemeral-storage"] == nil && pod("busy", in: short)?["cpu"] != nil)
        }
    }

    /// Reads with the parser of Prometheus' own client; writes each sample on a line.
    private static let parser = """
        import sys
        from prometheus_client.parser import text_string_to_metric_families as parse
        seen, families = set(), set()
        for family in parse(sys.stdin.read()):
            assert family.name not in families, family.name
            families.add(family.name)
            assert family.documentation and family.type in ('counter', 'gauge', 'histogram'), family
            for sample in family.samples:
                key = (sample.name, tuple(sorted(sample.labels.items())))
                assert key not in seen, key
                seen.add(key)
                print(sample.name, ','.join(f'{k}={v}' for k, v in key[1]), sample.value)
        """

    /// Each sample's value, by its name and labels.
    private func samples(_ path: String) async throws -> [String: Double] {
        let address = "http://127.0.0.1:\(Self.port)\(path)"
        let script = FileManager.default.temporaryDirectory.appending(path: "parse-\(UUID().uuidString).py")
        try Self.parser.write(to: script, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: script) }
        let result = try await run("sh", ["-c", "curl -sS '\(address)' | /usr/bin/python3 '\(script.path)'"])
        #expect(result.status == 0, "\(result.output)")
        var samples: [String: Double] = [:]
        for line in result.output.split(separator: "\n") {
            let words = line.split(separator: " ", omittingEmptySubsequences: false)
            samples[words.dropLast().joined(separator: " ")] = words.last.flatMap { Double($0) }
        }
        return samples
    }

    @Test func `are metrics that Prometheus can read, and count what happens`() async throws {
        try await figures { agent in
            let own = try await samples("/metrics")
            #expect(own["kubelet_node_name node=node1"] == 1 && own["kubelet_running_pods "] == 2)
            #expect(own["kubelet_running_containers container_state=running"] == 2)
            #expect(own["kubelet_started_pods_total "] == 2)
            #expect(own["kubelet_started_containers_total container_type=container"] == 2)
            #expect(own["kubelet_desired_pods static=true"] == 2 && own["kubelet_active_pods static="] == 0)
            #expect(own["kubelet_pod_start_duration_seconds_count "] == 2)
            #expect(own["kubelet_pod_worker_duration_seconds_count operation_type=create"] == 2)
            #expect(own["kubelet_runtime_operations_total operation_type=run_podsandbox"] == 2)
            #expect((own["process_cpu_seconds_total "] ?? 0) > 0 && (own["process_open_fds "] ?? 0) > 3)
            #expect(own["kubelet_working_pods config=desired,lifecycle=sync,static=true"] == 2)
            #expect(own["kubelet_working_pods config=orphan,lifecycle=terminating,static=true"] == 0)
            let asked = "long_running=false,method=GET,path=metrics,server_type=readonly"
            #expect(own["kubelet_http_requests_total \(asked)"] == 1)
            #expect(own["kubelet_http_inflight_requests \(asked)"] == 1)
            #expect(try await get("/healthz") == "ok")
            let checks = try await samples("/metrics/slis")
            #expect(checks["kubernetes_healthcheck name=syncloop,type=healthz"] == 1)
            #expect((checks["kubernetes_healthchecks_total name=ping,status=success,type=healthz"] ?? 0) >= 1)
            let containers = try await samples("/metrics/cadvisor")
            #expect(
                containers.keys.contains {
                    $0.hasPrefix("container_cpu_usage_seconds_total ") && $0.contains("pod=busy-node1")
                })
            #expect(
                containers.contains {
                    $0.key.hasPrefix("container_network_transmit_bytes_total ") && $0.key.contains("pod=busy-node1")
                        && $0.key.contains("interface=eth0")
                })
            #expect(
                containers.contains {
                    $0.key.hasPrefix("container_file_descriptors ") && $0.key.contains("container=c") && $0.value > 0
                })
            #expect((containers.first { $0.key.hasPrefix("machine_cpu_cores ") }?.value ?? 0) >= 1)
            let resources = try await samples("/metrics/resource")
            #expect(
                (resources["container_cpu_usage_seconds_total container=c,namespace=default,pod=busy-node1"] ?? 0) > 0)
            #expect((resources["pod_cpu_usage_seconds_total namespace=default,pod=quiet-node1"] ?? 0) > 0)
            #expect((resources["node_memory_working_set_bytes "] ?? 0) > 0 && resources["resource_scrape_error "] == 0)
            let probes = try await samples("/metrics/probes")
            #expect(
                probes.contains {
                    $0.key.hasPrefix("prober_probe_total ") && $0.key.contains("probe_type=Readiness,result=successful")
                })
            // What ends and what cannot start is counted too.
            try agent.write(
                lifePod("short", policy: "Never", "containers:\n- {name: c, image: IMAGE, command: [sh, -c, 'exit 3']}")
            )
            #expect(try await eventually { try agent.phase("short") == "Failed" })
            let later = try await samples("/metrics")
            #expect(later["kubelet_terminated_containers_total container_type=container,exit_code=3,reason=Error"] == 1)
            try agent.write(
                lifePod("none", "containers:\n- {name: c, image: nowhere.example/x, imagePullPolicy: Never}"))
            #expect(try await eventually { try agent.waitingReason("none") == "ErrImageNeverPull" })
            let last = try await samples("/metrics")
            #expect(
                (last["kubelet_started_containers_errors_total code=ErrImageNeverPull,container_type=container"] ?? 0)
                    >= 1)
            try agent.remove("busy")
            #expect(try await eventually { try agent.phase("busy") == nil })
            #expect(try await samples("/metrics/probes").keys.contains { $0.contains("busy") } == false)
        }
    }

    @Test func `are read at most every ten seconds, and quickly of many pods`() async throws {
        try await figures { agent in
            for number in 0..<108 {
                try agent.write(
                    lifePod("p\(number)", "containers:\n- {name: c, image: IMAGE, command: [sleep, '1000']}"))
            }
            #expect(
                try await eventually(within: .seconds(60)) {
                    try (0..<108).allSatisfy { try agent.phase("p\($0)") == "Running" }
                })
            var times: [String: [Duration]] = [:]
            for round in 0..<2 {
                if round == 1 { try await Task.sleep(for: .seconds(11)) }
                for path in ["/metrics/resource", "/stats/summary", "/metrics/cadvisor", "/metrics"] {
                    let begin = ContinuousClock.now
                    _ = try await get(path)
                    times[path, default: []].append(ContinuousClock.now - begin)
                }
            }
            print("answers for 110 pods, curl's own time in them:", times)
            let pods = try #require(try await summary()["pods"] as? [Object])
            #expect(pods.count == 110)
            // Not optimized, and on a machine with other work: a release build takes a thirtieth of that.
            #expect(times.values.joined().allSatisfy { $0 < .seconds(5) }, "\(times)")
            let begin = ContinuousClock.now
            for _ in 0..<20 { _ = try await get("/metrics/resource") }
            #expect(ContinuousClock.now - begin < .seconds(2), "all are there already")
        }
    }
}
