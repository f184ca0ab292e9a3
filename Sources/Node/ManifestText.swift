package import Kubernetes
package import Pods

/// The pods of one text from a source, admitted, and what is wrong with the rest of it.
///
/// A pod that turns invalid by an edit stays as it was last accepted: a typing error in a running node's manifest must
/// not stop what runs, least of all the cluster's own database. (The kubelet removes it at its next relist.) It goes
/// when the file goes, or when the text no longer names it.
package struct ManifestText: Sendable {
    package var pods: [Pods.Pod] = []
    /// What a person must mend, a line each.
    package var errors: [String] = []
    /// What was understood without: unknown fields.
    package var warnings: [String] = []

    /// `last` is what the same place gave before.
    package init(
        _ bytes: [UInt8], from origin: Admission.Origin, nodeName: String, seen: Time? = nil, last: [Pods.Pod] = []
    ) {
        do throws(ManifestError) {
            let manifest = try Manifest(bytes)
            warnings = manifest.warnings
            for object in manifest.pods { admit(object, from: origin, nodeName: nodeName, seen: seen, last: last) }
        } catch {
            errors = ["\(error)"]
            pods = last
        }
    }

    private mutating func admit(
        _ object: Kubernetes.Pod, from origin: Admission.Origin, nodeName: String, seen: Time?, last: [Pods.Pod]
    ) {
        do throws(Admission.Refusal) {
            let pod = try Admission.admit(object, from: origin, nodeName: nodeName, seen: seen)
            // The same pod was seen when it was first seen.
            pods.append(last.first { $0.id == pod.id }.map { pod.keepingFirstSeen(of: $0) } ?? pod)
        } catch {
            let name = object.metadata?.name.map { "pod \($0): " } ?? ""
            errors.append("\(name)\(error)")
            let full = "\(object.metadata?.name ?? "")-\(nodeName.lowercased())"
            let namespace = object.metadata?.namespace.flatMap { $0.isEmpty ? nil : $0 } ?? "default"
            pods += last.filter { $0.name == full && $0.namespace == namespace }
        }
    }
}
