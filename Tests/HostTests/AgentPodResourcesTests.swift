import Foundation
import TestSupport
import Testing

/// What is said of a pod as a whole, with real containers. Controllers are the virtual machine's to test.
@Suite(.tags(.host), .needsRoot, .serialized, .timeLimit(.minutes(2))) struct `A pod with resources of its own` {
    private func text(_ path: String) throws -> String {
        try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func pod(_ cpu: String, _ memory: String, requests: String = "{}") -> (String, String) {
        lifePod(
            "whole",
            """
            resources: {limits: {cpu: \(cpu), memory: \(memory)}, requests: \(requests)}
            volumes: [{name: tmp, emptyDir: {medium: Memory}}]
            containers:
            - name: app
              image: \(BusyboxImage.name)
              imagePullPolicy: Never
              command: [sh, -c, 'echo "$CPU $MEMORY"; df -k /tmp | tail -n 1; trap "exit 0" TERM; while :; do sleep 0.05; done']
              volumeMounts: [{name: tmp, mountPath: /tmp}]
              env:
              - {name: CPU, valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: 1m}}}
              - {name: MEMORY, valueFrom: {resourceFieldRef: {resource: limits.memory}}}
            """)
    }

    @Test func `is of their class, its containers know their limits, and they change in place`() async throws {
        try await withAgent { agent in
            func told(_ path: String...) throws -> String? {
                var value: Any? = try agent.status("whole")
                for key in path { value = (value as? [String: Any])?[key] }
                return value as? String
            }
            try agent.write(pod("500m", "32Mi"))
            #expect(try await eventually { try agent.phase("whole") == "Running" })
            #expect(try told("qosClass") == "Guaranteed")
            #expect(try told("allocatedResources", "memory") == "32Mi")
            #expect(try told("resources", "requests", "memory") == "32Mi")
            #expect(try agent.containerStatus("whole", "app")?["resources"] != nil)
            let log = try await agent.ask("logs", "whole").output
            #expect(log.contains("500 33554432\n") && log.contains(" 32768 "), "\(log)")
            let (uid, pids) = (try #require(try agent.uid("whole")), try agent.pids("whole").prefix(2))
            let groups = try pids.map { try text("/proc/\($0)/cgroup") }
            let inClass = groups.filter { $0.contains("/kubepods/pod\(uid)/") }
            #expect(!inClass.isEmpty && !groups.contains { $0.contains("burstable") || $0.contains("besteffort") })

            try agent.write(pod("250m", "64Mi"))
            #expect(
                try await eventually {
                    try told("allocatedResources", "memory") == "64Mi" && told("allocatedResources", "cpu") == "250m"
                })
            #expect(try await eventually { try agent.condition("whole", "PodResizeInProgress") == nil })
            try await agent.expectEvent("Pod resize completed: {", of: "whole")
            #expect(try agent.uid("whole") == uid && agent.restarts("whole", "app") == 0)
            #expect(try agent.pids("whole").prefix(2) == pids)

            // Another class of service is another pod.
            try agent.write(pod("250m", "64Mi", requests: "{cpu: 100m}"))
            #expect(
                try await eventually {
                    try agent.uid("whole") != uid && agent.phase("whole") == "Running"
                        && told("qosClass") == "Burstable"
                })
        }
    }
}
