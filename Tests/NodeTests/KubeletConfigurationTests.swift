import Kubernetes
import SystemPackage
import Testing

@testable import Node

private let head = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n"

func load(_ text: String) async throws -> KubeletConfiguration {
    try await withScratch { directory in
        let path = directory.appending("kubelet.yaml")
        try write(head + text, to: path)
        return try KubeletConfiguration.load(file: path)
    }
}

func problems(_ text: String) async throws -> [String] {
    do {
        _ = try await load(text)
        return []
    } catch let error as ConfigurationError {
        return error.problems
    }
}

@Suite struct `The configuration` {
    @Test func `knows all fields of the kubelet`() { #expect(ConfigurationField.all.count == 125) }

    @Test func `has the kubelet's defaults`() async throws {
        let configuration = try KubeletConfiguration.load(file: nil)
        #expect(configuration == KubeletConfiguration())
        #expect(configuration == (try await load("")))
        #expect(configuration.fileCheckFrequency == .seconds(20))
        #expect(configuration.containerLogMaxSize == 10 << 20)
        #expect(configuration.podPidsLimit == nil)
    }

    @Test func `takes values of every kind`() async throws {
        let configuration = try await load(
            """
            staticPodPath: manifests
            staticPodURLHeader: {X-Token: [a, b]}
            fileCheckFrequency: 1m30s
            syncFrequency: 0s
            clusterDNS: [10.96.0.10]
            resolvConf: ""
            podPidsLimit: 100
            containerLogMaxSize: 1Ki
            systemReserved: {cpu: 100m, memory: 1Gi}
            maxParallelImagePulls: 4
            crashLoopBackOff: {maxContainerRestartPeriod: 10s}
            logging: {verbosity: 4, format: json}
            """)
        #expect(configuration.staticPodPath?.isAbsolute == true)
        #expect(configuration.staticPodPath?.lastComponent == "manifests")
        #expect(configuration.staticPodURLHeader == ["X-Token": ["a", "b"]])
        #expect(configuration.fileCheckFrequency == .seconds(90))
        #expect(configuration.syncFrequency == .seconds(60), "zero means unset")
        #expect(configuration.clusterDNS == ["10.96.0.10"])
        #expect(configuration.resolvConf == nil)
        #expect(configuration.podPidsLimit == 100)
        #expect(configuration.containerLogMaxSize == 1024)
        #expect(configuration.systemReserved["memory"] == Quantity("1Gi"))
        #expect(!configuration.serializeImagePulls, "several at once were asked for")
        #expect(configuration.maxContainerRestartPeriod == .seconds(10))
        #expect(configuration.logVerbosity == 4 && configuration.logFormat == "json")
        #expect(configuration.unusedFields == [])
    }

    @Test func `says how memory is kept, swapped and reserved`() async throws {
        let configuration = try await load(
            """
            featureGates: {MemoryQoS: true}
            memoryThrottlingFactor: 0.5
            memoryReservationPolicy: TieredReservation
            memorySwap: {swapBehavior: LimitedSwap}
            enforceNodeAllocatable: [pods, kube-reserved-compressible]
            kubeReservedCgroup: /kube
            """)
        #expect(configuration.hasMemoryQoS && configuration.memoryThrottlingFactor == 0.5)
        #expect(configuration.memoryReservationPolicy == "TieredReservation")
        #expect(configuration.swapBehavior == "LimitedSwap" && configuration.kubeReservedCgroup == "/kube")
        #expect(configuration.unusedFields == [])
    }

    @Test func `lists what was set and has no effect`() async throws {
        let text =
            "volumeStatsAggPeriod: 1m\nmaxPods: 5\ntracing: {endpoint: a}\nlogging: {flushFrequency: 5s}"
        #expect(try await load(text).unusedFields == ["logging.flushFrequency", "tracing", "volumeStatsAggPeriod"])
        #expect(
            try await load("featureGates: {MemoryQoS: true, Other: true}").unusedFields == ["featureGates.Other"])
    }

