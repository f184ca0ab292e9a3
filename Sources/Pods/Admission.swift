import JSONText
package import Kubernetes

/// Makes the pod that the node runs out of the one that a manifest describes, or says why it cannot.
///
/// A pure function. Source: facts of kubelet, §2.3; the texts are those of the API server and the kubelet.
package enum Admission {
    /// Where a manifest was found.
    package enum Origin: Hashable, Sendable {
        case file(path: String)
        case url(String)

        package var source: PodSource {
            switch self {
            case .file: .file
            case .url: .http
            }
        }
    }

    /// Every reason why the node does not run a pod, each with the field's name.
    package struct Refusal: Error, Equatable, CustomStringConvertible {
        package var problems: [String]
        package var description: String { problems.joined(separator: "; ") }
    }

    /// Names, defaults and checks a pod from a manifest. `seen` is when its text was first read.
    package static func admit(
        _ manifest: Kubernetes.Pod, from origin: Origin, nodeName: String, seen: Time? = nil
    ) throws(Refusal) -> Pod {
        guard let name = manifest.metadata?.name, !name.isEmpty else {
            throw Refusal(problems: ["metadata.name: Required value: name or generateName is required"])
        }
        var object = manifest
        object.status = nil
        if object.spec?.ephemeralContainers?.isEmpty == false {
            throw Refusal(problems: ["spec.ephemeralContainers: Forbidden: cannot be set on create"])
        }
        let uid = try uid(of: object, from: origin, nodeName: nodeName)
        object = named(object, uid: uid, from: origin, nodeName: nodeName, seen: seen)
        object.applyDefaults()
        return try accept(object, source: origin.source)
    }

    /// Takes over a pod that the API server has checked and defaulted.
    ///
    /// One that asks for what this node cannot do is taken as well, with the reason: its status tells it to the cluster.
    package static func accept(fromServer object: Kubernetes.Pod) -> Pod {
        var object = object
        object.keepOnlyWhatIsWished()
        object.applyDefaults()
        let refusal = refusal(of: object, source: .api)
        var pod = Pod(valid: object, source: .api)
        pod.refusal = refusal
        return pod
    }

    /// Checks an object that has its names and defaults already: one admitted earlier and written down.
    package static func accept(_ object: Kubernetes.Pod, source: PodSource) throws(Refusal) -> Pod {
        if let refusal = refusal(of: object, source: source) { throw refusal }
        return Pod(valid: object, source: source)
    }

    private static func refusal(of object: Kubernetes.Pod, source: PodSource) -> Refusal? {
        if source != .api, let reference = object.staticReference {
            return Refusal(problems: ["\(reference.field): static pods may not reference \(reference.object)"])
        }
        let unsupported = SupportedFields.problems(in: object)
        if !unsupported.isEmpty { return Refusal(problems: unsupported) }
        var validation = Validation()
        validation.check(object)
        return validation.problems.isEmpty ? nil : Refusal(problems: validation.problems)
    }

    private static func named(
        _ manifest: Kubernetes.Pod, uid: String, from origin: Origin, nodeName: String, seen: Time?
    ) -> Kubernetes.Pod {
        var object = manifest
        var metadata = manifest.metadata ?? ObjectMeta()
        metadata.name = metadata.name.map { "\($0)-\(nodeName.lowercased())" }
        if metadata.namespace?.isEmpty ?? true { metadata.namespace = "default" }
        metadata.uid = uid
        var annotations = metadata.annotations ?? [:]
        annotations["kubernetes.io/config.hash"] = uid
        annotations["kubernetes.io/config.source"] = origin.source.rawValue
        if let seen { annotations["kubernetes.io/config.seen"] = seen.description }
        metadata.annotations = annotations
        object.metadata = metadata
        var spec = manifest.spec ?? PodSpec()
        spec.nodeName = nodeName
        if origin.source == .file {
            var toleration = Toleration()
            toleration.operator = "Exists"
            toleration.effect = "NoExecute"
            spec.tolerations = (spec.tolerations ?? []) + [toleration]
        }
        object.spec = spec
        return object
    }

    /// The manifest's own UID, or one that changes with what it says, where it lies and which node reads it; not with
    /// amounts that a running pod can be given.
    ///
    /// Taken before defaults are filled in: a newer agent with newer defaults must not restart the pod.
    private static func uid(
        of manifest: Kubernetes.Pod, from origin: Origin, nodeName: String
    ) throws(Refusal) -> String {
        if let uid = manifest.metadata?.uid, !uid.isEmpty {
            let isSafe = uid.utf8.count <= 64 && uid.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
            guard isSafe, uid.utf8.first != UInt8(ascii: "-") else {
                throw Refusal(problems: [
                    "metadata.uid: Invalid value: \"\(uid)\": must consist of letters, digits and '-', at most 64"
                ])
            }
            return uid
        }
        var hash = FNV1a128()
        hash.add(String(decoding: (try? JSONWriter.write(manifest.withoutResizable))?.encoded ?? [], as: UTF8.self))
        switch origin {
        case .file(let path): hash.add("\0host:\(nodeName)\0file:\(path)")
        case .url(let url): hash.add("\0url:\(url)")
        }
        return hash.hexadecimal
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
}

/// The 128-bit hash of Fowler, Noll and Vo, variant 1a. Source: draft-eastlake-fnv, §5.
struct FNV1a128 {
    private var state: UInt128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d

    mutating func add(_ text: String) {
        for byte in text.utf8 { state = (state ^ UInt128(byte)) &* 0x0000_0000_0100_0000_0000_0000_0000_013B }
    }

    /// 32 digits.
    var hexadecimal: String {
        let digits = String(state, radix: 16)
        return String(repeating: "0", count: 32 - digits.count) + digits
    }
}
