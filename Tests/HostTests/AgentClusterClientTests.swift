import Foundation
import TestSupport
import Testing

@Suite(.tags(.host), .needsRoot, .timeLimit(.minutes(2))) struct `Clients of a cluster` {
    private let forever = "echo ready; while :; do echo pong | busybox nc -l -p 18081; done"
    private func withPod(
        _ controlPlane: ControlPlane, _ body: (TestCluster, AgentProcess) async throws -> Void
    ) async throws {
        let configuration = "port: 20252\nauthentication: {x509: {clientCAFile: CLUSTER/ca.crt}}"
        // The API server reaches the node by its address; the tests' network has none but loopback's.
        _ = try await run("ip", ["address", "replace", "10.215.77.1/32", "dev", "lo"])
        try await withCluster(controlPlane, configuration: configuration, options: ["--node-ip", "10.215.77.1"]) {
            cluster, agent in
            try await cluster.createPod("web", forever)
            #expect(try await cluster.eventually { try await cluster.phase("web") == "Running" })
            try await body(cluster, agent)
        }
    }

    @Test(arguments: ControlPlane.available)
    func `in Python list, read logs and run commands over WebSocket`(on controlPlane: ControlPlane) async throws {
        try await withPod(controlPlane) { cluster, agent in
            let script = agent.directory.appending(path: "client.py")
            try Self.program.write(to: script, atomically: true, encoding: .utf8)
            let result = try await run("/usr/bin/python3", [script.path, cluster.administrator])
            #expect(result.status == 0)
            #expect(
                result.output == """
                    ['node1']
                    'out\\n' 'err\\n' 3
                    'hello'
                    ready
                    done

                    """)
        }
    }

    @Test(.enabled(if: kubectl != nil, "there is no kubectl on this machine"), arguments: ControlPlane.available)
    func `like kubectl read logs, run commands and reach ports`(on controlPlane: ControlPlane) async throws {
        try await withPod(controlPlane) { cluster, _ in
            func kubectl(_ line: String, _ variables: String = "") async throws -> (status: Int32, output: String) {
                try await run(
                    "sh",
                    ["-c", "PATH='\(searched)' KUBECONFIG='\(cluster.administrator)' \(variables) timeout 20 \(line)"])
            }
            #expect(try await kubectl("kubectl logs web").output.hasPrefix("ready\n"))
            for variables in ["", "KUBECTL_REMOTE_COMMAND_WEBSOCKETS=false"] {
                let code = try await kubectl("kubectl exec web -- sh -c 'echo out; exit 4'", variables)
                #expect(code.status == 4)
                #expect(code.output.hasPrefix("out\n"))
                let counted = try await kubectl(
                    "sh -c 'head -c 3000000 /dev/zero | kubectl exec -i web -- wc -c'", variables)
                #expect(counted.output == "3000000\n")
            }
            let forwarded = try await kubectl(
                """
                bash -c 'kubectl port-forward pod/web 18082:18081 >/dev/null & \
                for i in $(seq 50); do exec 3<>/dev/tcp/127.0.0.1/18082 && break; sleep 0.1; done 2>/dev/null; \
                head -n 1 <&3; kill $!'
                """)
            #expect(forwarded.output.contains("pong"))
        }
    }

    private static let program = """
        import sys
        from kubernetes import client, config
        from kubernetes.stream import stream
        config.load_kube_config(sys.argv[1])
        api = client.CoreV1Api()
        print([node.metadata.name for node in api.list_node().items])
        def run(*command, **options):
            return stream(api.connect_get_namespaced_pod_exec, "web", "default", command=list(command), stderr=True,
                          stdout=True, tty=False, _preload_content=False, **options)
        process = run("sh", "-c", "echo out; echo err >&2; exit 3", stdin=False)
        process.run_forever(timeout=20)
        print(repr(process.read_stdout()), repr(process.read_stderr()), process.returncode)
        process = run("cat", stdin=True)
        process.write_stdin("hello\\n")
        print(repr(process.readline_stdout(timeout=10)))
        process.close()
        print(api.read_namespaced_pod_log("web", "default", limit_bytes=5))
        print("done")
        """
}

/// `PATH`, behind the directory of a real API server's kubectl.
private let searched = [ControlPlane.assets, ProcessInfo.processInfo.environment["PATH"]].compactMap { $0 }
    .joined(separator: ":")

/// Where kubectl is; `nil`: nowhere.
private let kubectl = searched.split(separator: ":").map { "\($0)/kubectl" }
    .first { FileManager.default.isExecutableFile(atPath: $0) }
