import JSONText
import Kubernetes

/// What a status that the server has must be told to become one that the node sees: strategic merge patches.
///
/// Pure functions over JSON. Source: "Use a Strategic Merge Patch", Kubernetes documentation; merge keys as the OpenAPI
/// description has them (`x-kubernetes-patch-merge-key`).
enum StatusPatch {
    /// Lists whose elements are told apart by a member, by name; any other list is replaced as a whole.
    private static let mergeKeys = ["conditions": "type", "podIPs": "ip", "hostIPs": "ip"]
    /// Lists that the API would merge by a member which several elements share: they say that they are whole.
    ///
    /// Source: kubernetes `pkg/util/node`, `fixupPatchForNodeStatusAddresses`.
    private static let replaced: Set<String> = ["addresses"]

    /// The patch of a pod's status; `nil`: it is so already.
    ///
    /// What others say of the pod, such as conditions of readiness gates, stays.
    static func pod(from old: PodStatus?, to new: PodStatus, uid: String) throws -> JSON? {
        let old = old ?? PodStatus()
        guard let changes = try changes(from: old, to: new.keepingForeign(of: old)) else { return nil }
        return ["metadata": ["uid": .string(uid)], "status": changes]
    }

    /// What must be sent of `new`; `nil`: nothing.
    static func changes<Status: Codable>(from old: Status, to new: Status) throws -> JSON? {
        let (before, now) = (try JSONWriter.write(old), try JSONWriter.write(new))
        if before == now { return nil }
        // An amount in binary form that is no multiple of 1024 is written as a plain number, `100000000`, and read by
        // the server as a decimal one, `100M`: as it will be read, it may be the same.
        let asRead = try JSONWriter.write(JSONReader.read(Status.self, from: now))
        let difference = difference(from: before.object ?? [:], to: asRead.object ?? [:])
        return difference.isEmpty ? nil : .object(difference)
    }

    private static func difference(from old: JSON.Object, to new: JSON.Object) -> JSON.Object {
        var patch: JSON.Object = [:]
        for (name, value) in new.members where old[name] != value {
            switch (old[name], value) {
            case (.object(let before), .object(let now)):
                let inside = difference(from: before, to: now)
                if !inside.isEmpty { patch[name] = .object(inside) }
            case (.array(let before), .array(let now)):
                if let key = mergeKeys[name] {
                    patch["$setElementOrder/\(name)"] = .array(now.map { [key: $0[key] ?? .null] })
                    patch[name] = .array(elements(from: before, to: now, by: key))
                } else {
                    patch[name] = replaced.contains(name) ? .array(now + [["$patch": "replace"]]) : value
                }
            default: patch[name] = value
            }
        }
        for (name, value) in old.members where new[name] == nil && value != .null { patch[name] = .null }
        return patch
    }

    private static func elements(from old: [JSON], to new: [JSON], by key: String) -> [JSON] {
        var elements: [JSON] = []
        for element in new {
            guard let object = element.object else { continue }
            guard let before = old.first(where: { $0[key] == element[key] })?.object else {
                elements.append(element)
                continue
            }
            var inside = difference(from: before, to: object)
            guard !inside.isEmpty else { continue }
            inside[key] = element[key]
            elements.append(.object(inside))
        }
        for element in old where !new.contains(where: { $0[key] == element[key] }) {
            elements.append(["$patch": "delete", key: element[key] ?? .null])
        }
        return elements
    }
}

extension JSON {
    /// A literal's key that is a variable.
    fileprivate init(dictionaryLiteral element: (String, JSON)) { self = .object(.init([(element.0, element.1)])) }
}

extension PodStatus {
    /// Conditions that the node owns. Source: kubernetes `pkg/kubelet/types/pod_status.go`.
    private static let own: Set<String> = [
        "PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled", "DisruptionTarget",
        "PodResizePending", "PodResizeInProgress", "AllContainersRestarting",
    ]

    /// With everything in it that is not the node's to say.
    func keepingForeign(of old: PodStatus) -> PodStatus {
        var status = self
        let types = Set((conditions ?? []).compactMap(\.type))
        let foreign = (old.conditions ?? []).filter { condition in
            guard let type = condition.type, !types.contains(type) else { return false }
            // Whoever else disrupts a pod says so, too.
            return !Self.own.contains(type) || type == "DisruptionTarget"
        }
        if !foreign.isEmpty { status.conditions = (conditions ?? []) + foreign }
        status.nominatedNodeName = old.nominatedNodeName
        status.resourceClaimStatuses = old.resourceClaimStatuses
        status.extendedResourceClaimStatus = old.extendedResourceClaimStatus
        if let scheduled = old.conditions?.first(where: { $0.type == "PodScheduled" }) {
            status.conditions = status.conditions?.map { condition in
                guard condition.type == "PodScheduled" else { return condition }
                var kept = scheduled
                kept.observedGeneration = condition.observedGeneration
                return kept
            }
        }
        return status
    }
}
