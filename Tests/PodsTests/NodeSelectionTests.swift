import JSONText
import Kubernetes
import Testing

@testable import Pods

@Suite struct `A node` {
    private static let node = NodeIdentity(
        name: "n1", architecture: "amd64", labels: ["disk": "ssd", "cores": "16", "kubernetes.io/arch": "own"])

    private static func pod(_ spec: String) throws -> Kubernetes.Pod {
        let text = """
            apiVersion: v1
            kind: Pod
            metadata: {name: web}
            spec: {containers: [{name: app, image: i}], \(spec)}
            """
        return try Manifest(Array(text.utf8)).pods[0]
    }

    private static func required(_ terms: String) -> String {
        "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: \(terms)}}}"
    }

    @Test(arguments: [
        ("", true), ("nodeSelector: {disk: ssd}", true), ("nodeSelector: {disk: hdd}", false),
        ("nodeSelector: {disk: ssd, zone: a}", false), ("nodeSelector: {kubernetes.io/hostname: n1}", true),
        ("nodeSelector: {kubernetes.io/os: linux, beta.kubernetes.io/arch: amd64}", true),
        ("nodeSelector: {kubernetes.io/arch: own}", true),
        (required("[{matchExpressions: [{key: disk, operator: In, values: [hdd, ssd]}]}]"), true),
        (required("[{matchExpressions: [{key: disk, operator: NotIn, values: [ssd]}]}]"), false),
        (required("[{matchExpressions: [{key: zone, operator: NotIn, values: [a]}]}]"), true),
        (required("[{matchExpressions: [{key: zone, operator: Exists}]}]"), false),
        (required("[{matchExpressions: [{key: zone, operator: DoesNotExist}, {key: disk, operator: Exists}]}]"), true),
        (required("[{matchExpressions: [{key: cores, operator: Gt, values: ['8']}]}]"), true),
        (required("[{matchExpressions: [{key: cores, operator: Lt, values: ['16']}]}]"), false),
        (required("[{matchExpressions: [{key: disk, operator: Gt, values: ['1']}]}]"), false),
        (required("[{matchFields: [{key: metadata.name, operator: In, values: [n1]}]}]"), true),
        (required("[{matchFields: [{key: metadata.name, operator: NotIn, values: [n1]}]}]"), false),
        (required("[{}]"), false),
        (required("[{}, {matchExpressions: [{key: disk, operator: Exists}]}]"), true),
        ("nodeSelector: {disk: hdd}, " + required("[{matchExpressions: [{key: disk, operator: Exists}]}]"), false),
        ("affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: []}}", true),
    ])
    func `is chosen by labels and name`(spec: String, isChosen: Bool) throws {
        let spec = try #require(try Self.pod(spec).spec)
        #expect(Self.node.isChosen(by: spec) == isChosen)
    }

    @Test func `that is not chosen refuses the pod, whatever it has to give`() {
        var policy = NodePolicy()
        policy.identity = Self.node
        var pod = Pod(id: .init("u"), name: "web", containers: [Pod.Container(name: "app", image: "i")])
        pod.manifest.spec = PodSpec()
        let admission = NodeAdmission(
            active: [], policy: policy, allocatable: ResourceAmounts(), isShuttingDown: false)
        #expect(admission.verdict(on: pod) == .taken)
        pod.manifest.spec?.nodeSelector = ["disk": "hdd"]
        let message = "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector"
        #expect(admission.verdict(on: pod) == .refused(.init(reason: "NodeAffinity", message: message)))
        pod.manifest.spec?.nodeSelector = ["kubernetes.io/os": "windows"]
        guard case .refused(let refusal) = admission.verdict(on: pod) else { return #expect(Bool(false)) }
        #expect(refusal.reason == "PodOSSelectorNodeLabelDoesNotMatch")
    }

    @Test(arguments: [
        ("a=1,b.c/d=", nil), ("", nil), ("a", "\"a\": expected KEY=VALUE"), ("a b=1", "a b: Invalid value"),
        ("a=-", "a: Invalid value: \"-\""),
    ])
    func `has labels of its own, or says what is wrong with them`(text: String, problem: String?) {
        do {
            let labels = try NodeIdentity.labels(text)
            #expect(problem == nil && labels["a"] == (text.isEmpty ? nil : "1"))
        } catch { #expect("\(error)".contains(problem ?? "-"), "\(error)") }
    }
}
