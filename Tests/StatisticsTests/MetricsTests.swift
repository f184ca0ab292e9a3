import Testing

@testable import Statistics

@Suite struct `The metrics of a node` {
    /// The names of a sample's labels, whatever their order.
    private func names(_ labels: Labels) -> Set<String> {
        Set(labels.text.split(separator: ",").compactMap { $0.split(separator: "=").first.map(String.init) })
    }

    @Test(arguments: Recorded.containers)
    func `have cAdvisor's families and labels`(name: String, kind: String, labels: String) throws {
        let families = Example.node.containerMetrics.filter { $0.name == name }
        #expect(families.count == 1)
        let family = try #require(families.first)
        #expect(family.kind.rawValue == kind && !family.samples.isEmpty && !family.help.isEmpty)
        let wanted = Set(labels.split(separator: " ").map(String.init))
        #expect(family.samples.allSatisfy { names($0.labels) == wanted })
    }

    @Test(arguments: Recorded.resources)
    func `have the families and labels of resources`(name: String, kind: String, labels: String) throws {
        let family = try #require(Example.node.resourceMetrics.first { $0.name == name })
        #expect(family.kind.rawValue == kind && !family.samples.isEmpty)
        #expect(family.samples.allSatisfy { names($0.labels) == Set(labels.split(separator: " ").map(String.init)) })
    }

    @Test func `leave out what nobody has measured`() {
        var node = Example.node
        func forget(_ group: inout GroupStatistics) { (group.memory, group.memoryEvents) = (nil, nil) }
        forget(&node.group)
        for index in node.pods.indices {
            forget(&node.pods[index].group)
            forget(&node.pods[index].containers[0].group)
        }
        node.classes = []
        let families = node.resourceMetrics + node.containerMetrics
        let told = families.filter { $0.name.hasPrefix("container_memory_") && !$0.samples.isEmpty }
        #expect(told == [MetricFamily]())
        #expect(!String(decoding: metricsText(families), as: UTF8.self).contains("memory_working_set_bytes"))
    }

    @Test func `are written as a kubelet writes them`() {
        let text = String(decoding: metricsText(Example.node.resourceMetrics), as: UTF8.self)
        #expect(
            text.contains(
                """
                # HELP container_cpu_usage_seconds_total [STABLE] Cumulative cpu time consumed by the container in core-seconds
                # TYPE container_cpu_usage_seconds_total counter
                container_cpu_usage_seconds_total{container="c",namespace="default",pod="a"} 0.112982 1795233150881
                container_cpu_usage_seconds_total{container="c",namespace="default",pod="b"} 0.112982 1795233150881
                # HELP container_memory_working_set_bytes [STABLE] Current working set of the container in bytes
                # TYPE container_memory_working_set_bytes gauge
                container_memory_working_set_bytes{container="c",namespace="default",pod="a"} 249856 1795233150881

                """))
        #expect(
            text.contains(
                """
                # HELP node_swap_usage_bytes [ALPHA] Current swap usage of the node in bytes. Reported only on non-windows systems
                # TYPE node_swap_usage_bytes gauge
                node_swap_usage_bytes 0 1795233150881

                """))
        #expect(text.hasSuffix("resource_scrape_error 0\n"))
    }

    @Test func `count each thing once, for a pod and for its containers`() throws {
        let family = try #require(
            Example.node.containerMetrics.first { $0.name == "container_network_receive_bytes_total" })
        #expect(family.samples.map(\.labels.text).contains { $0.contains("pod=\"a\"") })
        #expect(!family.samples.map(\.labels.text).contains { $0.contains("pod=\"b\"") }, "it has the host's network")
        let claims = Example.node.diskMetrics.first { $0.name == "kubelet_volume_stats_used_bytes" }
        #expect(claims?.samples.map(\.labels.text) == ["namespace=\"default\",persistentvolumeclaim=\"claim\""])
    }
}

@Suite struct `The text of metrics` {
    @Test(arguments: [
        ("plain", "plain"), ("a\"b", "a\\\"b"), ("a\\b", "a\\\\b"), ("a\nb", "a\\nb"), ("ü", "ü"), ("", ""),
    ])
    func `escapes the values of labels`(value: String, written: String) {
        #expect(Labels(["a": value]).text == "a=\"\(written)\"")
    }

