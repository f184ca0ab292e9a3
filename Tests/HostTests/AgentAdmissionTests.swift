import Foundation
import TestSupport
import Testing

/// What a node refuses although the manifest is good, and what it ends for it, with real containers.
@Suite(.tags(.host), .needsRoot, .serialized, .timeLimit(.minutes(3))) struct `A full node` {
    private func container(_ more: String = "") -> String {
        "containers: [{name: app, image: IMAGE, command: [sleep, '1000']\(more.isEmpty ? "" : ", \(more)")}]"
    }

    @Test func `refuses the second pod with one port, and keeps the first`() async throws {
        try await withAgent { agent in
            try agent.write(lifePod("first", container("ports: [{containerPort: 18080}]")))
            #expect(try await eventually { try agent.phase("first") == "Running" })
            try agent.write(lifePod("second", container("ports: [{containerPort: 18080}]")))
            try agent.write(lifePod("third", container("ports: [{containerPort: 18080, protocol: UDP}]")))
            #expect(try await eventually { try agent.phase("second") == "Failed" })
            let status = try agent.status("second")
            #expect(status?["reason"] as? String == "NodePorts")
            #expect(
                status?["message"] as? String
                    == "Pod was rejected: Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports"
            )
            #expect(try agent.pids("second").isEmpty)
            #expect(try await eventually { try agent.phase("third") == "Running" })
            #expect(try agent.phase("first") == "Running")
            try await agent.expectEvent("NodePorts", of: "second")
            // A pod that is to go no longer holds its port; a manifest that was refused is tried again when it changes.
            try agent.remove("first")
            try agent.write(lifePod("second", grace: 3, container("ports: [{containerPort: 18080}]")))
            #expect(try await eventually { try agent.phase("second") == "Running" })
        }
    }

    @Test func `says what there is too little of`() async throws {
        try await withAgent { agent in
            try agent.write(lifePod("greedy", container("resources: {requests: {cpu: 100k}}")))
            try agent.write(lifePod("huge", container("resources: {requests: {ephemeral-storage: 1Ei}}")))
            #expect(try await eventually { try agent.phase("greedy") == "Failed" && agent.phase("huge") == "Failed" })
            for (pod, resource) in [("greedy", "cpu"), ("huge", "ephemeral-storage")] {
                let status = try agent.status(pod)
                #expect(status?["reason"] as? String == "UnexpectedAdmissionError")
                let message = status?["message"] as? String ?? ""
                #expect(
                    message.hasPrefix(
                        """
                        Pod was rejected: Unexpected error while attempting to recover from admission failure: \
                        preemption: error finding a set of pods to preempt: no set of running pods found to reclaim \
                        resources: [(res: \(resource), q: 
                        """), "\(message)")
            }
        }
    }

    @Test func `does not run unconfined what is to be confined, and takes what no module asks for`() async throws {
        try await withAgent { agent in
            guard !FileManager.default.fileExists(atPath: "/sys/kernel/security/apparmor") else { return }
            for (pod, profile) in [
                ("default", "type: RuntimeDefault"), ("local", "type: Localhost, localhostProfile: x"),
                ("none", "type: Unconfined"),
            ] {
                try agent.write(
                    lifePod(
                        pod,
                        """
                        securityContext: {seLinuxOptions: {type: container_t}, appArmorProfile: {\(profile)}}
                        containers: [{name: app, image: IMAGE, command: [sleep, '1000'], securityContext: {seLinuxOptions: {level: 's0:c1'}}}]
                        """))
            }
            for pod in ["default", "local"] {
                #expect(try await eventually { try agent.phase(pod) == "Failed" })
                let status = try agent.status(pod)
                #expect(status?["reason"] as? String == "AppArmor")
                #expect(
                    status?["message"] as? String
                        == "Pod was rejected: Cannot enforce AppArmor: AppArmor is not enabled on the host")
            }
            #expect(try await eventually { try agent.phase("none") == "Running" })
        }
    }

    @Test func `keeps from pods what it would evict for`() async throws {
        let memory = "resources: {requests: {memory: \(ProcessInfo.processInfo.physicalMemory / 2)}}"
        try await withAgent(configuration: "evictionHard: {memory.available: 60%}") { agent in
            try agent.write(lifePod("half", container(memory)))
            try agent.write(lifePod("little", container("resources: {requests: {memory: 64Mi}}")))
            #expect(try await eventually { try agent.phase("half") == "Failed" && agent.phase("little") == "Running" })
            let message = try agent.status("half")?["message"] as? String ?? ""
            #expect(message.contains("reclaim resources: [(res: memory, q: "), "\(message)")
        }
        try await withAgent(configuration: "evictionHard: {}") { agent in
            try agent.write(lifePod("half", container(memory)))
            #expect(try await eventually { try agent.phase("half") == "Running" })
        }
    }

    @Test func `ends a less important pod for a more important one`() async throws {
        try await withAgent { agent in
            let cores = ProcessInfo.processInfo.processorCount
            let most = "resources: {requests: {cpu: \(cores)}}"
            try agent.write(lifePod("modest", "priority: 1\n" + container(most)))
            #expect(try await eventually { try agent.phase("modest") == "Running" })
            try agent.write(lifePod("important", "priority: 2\n" + container(most)))
            #expect(try await eventually { try agent.phase("important") == "Running" })
            let status = try agent.status("modest")
            #expect(status?["phase"] as? String == "Failed" && status?["reason"] as? String == "Preempting")
            #expect(try agent.pids("modest").isEmpty)
            #expect(
                try agent.condition("modest", "DisruptionTarget")?["reason"] as? String == "TerminationByKubelet")
        }
    }
}
