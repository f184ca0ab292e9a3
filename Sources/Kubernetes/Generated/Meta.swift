// Written by hack/generate-api from 1.36. Do not edit.

package import JSONText

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
