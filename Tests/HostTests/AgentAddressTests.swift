import Foundation
import TestSupport
import Testing

/// The node's own address, as pods and their statuses tell it, with real interfaces.
@Suite(.tags(.host), .needsRoot, .serialized, .timeLimit(.minutes(2))) struct `A node's own address` {
    private func withDefaultRoute(_ address: String, _ body: () async throws -> Void) async throws {
        for arguments in [
            ["link", "add", "sw-node", "type", "bridge"], ["address", "add", "\(address)/24", "dev", "sw-node"],
            ["link", "set", "sw-node", "up"], ["route", "add", "default", "dev", "sw-node"],
        ] {
            let result = try await run("ip", arguments)
            #expect(result.status == 0, "\(arguments): \(result.output)")
        }
        do {
            try await body()
        } catch {
            try await run("ip", ["link", "delete", "sw-node"])
            throw error
        }
        try await run("ip", ["link", "delete", "sw-node"])
    }

    @Test func `is that of its pods' host, and of pods on the host's network`() async throws {
        try await withDefaultRoute("198.51.100.7") {
            try await withAgent { agent in
                try agent.writeNetwork()
                let probe = "readinessProbe: {tcpSocket: {port: 18081}, periodSeconds: 1}"
                let environment = """
                    env:
                      - {name: HOST, valueFrom: {fieldRef: {fieldPath: status.hostIP}}}
                      - {name: POD, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
                    """
                func spec(_ command: String, _ more: String) -> String {
                    "containers:\n- name: app\n  image: \(BusyboxImage.name)\n  imagePullPolicy: Never\n"
                        + "  command: [sh, -c, 'echo on $HOST as $POD; \(command)']\n  \(environment.replacing("\n", with: "\n  "))\n  \(more)"
                }
                // It answers on the node's address alone: a probe that asked elsewhere would fail.
                try agent.write(
                    lifePod("host", spec("mkdir /w; exec httpd -f -p 198.51.100.7:18081 -h /w", probe)))
                let own = lifePod("own", spec("exec sleep 1000", "ports: []"))
                try agent.write(own.0, own.1.replacing("hostNetwork: true", with: "hostNetwork: false"))
                #expect(try await eventually { try agent.condition("host", "Ready")?["status"] as? String == "True" })
                #expect(try await eventually { try agent.phase("own") == "Running" })
                for pod in ["host", "own"] {
                    let status = try agent.status(pod)
                    #expect(status?["hostIP"] as? String == "198.51.100.7")
                    #expect((status?["hostIPs"] as? [[String: String]]) == [["ip": "198.51.100.7"]])
                }
                #expect(try agent.podIP("host") == "198.51.100.7")
                #expect(try agent.log("host", "app").contains("on 198.51.100.7 as 198.51.100.7"))
                let address = try agent.podIP("own") ?? ""
                #expect(address.hasPrefix("10.213."))
                #expect(try agent.log("own", "app").contains("on 198.51.100.7 as \(address)"))
            }
        }
    }

    @Test func `is none where the machine has none, and pods run all the same`() async throws {
        try await withAgent { agent in
            try agent.write(lifePod("alone", "containers: [{name: app, image: IMAGE, command: [sleep, '1000']}]"))
            #expect(try await eventually { try agent.phase("alone") == "Running" })
            #expect(try agent.status("alone")?["hostIP"] == nil)
            #expect(try agent.log().contains("unable to select an IP from default routes."))
        }
    }
}
