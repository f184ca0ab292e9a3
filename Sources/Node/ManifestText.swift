package import Kubernetes
package import Pods

/// The pods of one text from a source, admitted, and what is wrong with the rest of it.
///
/// A pod that turns invalid by an edit stays as it was last accepted: a typing error in a running node's manifest must
/// not stop what runs, least of all the cluster's own database. (The kubelet removes it at its next relist.) It goes
/// when the file goes, or when the text no longer names it.
///
/// What belongs together changes together: of several documents, or of a directory's files, either all count or none.
package struct ManifestText: Sendable {
    package var pods: [Pods.Pod] = []
    package var objects = LocalObjects()
    /// What a person must mend, a line each.
    package var errors: [String] = []
    /// What was understood without: unknown fields.
    package var warnings: [String] = []

    /// `last` and `lastObjects` are what the same place gave before.
    package init(
        _ bytes: [UInt8], from origin: Admission.Origin, nodeName: String, seen: Time? = nil, last: [Pods.Pod] = [],
        lastObjects: LocalObjects = LocalObjects()
    ) {
        var documents = 0
        let parts =
            if case .url = origin { [ManifestBundle.Part(name: "", bytes: bytes)] } else {
                ManifestBundle.parts(of: bytes)
            }
        for part in parts {
            do throws(ManifestError) {
                let manifest = try Manifest(part.bytes)
                documents += manifest.documents
                warnings += manifest.warnings.map { part.prefix + $0 }
                if manifest.hasLocalObjects { take(manifest, from: origin, part.prefix) }
                for object in manifest.pods {
                    admit(object, from: origin, nodeName: nodeName, seen: seen, last: last, part.prefix)
                }
            } catch {
                errors.append("\(part.prefix)\(error)")
                pods += parts.count == 1 ? last : []
            }
        }
        if !errors.isEmpty, documents > 1 || parts.count > 1 || !objects.isEmpty || !lastObjects.isEmpty {
            (pods, objects) = (last, lastObjects)
        }
    }

    private mutating func take(_ manifest: Manifest, from origin: Admission.Origin, _ prefix: String) {
        if case .url = origin {
            errors.append("\(prefix)a URL may give pods only")
            return
        }
        do throws(Admission.Refusal) {
            errors += objects.add(try LocalObjects(manifest)).map { "\(prefix)\($0): twice" }
        } catch {
            errors += error.problems.map { prefix + $0 }
        }
    }

    private mutating func admit(
        _ object: Kubernetes.Pod, from origin: Admission.Origin, nodeName: String, seen: Time?, last: [Pods.Pod],
        _ prefix: String
    ) {
        do throws(Admission.Refusal) {
            let pod = try Admission.admit(object, from: origin, nodeName: nodeName, seen: seen)
            // The same pod was seen when it was first seen.
            pods.append(last.first { $0.id == pod.id }.map { pod.keepingFirstSeen(of: $0) } ?? pod)
        } catch {
            let name = object.metadata?.name.map { "pod \($0): " } ?? ""
            errors.append("\(prefix)\(name)\(error)")
            let full = "\(object.metadata?.name ?? "")-\(nodeName.lowercased())"
            let namespace = object.metadata?.namespace.flatMap { $0.isEmpty ? nil : $0 } ?? "default"
            pods += last.filter { $0.name == full && $0.namespace == namespace }
        }
    }
}
