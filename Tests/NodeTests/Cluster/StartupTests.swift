import Foundation
import Kubernetes
import Pods
import Testing

@testable import Node

@Suite struct `The start of a pod` {
    private static func pod(_ status: String, mirror: Bool = false) throws -> ServerPod {
        let annotations = mirror ? #""annotations": {"kubernetes.io/config.mirror": "x"},"# : ""
        let text = """
            {"metadata": {"uid": "u", \(annotations) "creationTimestamp": "2026-11-22T10:00:00Z"}, "status": \(status)}
            """
        return ServerPod(try JSONDecoder().decode(Kubernetes.Pod.self, from: Data(text.utf8)))
    }

    private static let running = """
        {"phase": "Running", "startTime": "2026-11-22T10:00:01Z",
         "initContainerStatuses": [{"name": "i", "image": "", "imageID": "", "ready": true, "restartCount": 0,
           "state": {"terminated": {"exitCode": 0, "startedAt": "2026-11-22T10:00:02Z",
             "finishedAt": "2026-11-22T10:00:05Z"}}}],
         "containerStatuses": [{"name": "c", "image": "", "imageID": "", "ready": true, "restartCount": 0,
           "state": {"running": {"startedAt": "2026-11-22T10:00:09Z"}}}]}
        """
    private static let begun = "{\"startTime\": \"2026-11-22T10:00:01Z\", \"phase\": \"Pending\"}"

    private func seen(_ states: [String], mirror: Bool = false) throws -> [PodStarts.Start] {
        var starts = PodStarts()
        let now = try #require(Time(rfc3339: "2026-11-22T10:00:10Z"))
        return try states.flatMap {
            starts.take([try Self.pod($0, mirror: mirror)], at: Date(timeIntervalSince1970: Double(now.seconds)))
        }
    }

    @Test func `is from its creation until all its containers run, once`() throws {
        let start = PodStarts.Start(total: .seconds(10), own: .seconds(7))
        #expect(try seen(["{}", Self.begun, Self.running, Self.running]) == [start])
    }

    @Test func `is not known of one that began before, had no node, ended or is a manifest's`() throws {
        #expect(try seen([Self.begun, Self.running]).isEmpty)
        let unscheduled =
            #"{"conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}]}"#
        #expect(try seen([unscheduled, Self.running]).isEmpty)
        #expect(try seen(["{}", #"{"phase": "Failed"}"#, Self.running]).isEmpty)
        #expect(try seen(["{}", Self.running], mirror: true).isEmpty)
    }

    @Test func `is forgotten with a pod that went before anything of it was here`() throws {
        var starts = PodStarts()
        var begun: [PodStarts.Start] = []
        for pods in [[try Self.pod("{}")], [], [try Self.pod(Self.begun)], [try Self.pod(Self.running)]] {
            begun += starts.take(pods, at: .now)
        }
        #expect(begun.isEmpty)
    }

    @Test func `has the time in which images were pulled told apart, once for pulls at the same time`() throws {
        var starts = PodStarts()
        let created = try #require(Time(rfc3339: "2026-11-22T10:00:00Z"))
        let (at, now) = (Date(timeIntervalSince1970: Double(created.seconds) + 20), ContinuousClock.now)
        #expect(starts.take([try Self.pod("{}")], at: at).isEmpty)
        for (second, begins, container) in [
            (0, true, "a"), (1, true, "b"), (2, false, "a"), (4, false, "b"), (5, false, "c"), (6, true, "a"),
            (8, false, "a"),
        ] {
            starts.pulls(begins, container: container, of: Pods.Pod.ID("u"), at: now + .seconds(second))
        }
        let start = starts.take([try Self.pod(Self.running)], at: at)
        #expect(start == [.init(total: .seconds(20), own: .seconds(11))])
    }
}

@Suite struct `The start of a node` {
    @Test func `is measured of one that is new to the cluster, once`() {
        let boot = ContinuousClock.now
        var startup = NodeStartup(began: boot + .seconds(10))
        func pass(_ moment: NodeReporter.StartupMoment, _ second: Int) -> [Duration] {
            startup.pass(moment, at: boot + .seconds(second), boot: boot).map(\.duration)
        }
        let early = pass(.ready, 11)
        let tries = pass(.registering, 12) + pass(.registering, 14)
        #expect(early.isEmpty && tries.isEmpty)
        let registered = pass(.registered, 17)
        #expect(registered == [.seconds(10), .seconds(2), .seconds(5)])
        let ready = pass(.ready, 20) + pass(.ready, 30) + pass(.registered, 40)
        #expect(ready == [.seconds(3), .seconds(20)])
    }
}
