import Kubernetes
import Pods
import Testing

@Suite struct `A pod from a manifest` {
    static func admit(
        _ spec: String, metadata: String = "name: web", path: String = "/m/web.yaml", node: String = "Node1"
    )
        throws -> Pod
    {
        let text = "apiVersion: v1\nkind: Pod\nmetadata: {\(metadata)}\nspec:\n" + spec
        let manifest = try #require(try Manifest(Array(text.utf8)).pods.first)
        return try Admission.admit(manifest, from: .file(path: path), nodeName: node)
    }
    static func refusal(_ spec: String, metadata: String = "name: web") -> String {
        do {
            _ = try admit(spec, metadata: metadata)
            return "accepted"
        } catch { return "\(error)" }
    }

    static let container = "  containers:\n  - name: a\n    image: b:1\n"

    @Test func `names, places and defaults a pod as the kubelet does`() throws {
        let pod = try Self.admit(Self.container + "    ports: [{containerPort: 80}]\n")
        #expect(pod.name == "web-node1")
        #expect(pod.namespace == "default")
        #expect(pod.nodeName == "Node1")
        #expect(pod.id.rawValue.count == 32)
        #expect(
            pod.annotations == ["kubernetes.io/config.hash": pod.id.rawValue, "kubernetes.io/config.source": "file"])
        #expect(pod.restartPolicy == .always)
        #expect(pod.dnsPolicy == .clusterFirst)
        #expect(pod.terminationGracePeriod == .seconds(30))
        #expect(pod.qosClass == .bestEffort)
        #expect(pod.containers[0].pullPolicy == .ifNotPresent)
        #expect(pod.containers[0].ports[0].transport == .tcp)
        #expect(pod.containers[0].terminationMessagePath == "/dev/termination-log")
        #expect(pod.manifest.spec?.tolerations?.first?.operator == "Exists")
        #expect(try Admission.accept(pod.manifest, source: .file) == pod)
    }

    @Test func `gives another UID to another content, path or node, and the same to the same`() throws {
        let ids = [
            try Self.admit(Self.container).id, try Self.admit(Self.container).id,
            try Self.admit(Self.container + "    args: [x]\n").id, try Self.admit(Self.container, path: "/m/x").id,
            try Self.admit(Self.container, node: "n2").id,
        ]
        #expect(ids[0] == ids[1])
        #expect(Set(ids).count == 4)
        #expect(try Self.admit(Self.container, metadata: "name: web, uid: my-uid").id.rawValue == "my-uid")
        #expect(
            Self.refusal(Self.container, metadata: "name: web, uid: ../x")
                == "metadata.uid: Invalid value: \"../x\": must consist of letters, digits and '-', at most 64")
    }

    @Test(arguments: [
        ("a", "Always"), ("a:latest", "Always"), ("a:1", "IfNotPresent"), ("h:5000/a", "Always"),
        ("h:5000/a:1", "IfNotPresent"),
        ("a@sha256:00", "IfNotPresent"),
    ])
    func `pulls by tag`(image: String, policy: String) throws {
        #expect(
            try Self.admit("  containers: [{name: a, image: '\(image)'}]").containers[0].pullPolicy.rawValue == policy)
    }

    @Test(arguments: [
        ("{}", "BestEffort"), ("{requests: {cpu: 0}}", "BestEffort"), ("{requests: {cpu: 1}}", "Burstable"),
        ("{limits: {cpu: 1}}", "Burstable"), ("{limits: {cpu: 1, memory: 1Gi}}", "Guaranteed"),
        ("{limits: {cpu: 1, memory: 1Gi}, requests: {cpu: 500m}}", "Burstable"),
        ("{limits: {cpu: 1, memory: 1Gi}, requests: {cpu: 1000m, memory: 1024Mi}}", "Guaranteed"),
    ])
    func `tells the class of service`(resources: String, qos: String) throws {
        #expect(try Self.admit(Self.container + "    resources: \(resources)\n").qosClass.rawValue == qos)
    }

    @Test(arguments: [
        ("", "spec.containers: Required value"),
        ("  containers: [{image: b:1}]", "spec.containers[0].name: Required value"),
        ("  containers: [{name: a}]", "spec.containers[0].image: Required value"),
        (
            "  containers: [{name: a, image: b}, {name: a, image: b}]",
            "spec.containers[1].name: Duplicate value: \"a\""
        ),
        (
            "  containers: [{name: a, image: b, imagePullPolicy: Sometimes}]",
            "spec.containers[0].imagePullPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \"IfNotPresent\", \"Never\""
        ),
        (
            "  containers: [{name: a, image: b, ports: [{containerPort: 80, hostPort: 80}]}, {name: c, image: b, ports: [{containerPort: 8, hostPort: 80}]}]",
            "spec.containers[1].ports[0].hostPort: Duplicate value: \"TCP//80\""
        ),
        (
            "  containers: [{name: a, image: b, ports: [{containerPort: 80}, {containerPort: 80}]}]",
            "spec.containers[0].ports[1]: Duplicate value: \"80/TCP\""
        ),
        (
            "  containers: [{name: a, image: b, ports: [{containerPort: 70000}]}]",
            "spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive"
        ),
        (
            "  containers: [{name: a, image: b, resources: {requests: {cpu: 2}, limits: {cpu: 1}}}]",
            "spec.containers[0].resources.requests: Invalid value: \"2\": must be less than or equal to cpu limit of 1"
        ),
        (
            "  overhead: {memory: -1Gi}\n  containers: [{name: a, image: b}]",
            "spec.overhead.limits[memory]: Invalid value: \"-1Gi\": must be greater than or equal to 0"
        ),
        (
            "  containers: [{name: a, image: b, resources: {limits: {cpu: -1}}}]",
            "spec.containers[0].resources.limits[cpu]: Invalid value: \"-1\": must be greater than or equal to 0"
        ),
        (
            "  containers: [{name: a, image: b, volumeMounts: [{name: v, mountPath: /v}]}]",
            "spec.containers[0].volumeMounts[0].name: Not found: \"v\""
        ),
        (
            "  volumes: [{name: v, emptyDir: {}}]\n  containers: [{name: a, image: b, volumeMounts: [{name: v, mountPath: '/v:x'}, {name: v, mountPath: '/v:x'}]}]",
            "spec.containers[0].volumeMounts[0].mountPath: Invalid value: \"/v:x\": must not contain ':'"
        ),
        ("\(container)  volumes: [{name: v}]", "spec.volumes[0]: Required value: must specify a volume type"),
        (
            "\(container)  volumes: [{name: v, hostPath: {path: /a/../b}}]",
            "spec.volumes[0].hostPath.path: Invalid value: \"/a/../b\": must not contain '..'"
        ),
        (
            "\(container)  dnsPolicy: None",
            "spec.dnsConfig.nameservers: Required value: must provide at least one DNS nameserver when `dnsPolicy` is None"
        ),
        (
            "\(container)  affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {}}}",
            "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms: "
                + "Required value: must have at least one node selector term"
        ),
        (
            "\(container)  hostnameOverride: a.b\n  setHostnameAsFQDN: true",
            "spec.setHostnameAsFQDN: Invalid value: true: may not be set to true when hostnameOverride is set"
        ),
        (
            "\(container)    volumeDevices: [{name: x, devicePath: /x}]",
            "spec.containers[0].volumeDevices: not supported yet"
        ),
        (
            "\(container)    volumeDevices: [{name: v, devicePath: /dev/v}]",
            "spec.containers[0].volumeDevices: not supported yet"
        ),
        (
            "\(container)    resources: {limits: {nvidia.com/gpu: 1}}",
            "spec.containers[0].resources.limits.nvidia.com/gpu: not supported yet"
        ),
        (
            "\(container)  volumes: [{name: v, emptyDir: {medium: Disk}}]",
            "spec.volumes[0].emptyDir.medium: Unsupported value: \"Disk\": supported values: \"HugePages\", \"HugePages-<size>\", \"Memory\""
        ),
        (
            "\(container)  volumes: [{name: v, emptyDir: {sizeLimit: -1Gi}}]",
            "spec.volumes[0].emptyDir.sizeLimit: Forbidden: SizeLimit field must be a valid resource quantity"
        ),
        (
            "\(container)  volumes: [{name: v, iscsi: {iqn: a}}]",
            "spec.volumes[0].iscsi: not supported yet"
        ),
        (
            "\(container)  volumes: [{name: v, nfs: {server: a, path: b}}]",
            "spec.volumes[0].nfs.path: Invalid value: \"b\": must be an absolute path"
        ),
        (
            "\(container)  volumes: [{name: v, configMap: {name: m, defaultMode: 512, items: [{key: k, path: ../a}]}}]",
            "spec.volumes[0].configMap.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive; spec.volumes[0].configMap.items[0].path: Invalid value: \"../a\": must not contain '..'"
        ),
        (
            "\(container)  volumes: [{name: v, downwardAPI: {items: [{path: a, fieldRef: {fieldPath: spec.x}}]}}]",
            "spec.volumes[0].downwardAPI.items[0].fieldRef.fieldPath: Unsupported value: \"spec.x\": supported values: \"metadata.annotations\", \"metadata.labels\", \"metadata.name\", \"metadata.namespace\", \"metadata.uid\""
        ),
        (
            "\(container)  volumes: [{name: v, projected: {sources: [{secret: {name: a, items: [{key: a, path: x}]}}, {configMap: {name: b, items: [{key: a, path: x}]}}]}}]",
            "spec.volumes[0].projected.sources[1]: Invalid value: \"x\": conflicting duplicate paths"
        ),
        (
            "\(container)    volumeMounts: [{name: v, mountPath: /v, subPath: ../x}]\n  volumes: [{name: v, emptyDir: {}}]",
            "spec.containers[0].volumeMounts[0].subPath: Invalid value: \"../x\": must not contain '..'"
        ),
        (
            "\(container)  volumes: [{name: v, emptyDir: {}, image: {reference: x}}]",
            "spec.volumes[0].image: Forbidden: may not specify more than 1 volume type"
        ),
        ("\(container)  initContainers: [{name: a, image: x}]", "spec.containers[0].name: Duplicate value: \"a\""),
        (
            "\(container)  initContainers: [{name: i, image: x, lifecycle: {preStop: {sleep: {seconds: 1}}}}]",
            "spec.initContainers[0].lifecycle: Forbidden: may not be set for init containers without restartPolicy=Always"
        ),
        (
            "\(container)  ephemeralContainers: [{name: i, image: x}]",
            "spec.ephemeralContainers: Forbidden: cannot be set on create"
        ),
        (
            "\(container)    lifecycle: {stopSignal: SIGUSR1}",
            "spec.containers[0].lifecycle.stopSignal: Forbidden: may not be set for containers with empty `spec.os.name`"
        ),
        (
            "\(container)    lifecycle: {preStop: {sleep: {seconds: 31}}}",
            "spec.containers[0].lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than or equal to terminationGracePeriodSeconds=30"
        ),
        (
            "\(container)    lifecycle: {postStart: {tcpSocket: {port: 1}}}",
            "spec.containers[0].lifecycle.postStart.tcpSocket: not supported yet"
        ),
        (
            "\(container)    restartPolicyRules: [{action: Restart, exitCodes: {operator: In, values: [1]}}]",
            "spec.containers[0].restartPolicy: Required value: must specify restartPolicy when restart rules are used"
        ),
        (
            "\(container)  activeDeadlineSeconds: 0",
            "spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive"
        ),
        (
            "\(container)    securityContext: {appArmorProfile: {type: Localhost}}",
            "spec.containers[0].securityContext.appArmorProfile.localhostProfile: Required value: must be set when AppArmor type is Localhost"
        ),
        (
            "\(container)    securityContext: {appArmorProfile: {type: Other}}",
            "spec.containers[0].securityContext.appArmorProfile.type: Unsupported value: \"Other\": supported values: \"Localhost\", \"RuntimeDefault\", \"Unconfined\""
        ),
        (
            "\(container)    securityContext: {appArmorProfile: {type: Unconfined, localhostProfile: x}}",
            "spec.containers[0].securityContext.appArmorProfile.localhostProfile: Invalid value: \"x\": can only be set when AppArmor type is Localhost"
        ),
        (
            "\(container)  securityContext: {seLinuxChangePolicy: Other}",
            "spec.securityContext.seLinuxChangePolicy: Unsupported value: \"Other\": supported values: \"MountOption\", \"Recursive\""
        ),
        (
            "\(container)    env: [{name: a, value: b, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]",
            "spec.containers[0].env[0].valueFrom: Invalid value: \"\": may not be specified when `value` is not empty"
        ),
        (
            "\(container)  serviceAccountName: x",
            "spec.serviceAccountName: static pods may not reference serviceaccounts"
        ),
        (
            "\(container)    envFrom: [{prefix: x}]",
            "spec.containers[0].envFrom[0]: Invalid value: \"\": must specify one of: `configMapRef` or `secretRef`"
        ),
        (
            "\(container)  imagePullSecrets: [{name: x}]",
            "spec.imagePullSecrets: static pods may not reference secrets"
        ),
        (
            "\(container)    env: [{name: a, valueFrom: {configMapKeyRef: {name: x}}}]",
            "spec.containers[0].env[0].valueFrom.configMapKeyRef.key: Required value"
        ),
        (
            "\(container)  volumes: [{name: v, secret: {}}]",
            "spec.volumes[0].secret.secretName: Required value"
        ),
        (
            "\(container)    stdin: false\n    tty: false\n    livenessProbe: null\n  initContainers: []\n  affinity: {}",
            "accepted"
        ),
        (
            "\(container)    volumeMounts: []\n    securityContext: {privileged: true, capabilities: {add: [ALL]}}",
            "accepted"
        ),
    ])
    func `refuses with the field's name and the API server's words`(spec: String, problem: String) {
        let refusal = Self.refusal(spec)
        #expect(refusal == problem || refusal.hasPrefix(problem + "; "), "\(refusal)")
    }

    @Test(arguments: ["a_b", "A", "-a", "a b", "é", "../x", String(repeating: "a", count: 260)])
    func `refuses names that are none`(name: String) {
        #expect(Self.refusal(Self.container, metadata: "name: '\(name)'").hasPrefix("metadata.name: Invalid value: "))
    }

    @Test func `merges the pod's security defaults under the container's`() throws {
        let pod = try Self.admit(
            Self.container + "    securityContext: {runAsUser: 5, capabilities: {drop: [ALL], add: [NET_ADMIN]}}\n"
                + "  securityContext: {runAsUser: 1, runAsGroup: 2, supplementalGroups: [7], seccompProfile: {type: RuntimeDefault}}"
        )
        let security = pod.containers[0].security
        #expect(security.runAsUser == 5)
        #expect(security.runAsGroup == 2)
        #expect(security.supplementalGroups == [7])
        #expect(security.seccomp == .runtimeDefault)
        #expect(security.droppedCapabilities == ["ALL"])
    }
}