    @Test(arguments: [
        ("staticPodPth: /x", "staticPodPth: unknown field: did you mean staticPodPath"),
        ("clusterDns: []", "clusterDns: unknown field: did you mean clusterDNS"),
        ("qqqqqqqqq: 1", "qqqqqqqqq: unknown field"),
        ("authentication: {x509: {clientCA: a}}", "authentication.x509.clientCA: unknown field"),
        (
            "logging: {vmodule: [{filePatern: a}]}",
            "logging.vmodule[0].filePatern: unknown field: did you mean logging.vmodule[0].filePattern"
        ),
        ("maxPods: \"3\"", "maxPods: expected a whole number, found \"3\""),
        ("clusterDNS: 1.1.1.1", "clusterDNS: expected a list, found \"1.1.1.1\""),
        ("clusterDNS: [1]", "clusterDNS[0]: expected a text in quotes, found 1"),
        ("syncFrequency: 10", "syncFrequency: expected a duration such as \"1m30s\", found 10"),
        ("syncFrequency: 10 parsecs", "syncFrequency: expected a duration such as \"1m30s\", found \"10 parsecs\""),
        ("featureGates: {A: yes, B: maybe}", "featureGates[B]: expected true or false, found \"maybe\""),
    ])
    func `names the field that is wrong, and its file`(text: String, problem: String) async throws {
        let found = try await problems(text)
        #expect(found.count == 1)
        #expect(found.first?.contains("/kubelet.yaml: \(problem)") == true, "\(found)")
    }

    @Test(arguments: [
        ("maxPods: -1", "maxPods (--max-pods) -1 must not be a negative number"),
        (
            "userNamespaces: {idsPerPod: 65537}",
            "userNamespaces.idsPerPod 65537 must be a multiple of 65536, and between 65536 and 4294967295"
        ),
        (
            "userNamespaces: {idsPerPod: 0}",
            "userNamespaces.idsPerPod 0 must be a multiple of 65536, and between 65536 and 4294967295"
        ),
        (
            "userNamespaces: {idsPerPod: 4294967296}",
            "userNamespaces.idsPerPod 4294967296 must be a multiple of 65536, and between 65536 and 4294967295"
        ),
        (
            "imageGCHighThresholdPercent: 101",
            "imageGCHighThresholdPercent (--image-gc-high-threshold) 101 must be between 0 and 100, inclusive"
        ),
        (
            "imageGCLowThresholdPercent: 85",
            "imageGCLowThresholdPercent (--image-gc-low-threshold) 85 must be less than imageGCHighThresholdPercent (--image-gc-high-threshold) 85"
        ),
        (
            "cpuCFSQuotaPeriod: 2s",
            "cpuCFSQuotaPeriod (--cpu-cfs-quota-period) 2s must be between 1ms and 1sec, inclusive"
        ),
        (
            "shutdownGracePeriodCriticalPods: 10s",
            "shutdownGracePeriodCriticalPods 10s must be <= shutdownGracePeriod 0s"
        ),
        ("shutdownGracePeriod: 10ms", "shutdownGracePeriod 10ms must be either zero or otherwise >= 1 sec"),
        ("maxParallelImagePulls: 0", "maxParallelImagePulls 0 must be a positive number"),
        (
            "maxParallelImagePulls: 2\nserializeImagePulls: true",
            "maxParallelImagePulls cannot be larger than 1 unless SerializeImagePulls (--serialize-image-pulls) set to false"
        ),
        (
            "containerLogMonitorInterval: 1s",
            "containerLogMonitorInterval must be a positive time duration greater than or equal to 3s"
        ),
        (
            "crashLoopBackOff: {maxContainerRestartPeriod: 301s}",
            "CrashLoopBackOff.MaxContainerRestartPeriod (got: 5m1s) must be set between 1s and 300s"
        ),
        (
            "enforceNodeAllocatable: [pods, pods]",
            "duplicated enforcements in enforceNodeAllocatable (--enforce-node-allocatable): pods"
        ),
        (
            "enforceNodeAllocatable: [pods, kube-reserved]",
            "kubeReservedCgroup (--kube-reserved-cgroup) must be specified when \"kube-reserved\" or \"kube-reserved-compressible\" included in enforceNodeAllocatable (--enforce-node-allocatable)"
        ),
        (
            "enforceNodeAllocatable: [system-reserved, system-reserved-compressible]\nsystemReservedCgroup: /system",
            "both \"system-reserved\" and \"system-reserved-compressible\" cannot be specified together in enforceNodeAllocatable (--enforce-node-allocatable)"
        ),
        (
            "memoryThrottlingFactor: 1.5",
            "memoryThrottlingFactor 1.5 must be greater than 0 and less than or equal to 1.0"
        ),
        (
            "memoryReservationPolicy: Most\nfeatureGates: {MemoryQoS: true}",
            "memoryReservationPolicy \"Most\" must be one of: \"None\" or \"TieredReservation\""
        ),
        (
            "memoryReservationPolicy: TieredReservation",
            "memoryReservationPolicy \"TieredReservation\" requires the MemoryQoS feature gate"
        ),
        (
            "memorySwap: {swapBehavior: Unlimited}",
            "memorySwap.swapBehavior \"Unlimited\" must be one of: \"\", \"LimitedSwap\" or \"NoSwap\""
        ),
        (
            "configMapAndSecretChangeDetectionStrategy: Poll",
            "configMapAndSecretChangeDetectionStrategy \"Poll\" must be one of: Get, Cache or Watch"
        ),
        ("port: 70000", "port (--port) 70000 must be between 1 and 65535, inclusive"),
        ("authorization: {mode: Maybe}", "unknown authorization mode Maybe"),
        ("tlsCertFile: /a", "tlsCertFile and tlsPrivateKeyFile must be given together"),
        (
            "enableSystemLogHandler: false\nenableSystemLogQuery: true",
            "enableSystemLogHandler is required for enableSystemLogQuery"
        ),
        ("systemReserved: {hugepages-2Mi: 1}", "systemReserved: cannot reserve \"hugepages-2Mi\" resource"),
        ("podLogsDir: /a/../b", "pod logs path \"/a/../b\" must be normalized"),
        ("podLogsDir: /ä", "pod logs path \"/ä\" must contain ASCII characters only"),
    ])
    func `is checked in the kubelet's words`(text: String, problem: String) async throws {
        let quoted = text.replacing("hugepages-2Mi: 1", with: "hugepages-2Mi: \"1\"")
        #expect(try await problems(quoted) == ["invalid configuration: \(problem)"])
    }

