import JSONText
import Kubernetes
import Testing

@testable import Node

@Suite("The patch of a status")
struct StatusPatchTests {
    private func status(_ text: String) throws -> PodStatus {
        try JSONReader.read(PodStatus.self, from: Array(text.utf8))
    }

    private func patch(_ old: String, _ new: String) throws -> String? {
        try StatusPatch.pod(from: status(old), to: status(new), uid: "u").map {
            String(decoding: $0.sorted.encoded, as: UTF8.self)
        }
    }

    @Test(
        "holds what changed and nothing else",
        arguments: [
            (#"{"phase":"Pending"}"#, #"{"phase":"Running"}"#, #"{"phase":"Running"}"#),
            (#"{"reason":"X","phase":"Failed"}"#, #"{"phase":"Failed"}"#, #"{"reason":null}"#),
            (
                #"{"conditions":[{"type":"Ready","status":"False","reason":"R"}]}"#,
                #"{"conditions":[{"type":"Ready","status":"True"}]}"#,
                ##"{"$setElementOrder/conditions":[{"type":"Ready"}],"conditions":[{"reason":null,"status":"True","type":"Ready"}]}"##
            ),
            (
                #"{"conditions":[{"type":"Ready","status":"True"},{"type":"PodResizeInProgress","status":"True"}]}"#,
                #"{"conditions":[{"type":"Ready","status":"True"}]}"#,
                ##"{"$setElementOrder/conditions":[{"type":"Ready"}],"conditions":[{"$patch":"delete","type":"PodResizeInProgress"}]}"##
            ),
            (
                #"{"podIPs":[{"ip":"10.0.0.1"}]}"#, #"{"podIPs":[{"ip":"10.0.0.2"}]}"#,
                ##"{"$setElementOrder/podIPs":[{"ip":"10.0.0.2"}],"podIPs":[{"ip":"10.0.0.2"},{"$patch":"delete","ip":"10.0.0.1"}]}"##
            ),
            (
                #"{"containerStatuses":[{"name":"a","ready":false},{"name":"b"}]}"#,
                #"{"containerStatuses":[{"name":"a","ready":true},{"name":"b"}]}"#,
                #"{"containerStatuses":[{"name":"a","ready":true},{"name":"b"}]}"#
            ),
        ])
    func holdsChanges(old: String, new: String, changes: String) throws {
        #expect(try patch(old, new) == #"{"metadata":{"uid":"u"},"status":\#(changes)}"#)
    }

    @Test(
        "is none where nothing is to be said",
        arguments: [
            (#"{"phase":"Running"}"#, #"{"phase":"Running"}"#),
            // What schedulers and readiness gates say is theirs.
            (
                #"{"conditions":[{"type":"Ready","status":"True"},{"type":"example.com/gate","status":"True"}]}"#,
                #"{"conditions":[{"type":"Ready","status":"True"}]}"#
            ),
            (
                #"{"conditions":[{"type":"PodScheduled","status":"True","lastTransitionTime":"2026-01-01T00:00:00Z"}]}"#,
                #"{"conditions":[{"type":"PodScheduled","status":"True","lastTransitionTime":"2026-01-02T00:00:00Z"}]}"#
            ),
            (#"{"nominatedNodeName":"n"}"#, "{}"),
        ])
    func isNone(old: String, new: String) throws { #expect(try patch(old, new) == nil) }

    @Test(
        "is none for an amount that is only written otherwise", arguments: [1_000_000_000, 100_000_000, 1000, 102_400])
    func isNoneForAmounts(bytes: Int64) throws {
        func status(_ amount: Quantity, _ phase: String) -> PodStatus {
            var container = ContainerStatus()
            container.name = "a"
            container.resources = ResourceRequirements()
            container.resources?.limits = ["memory": amount]
            var status = PodStatus()
            (status.phase, status.containerStatuses) = (phase, [container])
            return status
        }
        // As the node makes it of what a container was given, and as the server answers.
        let own = status(Quantity(bytes, format: .binarySI), "Running")
        let theirs = try JSONReader.read(PodStatus.self, from: try JSONWriter.write(own))
        #expect(try StatusPatch.pod(from: theirs, to: own, uid: "u") == nil)
        let more = try StatusPatch.pod(
            from: status(Quantity(bytes + 1, format: .binarySI), "Running"), to: own, uid: "u")
        #expect(more != nil)
    }
}

@Suite("Names from the cluster")
struct ClusterNamesTests {
    @Test(
        "that are no files' names are not remembered",
        arguments: [
            ("configmap_default_a", true), ("configmap_default_a/b", false), ("..", false), (".", false), ("", false),
            ("a b", false), ("a\u{0}", false), (String(repeating: "a", count: 241), false), ("a.new", false),
        ])
    func areChecked(key: String, isKey: Bool) { #expect(ClusterMemory.isKey(key) == isKey) }
}
