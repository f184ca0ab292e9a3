import Foundation
import TestSupport
import Testing

/// Volumes and variables of pods that the built agent runs, with objects from its own manifests.
@Suite(.tags(.host), .needsRoot, .serialized, .timeLimit(.minutes(5))) struct `The agent's volumes` {
    private static func pod(_ name: String, _ container: String, _ spec: String = "") -> String {
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: \(name), labels: {app: shop}}
        spec:
          hostNetwork: true
          terminationGracePeriodSeconds: 1
        \(spec)
          containers:
          - name: app
            image: \(BusyboxImage.name)
            imagePullPolicy: Never
        \(container)

        """
    }

    @Test func `hold config maps and secrets of the node's manifests, and follow them`() async throws {
        try await withAgent { agent in
            let pod = Self.pod(
                "web",
                """
                    command: [sh, -c, 'echo "$GREETING $WHO $X_k $CPU"; ls -l /all/..data/ | tail -n +2 | cut -c1-10; cat /all/deep/key; exec sleep 1000']
                    envFrom: [{prefix: X_, configMapRef: {name: conf}}, {secretRef: {name: absent, optional: true}}]
                    env:
                    - {name: WHO, valueFrom: {fieldRef: {fieldPath: "metadata.labels['app']"}}}
                    - {name: GREETING, valueFrom: {secretKeyRef: {name: pass, key: word}}}
                    - {name: CPU, valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: 1m}}}
                    resources: {limits: {cpu: 250m}}
                    volumeMounts: [{name: conf, mountPath: /conf}, {name: all, mountPath: /all}]
                """,
                """
                  volumes:
                  - {name: conf, configMap: {name: conf}}
                  - name: all
                    projected:
                      defaultMode: 0440
                      sources:
                      - {secret: {name: pass, items: [{key: word, path: deep/key, mode: 0400}]}}
                      - {downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}}
                """)
            func bundle(_ value: String) throws {
                try agent.write(
                    "conf.yaml",
                    """
                    apiVersion: v1
                    kind: ConfigMap
                    metadata: {name: conf}
                    data: {k: '\(value)'}
                    ---
                    apiVersion: v1
                    kind: Secret
                    metadata: {name: pass}
                    data: {word: aGVsbG8K}
                    """)
            }
            try agent.write("web.yaml", pod)
            #expect(try await eventually { try agent.log().contains("configmap \"conf\" not found") })
            try bundle("one")
            #expect(try await eventually { try agent.phase("web") == "Running" })
            let expected = ["hello", " shop one 250", "drwxr-xr-x", "-r--r-----", "hello"]
            #expect(
                try await eventually { try Self.lines(agent, "web") == expected })
            let held = try await agent.ask("exec", "web", "--", "cat", "/conf/k", "/all/labels")
            #expect(held.output == "oneapp=\"shop\"", "\(held)")
            try bundle("two")
            let clock = ContinuousClock.now
            #expect(try await eventually { try Self.volume(agent, "web", "configmap/conf/k") == "two" })
            #expect(ContinuousClock.now - clock < .seconds(3))
            let seen = try await agent.ask(
                "exec", "web", "--", "sh", "-c", "cat /conf/k; echo $X_k; touch /conf/x && echo written")
            #expect(seen.output == "twoone\ntouch: /conf/x: Read-only file system\n", "\(seen)")
            #expect(try Self.volume(agent, "web", "configmap/conf/x") == nil, "no container writes there")
            #expect(try agent.restarts("web") == 0)
            try agent.remove("web")
            #expect(try await eventually { try agent.status("web") == nil })
            #expect(try Self.mounts(agent) == [])
            #expect(try agent.leftovers() == [])
        }
    }

    @Test func `that refer to nothing keep their container waiting, in the kubelet's words`() async throws {
        try await withAgent { agent in
            try agent.write(
                "env.yaml",
                Self.pod("env", "    env: [{name: A, valueFrom: {configMapKeyRef: {name: none, key: k}}}]"))
            try agent.write(
                "part.yaml",
                Self.pod(
                    "part", "    volumeMounts: [{name: v, mountPath: /v, subPathExpr: $(NO)}]",
                    "  volumes: [{name: v, emptyDir: {}}]"))
            #expect(try await eventually { try agent.waitingReason("env") == "CreateContainerConfigError" })
            #expect(try agent.waitingMessage("env") == "configmap \"none\" not found")
            #expect(try await eventually { try agent.waitingReason("part") == "CreateContainerConfigError" })
            #expect(try agent.waitingMessage("part") == "missing value for \"NO\"")
            try agent.write("no.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: none}\ndata: {k: v}\n")
            #expect(
                try await eventually(within: .seconds(3)) {
                    try agent.waitingReason("env") != "CreateContainerConfigError"
                })
        }
    }

    @Test func `lie in memory, belong to the pod's group and are given in parts`() async throws {
        try await withAgent { agent in
            let host = agent.directory.appending(path: "host")
            try FileManager.default.createDirectory(at: host, withIntermediateDirectories: true)
            try Data("secret".utf8).write(to: agent.directory.appending(path: "outside"))
            try FileManager.default.createSymbolicLink(
                atPath: host.appending(path: "out").path, withDestinationPath: agent.directory.path)
            try agent.write(
                "web.yaml",
                Self.pod(
                    "web",
                    """
                        command: [sh, -c, 'stat -f -c %T /mem; df -k /mem | tail -1 | tr -s " " | cut -d" " -f2; id -G; touch /mem/a /disk/b; stat -c "%a %g" /mem /mem/a /disk; echo in >/part/f; cat /sys/x 2>/dev/null; cat /proc/sys/kernel/shm_rmid_forced; exec sleep 1000']
                        env: [{name: NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]
                        volumeMounts:
                        - {name: mem, mountPath: /mem}
                        - {name: disk, mountPath: /disk}
                        - {name: host, mountPath: /part, subPathExpr: a/$(NAME)}
                        securityContext: {runAsUser: 1000, runAsGroup: 1000}
                    """,
                    """
                      securityContext: {fsGroup: 2000, supplementalGroups: [3000], sysctls: [{name: kernel.shm_rmid_forced, value: "1"}]}
                      volumes:
                      - {name: mem, emptyDir: {medium: Memory, sizeLimit: 4Mi}}
                      - {name: disk, emptyDir: {}}
                      - {name: host, hostPath: {path: \(host.path), type: Directory}}
                    """))
            try FileManager.default.createDirectory(
                at: host.appending(path: "a/web-node1"), withIntermediateDirectories: true)
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o777], ofItemAtPath: host.appending(path: "a/web-node1").path)
            try agent.write(
                "bad.yaml",
                Self.pod(
                    "bad", "    volumeMounts: [{name: host, mountPath: /part, subPath: out/outside}]",
                    "  volumes: [{name: host, hostPath: {path: \(host.path)}}]"))
            #expect(try await eventually { try agent.phase("web") == "Running" })
            let expected = [
                "tmpfs", "4096", "1000 2000 3000", "2777 2000", "644 2000", "2777 2000", "1",
            ]
            #expect(try await eventually { try Self.lines(agent, "web").count >= expected.count })
            #expect(try Self.lines(agent, "web") == expected)
            #expect(try String(contentsOf: host.appending(path: "a/web-node1/f"), encoding: .utf8) == "in\n")
            #expect(try await eventually { try agent.waitingReason("bad") == "CreateContainerConfigError" })
            #expect(
                try agent.waitingMessage("bad")
                    == "failed to prepare subPath for volumeMount \"host\" of container \"app\"")
            try agent.remove("web")
            try agent.remove("bad")
            #expect(try await eventually { try agent.status("web") == nil && agent.status("bad") == nil })
            #expect(try Self.mounts(agent) == [])
            #expect(try agent.leftovers() == [])
        }
    }

    @Test func `end the pod that fills them beyond their limit`() async throws {
        try await withAgent { agent in
            try agent.write(
                "fat.yaml",
                Self.pod(
                    "fat",
                    "    command: [sh, -c, 'dd if=/dev/zero of=/v/f bs=1M count=3; exec sleep 1000']\n"
                        + "    volumeMounts: [{name: v, mountPath: /v}]",
                    "  volumes: [{name: v, emptyDir: {sizeLimit: 1Mi}}]"))
            #expect(try await eventually(within: .seconds(20)) { try agent.phase("fat") == "Failed" })
            let status = try #require(try agent.status("fat"))
            #expect(status["reason"] as? String == "Evicted")
            #expect(status["message"] as? String == "Usage of EmptyDir volume \"v\" exceeds the limit \"1Mi\". ")
        }
    }

    @Test func `are an image's files, a local volume by its claim and every kind of thing of the host`() async throws {
        try await withAgent { agent in
            let local = agent.directory.appending(path: "local")
            try FileManager.default.createDirectory(at: local, withIntermediateDirectories: true)
            try Data("kept\n".utf8).write(to: local.appending(path: "f"))
            let directory = agent.manifests.appending(path: "app")
            let staged = agent.manifests.appending(path: ".app")
            try FileManager.default.createDirectory(at: staged, withIntermediateDirectories: true)
            try Data(
                """
                apiVersion: v1
                kind: PersistentVolume
                metadata: {name: disk}
                spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], local: {path: \(local.path)}, claimRef: {name: data, namespace: default}}
                """.utf8
            ).write(to: staged.appending(path: "volume.yaml"))
            try Data(
                Self.pod(
                    "web",
                    """
                        command: [sh, -c, 'cat /data/f; test -x /image/bin/busybox && echo image; touch /image/x 2>/dev/null || echo ro; ls /bin2 | head -1; exec sleep 1000']
                        volumeMounts:
                        - {name: data, mountPath: /data}
                        - {name: image, mountPath: /image}
                        - {name: image, mountPath: /bin2, subPath: bin}
                        - {name: null, mountPath: /null}
                        - {name: socket, mountPath: /socket}
                    """,
                    """
                      volumes:
                      - {name: data, persistentVolumeClaim: {claimName: data}}
                      - {name: image, image: {reference: \(BusyboxImage.name), pullPolicy: Never}}
                      - {name: "null", hostPath: {path: /dev/null, type: CharDevice}}
                      - {name: socket, hostPath: {path: \(agent.state.appending(path: "control.sock").path), type: Socket}}
                    """
                ).replacing("name: null, mountPath", with: "name: \"null\", mountPath").utf8
            ).write(to: staged.appending(path: "web.yaml"))
            try FileManager.default.moveItem(at: staged, to: directory)
            #expect(try await eventually { try Self.lines(agent, "web").count >= 4 })
            #expect(try Self.lines(agent, "web").prefix(3) == ["kept", "image", "ro"])
            try FileManager.default.removeItem(at: directory)
            #expect(try await eventually { try agent.status("web") == nil })
            #expect(try Self.mounts(agent) == [])
            #expect(try String(contentsOf: local.appending(path: "f"), encoding: .utf8) == "kept\n")
        }
    }

    @Test func `cannot be led out of by a container that exchanges names`() async throws {
        try await withAgent { agent in
            let host = agent.directory.appending(path: "host")
            try FileManager.default.createDirectory(
                at: host.appending(path: "real"), withIntermediateDirectories: true)
            try agent.write(
                "swap.yaml",
                Self.pod(
                    "swap",
                    "    command: [sh, -c, 'cd /v; while :; do mv real kept; ln -s / real; rm real; mv kept real; done']\n"
                        + "    volumeMounts: [{name: v, mountPath: /v}]",
                    "  volumes: [{name: v, hostPath: {path: \(host.path)}}]"))
            #expect(try await eventually { try agent.phase("swap") == "Running" })
            for number in 0..<8 {
                try agent.write(
                    "p\(number).yaml",
                    Self.pod(
                        "p\(number)",
                        "    command: [sh, -c, 'ls /part; exec sleep 1000']\n"
                            + "    volumeMounts: [{name: v, mountPath: /part, subPath: real}]",
                        "  volumes: [{name: v, hostPath: {path: \(host.path)}}]"))
            }
            try await Task.sleep(for: .seconds(5))
            var started = 0
            for number in 0..<8 where try agent.phase("p\(number)") == "Running" {
                started += 1
                #expect(try Self.lines(agent, "p\(number)").allSatisfy { !["proc", "etc", "work"].contains($0) })
            }
            print("started beside the exchange: \(started) of 8")
        }
    }

    private static func lines(_ agent: AgentProcess, _ pod: String) throws -> [String] {
        try agent.log(pod, "app").split(separator: "\n").compactMap { line in
            let parts = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
            return parts.count > 3 ? String(parts[3]) : nil
        }
    }

    private static func volume(_ agent: AgentProcess, _ pod: String, _ path: String) throws -> String? {
        guard let uid = try agent.uid(pod) else { return nil }
        let file = agent.root.appending(path: "pods/\(uid)/volumes/kubernetes.io~\(path)")
        return try? String(contentsOf: file, encoding: .utf8)
    }

    private static func mounts(_ agent: AgentProcess) throws -> [Substring] {
        try String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8).split(separator: "\n")
            .filter { $0.contains(agent.root.appending(path: "pods").path) }
    }
}