    @Test(arguments: [
        (0.0, "0"), (1.5, "1.5"), (-1, "-1"), (1_795_233_148_801, "1795233148801"), (.infinity, "+Inf"), (.nan, "NaN"),
        (0.000084, "8.4e-05"),
    ])
    func `has short numbers`(value: Double, text: String) { #expect(numberText(value) == text) }

    @Test func `is sorted, and tells of each family once`() {
        let families = [
            MetricFamily("b", .gauge, "a\nb \\ \"c\"", value: 1), MetricFamily("c", .gauge, "nothing"),
            MetricFamily("a", .counter, "", labels: Labels(["x": "y"]), value: 2),
        ]
        #expect(
            String(decoding: metricsText(families), as: UTF8.self) == """
                # HELP a 
                # TYPE a counter
                a{x="y"} 2
                # HELP b a\\nb \\\\ "c"
                # TYPE b gauge
                b 1

                """)
    }

    @Test func `has histograms whose buckets hold those before them`() {
        var counters = Counters()
        for seconds in [0.001, 0.005, 0.3, 100] { counters.observe(.podWorkerDuration, seconds, Labels(["a": "b"])) }
        let text = String(decoding: metricsText(counters.families([.podWorkerDuration])), as: UTF8.self)
        let lines = text.split(separator: "\n").dropFirst(2).map {
            $0.dropFirst("kubelet_pod_worker_duration_seconds".count)
        }
        #expect(lines.first == "_bucket{a=\"b\",le=\"0.005\"} 2")
        #expect(lines.contains("_bucket{a=\"b\",le=\"0.5\"} 3") && lines.contains("_bucket{a=\"b\",le=\"10\"} 3"))
        #expect(lines.suffix(3) == ["_bucket{a=\"b\",le=\"+Inf\"} 4", "_sum{a=\"b\"} 100.306", "_count{a=\"b\"} 4"])
    }

    @Test(
        arguments: [
            (0, "N/A"), (1, "0-10MB"), (10 << 20, "0-10MB"), (10 << 20 + 1, "10MB-100MB"), (600 << 20, "500MB-1GB"),
            (3 << 30, "1GB-5GB"), (90 << 30, "60GB-100GB"), (101 << 30, "GT100GB"),
        ] as [(UInt64, String)])
    func `tells the size of images in classes`(bytes: UInt64, name: String) { #expect(imageSizeClass(bytes) == name) }

    @Test func `has gauges that go up and down`() {
        var counters = Counters()
        counters.add(.httpInFlight, 2, Labels(["path": "pods"]))
        counters.add(.httpInFlight, -1, Labels(["path": "pods"]))
        counters.set(.startup, 4.5)
        let text = String(decoding: metricsText(counters.families()), as: UTF8.self)
        #expect(
            text.contains(
                "# TYPE kubelet_http_inflight_requests gauge\nkubelet_http_inflight_requests{path=\"pods\"} 1\n"))
        #expect(text.contains("\nkubelet_node_startup_duration_seconds 4.5\n"))
        #expect(text.contains("\nkubelet_graceful_shutdown_start_time_seconds 0\n"))
        #expect(CountedMetric.allCases.allSatisfy { $0.help.hasPrefix("[") })
    }

    @Test func `counts from zero, and forgets what is gone`() {
        var counters = Counters()
        counters.count(.startedPods)
        counters.count(.probes, Labels(["pod_uid": "1"]))
        counters.count(.probes, Labels(["pod_uid": "2"]))
        counters.forget([.probes]) { $0.text.contains("\"1\"") }
        let text = String(decoding: metricsText(counters.families()), as: UTF8.self)
        #expect(text.contains("\nkubelet_started_pods_total 1\n"))
        #expect(text.contains("\nkubelet_started_pods_errors_total 0\n"))
        #expect(text.contains("prober_probe_total{pod_uid=\"2\"} 1") && !text.contains("pod_uid=\"1\""))
    }
}
