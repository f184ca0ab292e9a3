import Kubernetes
import Testing

@testable import Pods

@Suite struct `A pod's runtime` {
    private static func objects(_ text: String) throws -> LocalObjects { try LocalObjects(Manifest(Array(text.utf8))) }

    private static func runtimeClass(_ name: String, handler: String, overhead: String = "{}") -> String {
        """
        apiVersion: node.k8s.io/v1
        kind: RuntimeClass
        metadata: {name: \(name)}
        handler: \(handler)
        overhead: {podFixed: \(overhead)}
        """
    }

    private static func pod(_ runtimeClass: String?) -> Pod {
        var container = Pod.Container(name: "app", image: "i")
        container.requests = ResourceAmounts(cpu: MilliCPU(100), memory: ByteCount(1000))
        var pod = Pod(id: .init("u"), name: "web", containers: [container])
        pod.runtimeClass = runtimeClass
        return pod
    }

    @Test func `takes nothing away from what the pod asks for`() throws {
        let problem =
            "runtimeclass vm: overhead.podFixed.limits[cpu]: Invalid value: \"-1\": must be greater than or equal to 0"
        do {
            _ = try Self.objects(Self.runtimeClass("vm", handler: "kata", overhead: "{cpu: -1}"))
            Issue.record("it was taken")
        } catch let refusal as Admission.Refusal {
            #expect(refusal.problems == [problem])
        }
    }

    @Test(
        arguments: [
            (nil, nil), ("own", nil), ("old", nil), ("none", "runtimeclass.node.k8s.io \"none\" not found"),
            ("vm", "failed to get sandbox runtime: no runtime for \"kata\" is configured"),
        ] as [(String?, String?)])
    func `is the one that its class' handler stands for`(name: String?, problem: String?) throws {
        var objects = try Self.objects(Self.runtimeClass("own", handler: "swiftlet"))
        _ = objects.add(try Self.objects(Self.runtimeClass("old", handler: "runc")))
        _ = objects.add(try Self.objects(Self.runtimeClass("vm", handler: "kata")))
        let handlers = try RuntimeHandlers(["runc=built-in"])
        switch Result(catching: { try handlers.runtime(of: Self.pod(name), objects) }) {
        case .success(let found): #expect(problem == nil && found.runtime == .builtIn)
        case .failure(let error): #expect("\(error)" == problem)
        }
    }

    @Test func `may be a program of another's`() throws {
        let handlers = try RuntimeHandlers(["vm=/usr/bin/crun --debug", "old=built-in"])
        let objects = try Self.objects(Self.runtimeClass("guest", handler: "vm"))
        let found = try handlers.runtime(of: Self.pod("guest"), objects)
        #expect(found.handler == "vm" && found.runtime == .program(["/usr/bin/crun", "--debug"]))
        #expect(try handlers.runtime(of: Self.pod(nil), objects).runtime == .builtIn)
        #expect(handlers.programs.map(\.path) == ["/usr/bin/crun"])
    }

    @Test func `is the built-in one for a pod with users of its own`() throws {
        let handlers = try RuntimeHandlers(["vm=/usr/bin/crun", "old=built-in"])
        let objects = try Self.objects(
            Self.runtimeClass("guest", handler: "vm") + "\n---\n" + Self.runtimeClass("before", handler: "old"))
        func runtime(_ name: String?) throws -> RuntimeHandlers.Runtime {
            var pod = Self.pod(name)
            pod.hostUsers = false
            return try handlers.runtime(of: pod, objects).runtime
        }
        #expect(try runtime(nil) == .builtIn && runtime("before") == .builtIn)
        let error = #expect(throws: RuntimeHandlers.Unknown.self) { try runtime("guest") }
        #expect(
            error?.description
                == "can't set `spec.hostUsers: false`, RuntimeClass handler \"vm\" does not support user namespaces")
    }

    @Test(arguments: [
        ("kata=kata-runtime", "expected NAME=built-in or NAME=/PATH"), ("kata", "expected NAME=built-in"),
        ("=built-in", "\"\" is not a DNS label"), ("Kata=/bin/kata", "\"Kata\" is not a DNS label"),
    ])
    func `is in the node's table or refused`(line: String, problem: String) {
        let error = #expect(throws: RuntimeHandlers.Unknown.self) { try RuntimeHandlers([line]) }
        #expect(error?.description.contains(problem) == true)
    }

    @Test func `takes resources beside those of the containers`() throws {
        let objects = try Self.objects(
            Self.runtimeClass("own", handler: "swiftlet", overhead: "{cpu: 250m, memory: 1k}"))
        let pod = Self.pod("own").taking(overheadOf: objects)
        #expect(pod.requests.cpu == MilliCPU(350) && pod.requests.memory == ByteCount(2000))
        #expect(Self.pod(nil).taking(overheadOf: objects).requests.cpu == MilliCPU(100))
        var explicit = Self.pod("own")
        explicit.overhead = ResourceAmounts(cpu: MilliCPU(1))
        #expect(explicit.taking(overheadOf: objects).requests.cpu == MilliCPU(101), "what the pod says counts")
    }

    @Test func `must have a handler's name`() {
        let error = #expect(throws: (any Error).self) {
            try Self.objects("{apiVersion: node.k8s.io/v1, kind: RuntimeClass, metadata: {name: a}, handler: A_b}")
        }
        #expect("\(error, default: "")".contains("runtimeclass a: handler: Invalid value: \"A_b\""))
        #expect(throws: (any Error).self) {
            try Self.objects("{apiVersion: v1, kind: RuntimeClass, metadata: {name: a}, handler: b}")
        }
    }
}
