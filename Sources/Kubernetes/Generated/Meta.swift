// Written by hack/generate-api from 1.36. Do not edit.

package import JSONText

/// `meta/v1` `Condition`.
package struct Condition: Codable, Equatable, Sendable {
    package var lastTransitionTime: Time?
    package var message: String?
    package var observedGeneration: Int64?
    package var reason: String?
    package var status: String?
    package var type: String?
    package init() {}
}

/// `meta/v1` `DeleteOptions`.
package struct DeleteOptions: Codable, Equatable, Sendable {
    package var apiVersion: String?
    package var dryRun: [String]?
    package var gracePeriodSeconds: Int64?
    package var ignoreStoreReadErrorWithClusterBreakingPotential: Bool?
    package var kind: String?
    package var orphanDependents: Bool?
    package var preconditions: Preconditions?
    package var propagationPolicy: String?
    package init() {}
}

/// `meta/v1` `FieldSelectorRequirement`.
package struct FieldSelectorRequirement: Codable, Equatable, Sendable {
    package var key: String?
    package var `operator`: String?
    package var values: [String]?
    package init() {}
}

/// `meta/v1` `LabelSelector`.
package struct LabelSelector: Codable, Equatable, Sendable {
    package var matchExpressions: [LabelSelectorRequirement]?
    package var matchLabels: [String: String]?
    package init() {}
}

/// `meta/v1` `LabelSelectorRequirement`.
package struct LabelSelectorRequirement: Codable, Equatable, Sendable {
    package var key: String?
    package var `operator`: String?
    package var values: [String]?
    package init() {}
}

/// `meta/v1` `ListMeta`.
package struct ListMeta: Codable, Equatable, Sendable {
    package var `continue`: String?
    package var remainingItemCount: Int64?
    package var resourceVersion: String?
    package var selfLink: String?
    package var shardInfo: ShardInfo?
    package init() {}
}

/// `meta/v1` `ManagedFieldsEntry`.
package struct ManagedFieldsEntry: Codable, Equatable, Sendable {
    package var apiVersion: String?
    package var fieldsType: String?
    package var fieldsV1: JSON?
    package var manager: String?
    package var operation: String?
    package var subresource: String?
    package var time: Time?
    package init() {}
}

/// `meta/v1` `ObjectMeta`.
package struct ObjectMeta: Codable, Equatable, Sendable {
    package var annotations: [String: String]?
    package var creationTimestamp: Time?
    package var deletionGracePeriodSeconds: Int64?
    package var deletionTimestamp: Time?
    package var finalizers: [String]?
    package var generateName: String?
    package var generation: Int64?
    package var labels: [String: String]?
    package var managedFields: [ManagedFieldsEntry]?
    package var name: String?
    package var namespace: String?
    package var ownerReferences: [OwnerReference]?
    package var resourceVersion: String?
    package var selfLink: String?
    package var uid: String?
    package init() {}
}

/// `meta/v1` `OwnerReference`.
package struct OwnerReference: Codable, Equatable, Sendable {
    package var apiVersion: String?
    package var blockOwnerDeletion: Bool?
    package var controller: Bool?
    package var kind: String?
    package var name: String?
    package var uid: String?
    package init() {}
}

/// `meta/v1` `Preconditions`.
package struct Preconditions: Codable, Equatable, Sendable {
    package var resourceVersion: String?
    package var uid: String?
    package init() {}
}

/// `meta/v1` `ShardInfo`.
package struct ShardInfo: Codable, Equatable, Sendable {
    package var selector: String?
    package init() {}
}

/// `meta/v1` `Status`.
package struct APIStatus: Codable, Equatable, Sendable {
    package var apiVersion: String?
    package var code: Int32?
    private var _details: Box<StatusDetails>?
    package var kind: String?
    package var message: String?
    private var _metadata: Box<ListMeta>?
    package var reason: String?
    package var status: String?
    package init() {}

    private enum CodingKeys: String, CodingKey {
        case apiVersion
        case code
        case _details = "details"
        case kind
        case message
        case _metadata = "metadata"
        case reason
        case status
    }

    package var details: StatusDetails? {
        get { _details?.value }
        set { _details = newValue.map(Box.init) }
    }

    package var metadata: ListMeta? {
        get { _metadata?.value }
        set { _metadata = newValue.map(Box.init) }
    }
}

/// `meta/v1` `StatusCause`.
package struct StatusCause: Codable, Equatable, Sendable {
    package var field: String?
    package var message: String?
    package var reason: String?
    package init() {}
}

/// `meta/v1` `StatusDetails`.
package struct StatusDetails: Codable, Equatable, Sendable {
    package var causes: [StatusCause]?
    package var group: String?
    package var kind: String?
    package var name: String?
    package var retryAfterSeconds: Int32?
    package var uid: String?
    package init() {}
}
