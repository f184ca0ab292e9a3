import FoundationEssentials
import Linux
import Logging
package import Pods
package import SystemPackage

package import struct Kubernetes.PodStatus

/// Writes each pod's status as JSON into a directory, whenever it changed: `<namespace>_<name>_<uid>.json`.
///
/// For a node without an API server this is where programs read how their pods are.
package actor StatusFiles {
    private let directory: FilePath
    private var latest: [Pod.ID: PodStatus] = [:]

    package init(directory: FilePath) { self.directory = directory }

    package func report(_ status: PodStatus, of pod: Pod) {
        guard latest[pod.id] != status else { return }
        latest[pod.id] = status
        do {
            try makeDirectories(directory)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            let object = ReportedPod(metadata: .init(pod), status: status)
            try replaceFile(at: file(of: pod), with: [UInt8](encoder.encode(object)), durably: false)
        } catch {
            Logger.current.error("Status cannot be written", metadata: ["error": "\(error)"])
        }
    }

    package func forget(_ pod: Pod) {
        latest[pod.id] = nil
        do {
            try removeFile(at: file(of: pod))
        } catch {
            Logger.current.error("Status cannot be removed", metadata: ["error": "\(error)"])
        }
    }

    /// Removes the files of all pods but these: an agent that ended in the wrong moment left them.
    package func keep(only pods: Set<Pod.ID>) {
        do {
            for name in try directoryEntries(directory) {
                let uid = name.hasSuffix(".json") ? name.dropLast(5).split(separator: "_").last : nil
                if let uid, pods.contains(Pod.ID(String(uid))) { continue }
                try removeFile(at: directory.appending(name))
            }
        } catch {
            Logger.current.error("Status cannot be removed", metadata: ["error": "\(error)"])
        }
    }

    /// The status that was told last of a pod, by this agent or one before it.
    package func last(of pod: Pod.ID) -> PodStatus? {
        if let known = latest[pod] { return known }
        do {
            let end = "_\(pod.rawValue).json"
            guard let name = try directoryEntries(directory).first(where: { $0.hasSuffix(end) }),
                let content = try readFile(at: directory.appending(name), ifExists: true)
            else { return nil }
            return try JSONDecoder().decode(ToldPod.self, from: Data(content)).status
        } catch {
            Logger.current.error("Status cannot be read", metadata: ["error": "\(error)"])
            return nil
        }
    }

    /// The status last reported of each pod.
    package func statuses() -> [Pod.ID: PodStatus] { latest }

    private func file(of pod: Pod) -> FilePath {
        directory.appending("\(pod.namespace)_\(pod.name)_\(pod.id.rawValue).json")
    }
}

/// What is read back of a ``ReportedPod``.
private struct ToldPod: Decodable { let status: PodStatus }

/// The part of a `v1` Pod that a node reports: who it is, and how it is.
private struct ReportedPod: Encodable {
    struct Metadata: Encodable {
        let name: String
        let namespace: String
        let uid: String
        let labels: [String: String]
        let annotations: [String: String]

        init(_ pod: Pod) {
            name = pod.name
            namespace = pod.namespace
            uid = pod.id.rawValue
            labels = pod.labels
            annotations = pod.annotations
        }
    }

    let apiVersion = "v1"
    let kind = "Pod"
    let metadata: Metadata
    let status: PodStatus
}