    @Test func `with an amount that is none names it`() async throws {
        #expect(try await problems("containerLogMaxSize: many") == ["containerLogMaxSize: not a quantity: \"many\""])
        #expect(try await problems("kubeReserved: {cpu: x}") == ["kubeReserved[cpu]: not a quantity: \"x\""])
    }

    @Test(arguments: ["", "a: [", "[]", "kind: KubeletConfiguration", "apiVersion: v1\nkind: Pod", "\u{0}"])
    func `that is none at all is an error naming the file`(text: String) async throws {
        try await withScratch { directory in
            let path = directory.appending("k")
            try write(text, to: path)
            let error = #expect(throws: (any Error).self) { try KubeletConfiguration.load(file: path) }
            #expect("\(error, default: "")".contains("/k: "))
        }
    }

    @Test func `that is missing is an error naming the file`() {
        let error = #expect(throws: (any Error).self) { try KubeletConfiguration.load(file: "/nowhere/k") }
        #expect("\(error, default: "")".contains("/nowhere/k"))
    }
}

@Suite struct `Drop-ins` {
    @Test func `are merged in the order of their paths`() async throws {
        try await withScratch { directory in
            let (file, drops) = (directory.appending("k.yaml"), directory.appending("conf.d"))
            try write(
                head + "maxPods: 1\nsystemReserved: {cpu: 1m, memory: 1Gi}\nclusterDNS: [1.1.1.1]\nregistryPullQPS: 9",
                to: file)
            try makeDirectory(drops.appending("20-sub"))
            try write(head + "maxPods: 10\nsystemReserved: {cpu: 2m}", to: drops.appending("10-a.conf"))
            try write(
                head + "maxPods: 20\nclusterDNS: [2.2.2.2]\nstaticPodPath: x", to: drops.appending("20-sub/a.conf"))
            try write(head + "maxPods: 30\nregistryPullQPS: null", to: drops.appending("30-c.conf"))
            try write("not: read", to: drops.appending("40-d.yaml"))
            let merged = try KubeletConfiguration.load(file: file, dropIns: drops)
            #expect(merged.maxPods == 30)
            #expect(merged.clusterDNS == ["2.2.2.2"])
            #expect(merged.systemReserved == ["cpu": Quantity(milli: 2), "memory": try #require(Quantity("1Gi"))])
            #expect(merged.staticPodPath == drops.appending("20-sub/x"))
            #expect(merged.registryPullQPS == 5, "null gives the default back")
        }
    }

    @Test func `must say what they are`() async throws {
        try await withScratch { directory in
            try write("maxPods: 1", to: directory.appending("a.conf"))
            let error = #expect(throws: ConfigurationError.self) {
                try KubeletConfiguration.load(file: nil, dropIns: directory)
            }
            #expect(error?.problems.count == 2)
        }
    }
}
