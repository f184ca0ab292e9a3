package import APIServer
import JSONText
import Kubernetes
import Logging
import Pods
import ServiceLifecycle

/// Tells the cluster what happens on the node. Never holds anybody up: when the line is slow, events are lost.
package actor EventRecorder: Service {
    /// Source: client-go, `tools/record/event.go`: `maxQueuedEvents`, `maxTriesPerEvent`, and ten seconds between.
    private static let longestQueue = 1000
    private static let tries = 12
    private static let pause = Duration.seconds(10)

    private let client: APIClient
    private let node: String
    private let queue: AsyncStream<ClusterEvent>
    private let add: AsyncStream<ClusterEvent>.Continuation
    private var correlator = EventCorrelator()
    private var serial: UInt64
    /// Apart from all other questions: what happens holds up nothing that is needed.
    private var limit: TokenBucket

    /// - Parameter rate: events a second; zero: no limit. Source: facts of kubelet, §1.1 (`eventRecordQPS`).
    package init(client: APIClient, node: String, rate: Int = 50, burst: Int = 100) {
        self.client = client
        limit = TokenBucket(rate: Double(rate), burst: max(1, burst))
        self.node = node
        (queue, add) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.longestQueue))
        serial = UInt64(clamping: MicroTime.now.microseconds) * 1000
    }

    package nonisolated func record(_ event: ClusterEvent) { add.yield(event) }

    package func run() async {
        await cancelWhenGracefulShutdown {
            for await event in self.queue {
                if Task.isCancelled { return }
                await self.send(event)
            }
        }
    }

    private func send(_ event: ClusterEvent) async {
        serial += 1
        switch correlator.judge(event, serial: serial, at: .now) {
        case .drop: return
        case .create(let told): await send(told, event, isNew: true)
        case .update(let told): await send(told, event, isNew: false)
        }
    }

    private func send(_ told: EventCorrelator.Told, _ event: ClusterEvent, isNew: Bool) async {
        var isNew = isNew
        for _ in 0..<Self.tries {
            do {
                try await Task.sleep(for: limit.reserve(at: .now))
                var request = try isNew ? creation(told, event) : update(told, event)
                request.isUrgent = true
                _ = try await client.send(request)
                return
            } catch let error as APIRequestError {
                if error.cause.isNotFound, !isNew {
                    // The cluster forgets events after a while.
                    isNew = true
                } else if error.cause.isAlreadyThere {
                    return
                } else if error.cause.isPassing {
                    try? await Task.sleep(for: Self.pause)
                } else {
                    return Logger.current.warning("Event is not taken", metadata: ["error": "\(error)"])
                }
            } catch {
                return
            }
            if Task.isCancelled { return }
        }
        Logger.current.warning("Event is lost", metadata: ["reason": "\(event.reason)", "message": "\(event.message)"])
    }

    private func namespace(of event: ClusterEvent) -> String { event.subject.namespace ?? "default" }

    private func creation(_ told: EventCorrelator.Told, _ event: ClusterEvent) throws -> APIRequest {
        var object = Event()
        (object.apiVersion, object.kind) = ("v1", "Event")
        var metadata = ObjectMeta()
        (metadata.name, metadata.namespace) = (told.name, namespace(of: event))
        object.metadata = metadata
        object.involvedObject = event.subject
        (object.type, object.reason, object.message) = (event.kind.rawValue, event.reason, told.message)
        var source = EventSource()
        (source.component, source.host) = ("kubelet", node)
        object.source = source
        (object.firstTimestamp, object.lastTimestamp, object.count) = (told.first, told.last, told.count)
        (object.reportingComponent, object.reportingInstance) = ("kubelet", node)
        return APIRequest(
            .post, Resources.events.path(in: namespace(of: event)), body: try JSONWriter.write(object))
    }

    private func update(_ told: EventCorrelator.Told, _ event: ClusterEvent) -> APIRequest {
        APIRequest(
            patching: Resources.events.path(told.name, in: namespace(of: event)),
            with: [
                "count": .number("\(told.count)"), "lastTimestamp": .string(told.last.description),
                "message": .string(told.message),
            ], as: .strategic)
    }
}
