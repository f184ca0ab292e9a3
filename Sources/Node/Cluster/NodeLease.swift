package import APIServer
import JSONText
package import Kubernetes
import Logging
import Pods
import ServiceLifecycle

/// Tells the cluster every ten seconds that the node lives. Source: facts of kubelet, §10.5.
package actor NodeLease: Service {
    private let client: APIClient
    private let name: String
    private let duration: Int32
    private let owner: @Sendable () async -> OwnerReference?
    private var lease: Lease?
    private var told: String?

    /// - Parameter duration: seconds after which the cluster takes the node for lost; it is renewed four times as often.
    package init(
        node name: String, client: APIClient, duration: Int32 = 40,
        owner: @escaping @Sendable () async -> OwnerReference?
    ) {
        self.name = name
        self.client = client
        self.duration = duration
        self.owner = owner
    }

    package func run() async {
        await cancelWhenGracefulShutdown {
            var backoff = Backoff(from: .milliseconds(200), to: .seconds(7))
            while !Task.isCancelled {
                do {
                    try await self.renew()
                    backoff.reset()
                    let period = Duration.seconds(Double(self.duration) / 4)
                    try await Task.sleep(for: period * Double.random(in: 1...1.04))
                } catch {
                    if Task.isCancelled { return }
                    await self.tell(error)
                    await self.client.pause(backoff.pause())
                }
            }
        }
    }

    private func tell(_ error: any Error) {
        // Without an object of the node's there is nothing to tell: that is told already.
        if error is NoNode { return }
        if "\(error)" != told { Logger.current.warning("Lease is not renewed", metadata: ["error": "\(error)"]) }
        told = "\(error)"
    }

    private func renew() async throws {
        // The lease belongs to the node's object: without one it would be collected at once.
        guard let owner = await owner() else { throw NoNode() }
        do {
            if var next = lease {
                next.spec?.renewTime = .now
                lease = try await send(.put, next)
            } else {
                lease = try await send(.post, new(owner))
            }
        } catch let error as APIRequestError where error.cause.isConflict {
            // Somebody else has written it, or it was there already: the newest counts.
            var request = APIRequest(.get, path(name))
            (request.timeout, request.isUrgent) = (.seconds(10), true)
            var there = try await client.ask(request, for: Lease.self)
            there.spec = new(owner).spec
            there.metadata?.ownerReferences = [owner]
            lease = try await send(.put, there)
        } catch let error as APIRequestError where error.cause.isNotFound {
            lease = nil
            throw error
        }
        if told != nil { Logger.current.notice("Lease is renewed again") }
        told = nil
    }

    private func new(_ owner: OwnerReference) -> Lease {
        var lease = Lease()
        (lease.apiVersion, lease.kind) = ("coordination.k8s.io/v1", "Lease")
        var metadata = ObjectMeta()
        (metadata.name, metadata.namespace, metadata.ownerReferences) = (name, Self.namespace, [owner])
        lease.metadata = metadata
        var spec = LeaseSpec()
        (spec.holderIdentity, spec.leaseDurationSeconds, spec.renewTime) = (name, duration, .now)
        lease.spec = spec
        return lease
    }

    private func send(_ method: APIRequest.Method, _ lease: Lease) async throws -> Lease {
        var request = APIRequest(
            method, path(method == .put ? name : nil), body: try JSONWriter.write(lease))
        (request.timeout, request.isUrgent) = (.seconds(10), true)
        return try await client.ask(request, for: Lease.self)
    }

    private func path(_ name: String?) -> String { Resources.leases.path(name, in: Self.namespace) }

    private static let namespace = "kube-node-lease"
}

private struct NoNode: Error, CustomStringConvertible {
    var description: String { "the node has no object yet" }
}
