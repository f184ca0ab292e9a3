import FoundationEssentials
package import JSONText
import Kubernetes
package import Ledger
import Linux
import Logging

extension Ledger.Kind {
    /// The node's pods as the API server gave them last.
    static let clusterPods = Self("cluster-pods")
    /// What they refer to, and the node's own object.
    static let clusterObjects = Self("cluster-objects")
}

/// What the cluster said last, on disk: a node that boots without its API server brings its pods back by it.
///
/// Secrets and tokens are in it, in files that only root may read.
package struct ClusterMemory: Sendable {
    private let ledger: Ledger

    package init(ledger: Ledger) { self.ledger = ledger }

    func pods() -> [Kubernetes.Pod] {
        attempt("Remembered pods cannot be read") {
            try ledger.keys(.clusterPods).compactMap { key in
                try ledger.content(.clusterPods, key: key).flatMap {
                    try? JSONReader.read(Kubernetes.Pod.self, from: $0)
                }
            }
        } ?? []
    }

    func keep(_ pod: Kubernetes.Pod) {
        guard let uid = pod.metadata?.uid, Self.isKey(uid) else { return }
        var pod = pod
        pod.metadata?.managedFields = nil
        write(pod, .clusterPods, key: uid)
    }

    func forget(pod uid: String) {
        guard Self.isKey(uid) else { return }
        _ = attempt("Remembered pod cannot be removed") { try ledger.erase(.clusterPods, key: uid) }
    }

    func forget(podsExcept uids: Set<String>) {
        _ = attempt("Remembered pods cannot be removed") {
            for key in try ledger.keys(.clusterPods) where !uids.contains(key) {
                try ledger.erase(.clusterPods, key: key)
            }
        }
    }

    /// - Parameter key: a file's name.
    package func object(_ key: String) -> JSON? {
        guard Self.isKey(key) else { return nil }
        return attempt("Remembered object cannot be read") {
            try ledger.content(.clusterObjects, key: key).flatMap { try? JSON(parsing: $0) }
        } ?? nil
    }

    /// - Parameter durably: whether a power cut leaves it: what the node cannot do without.
    package func keep(_ object: some Encodable, as key: String, durably: Bool = false) {
        guard Self.isKey(key) else { return }
        write(object, .clusterObjects, key: key, durably: durably)
    }

    package func forget(object key: String) {
        guard Self.isKey(key) else { return }
        _ = attempt("Remembered object cannot be removed") { try ledger.erase(.clusterObjects, key: key) }
    }

    /// Forgets what nobody refers to any more.
    func forget(objectsExcept keys: Set<String>) {
        _ = attempt("Remembered objects cannot be removed") {
            // The node's own, and what all pods have.
            for key in try ledger.keys(.clusterObjects) where key.contains("_") && !keys.contains(key) {
                try ledger.erase(.clusterObjects, key: key)
            }
        }
    }

    private func write(_ object: some Encodable, _ kind: Ledger.Kind, key: String, durably: Bool = false) {
        _ = attempt("What the cluster said cannot be kept") {
            let bytes = try JSONWriter.write(object).encoded
            guard try ledger.content(kind, key: key) != bytes else { return }
            try ledger.record(bytes, kind, key: key, durably: durably)
        }
    }

    /// A key becomes a file's name, and the names of a pod's objects are anybody's words.
    static func isKey(_ key: String) -> Bool {
        !key.isEmpty && key.utf8.count <= 240 && key != "." && key != ".." && !key.hasSuffix(".new")
            && key.utf8.allSatisfy { $0 != UInt8(ascii: "/") && $0 > 32 }
    }

    /// A help in need: without it the node goes on.
    private func attempt<R>(_ problem: Logger.Message, _ body: () throws -> R) -> R? {
        do {
            return try body()
        } catch {
            Logger.current.warning(problem, metadata: ["error": "\(error)"])
            return nil
        }
    }
}
