// Written by hack/generate-api from 1.36. Do not edit.

/// `authentication/v1` `BoundObjectReference`.
package struct BoundObjectReference: Codable, Equatable, Sendable {
    package var apiVersion: String?
    package var kind: String?
    package var name: String?
    package var uid: String?
    package init() {}
}

/// `storage/v1` `CSINode`.
package struct CSINode: Codable, Equatable, Sendable {
    package var apiVersion: String?
    package var kind: String?
    private var _metadata: Box<ObjectMeta>?
    package var spec: CSINodeSpec?
    package init() {}

    private enum CodingKeys: String, CodingKey {
        case apiVersion
        case kind
        case _metadata = "metadata"
        case spec
    }

    package var metadata: ObjectMeta? {
        get { _metadata?.value }
        set { _metadata = newValue.map(Box.init) }
    }
}

/// `storage/v1` `CSINodeDriver`.
package struct CSINodeDriver: Codable, Equatable, Sendable {
    package var allocatable: VolumeNodeResources?
    package var name: String?
    package var nodeID: String?
    package var topologyKeys: [String]?
    package init() {}
}

/// `storage/v1` `CSINodeSpec`.
package struct CSINodeSpec: Codable, Equatable, Sendable {
    package var drivers: [CSINodeDriver]?
    package init() {}
}

/// `certificates/v1` `CertificateSigningRequest`.
package struct CertificateSigningRequest: Codable, Equatable, Sendable {
    package var apiVersion: String?
    package var kind: String?
    private var _metadata: Box<ObjectMeta>?
    private var _spec: Box<CertificateSigningRequestSpec>?
    package var status: CertificateSigningRequestStatus?
    package init() {}

    private enum CodingKeys: String, CodingKey {
        case apiVersion
        case kind
        case _metadata = "metadata"
        case _spec = "spec"
        case status
    }

    package var metadata: ObjectMeta? {
        get { _metadata?.value }
        set { _metadata = newValue.map(Box.init) }
    }

    package var spec: CertificateSigningRequestSpec? {
        get { _spec?.value }
        set { _spec = newValue.map(Box.init) }
    }
}

/// `certificates/v1` `CertificateSigningRequestCondition`.
package struct CertificateSigningRequestCondition: Codable, Equatable, Sendable {
    package var lastTransitionTime: Time?
    package var lastUpdateTime: Time?
    package var message: String?
    package var reason: String?
    package var status: String?
    package var type: String?
    package init() {}
}

/// `certificates/v1` `CertificateSigningRequestSpec`.
package struct CertificateSigningRequestSpec: Codable, Equatable, Sendable {
    package var expirationSeconds: Int32?
    package var extra: [String: [String]]?
    package var groups: [String]?
    package var request: String?
    package var signerName: String?
    package var uid: String?
    package var usages: [String]?
    package var username: String?
    package init() {}
}

/// `certificates/v1` `CertificateSigningRequestStatus`.
package struct CertificateSigningRequestStatus: Codable, Equatable, Sendable {
    package var certificate: String?
    package var conditions: [CertificateSigningRequestCondition]?
    package init() {}
}

/// `authorization/v1` `FieldSelectorAttributes`.
package struct FieldSelectorAttributes: Codable, Equatable, Sendable {
    package var rawSelector: String?
    package var requirements: [FieldSelectorRequirement]?
    package init() {}
}

/// `authorization/v1` `LabelSelectorAttributes`.
package struct LabelSelectorAttributes: Codable, Equatable, Sendable {
    package var rawSelector: String?
    package var requirements: [LabelSelectorRequirement]?
    package init() {}
}

/// `coordination/v1` `Lease`.
package struct Lease: Codable, Equatable, Sendable {
    package var apiVersion: String?
    package var kind: String?
    private var _metadata: Box<ObjectMeta>?
    private var _spec: Box<LeaseSpec>?
    package init() {}

    private enum CodingKeys: String, CodingKey {
        case apiVersion
        case kind
        case _metadata = "metadata"
        case _spec = "spec"
    }

    package var metadata: ObjectMeta? {
        get { _metadata?.value }
        set { _metadata = newValue.map(Box.init) }
    }

    package var spec: LeaseSpec? {
        get { _spec?.value }
        set { _spec = newValue.map(Box.init) }
    }
}

/// `coordination/v1` `LeaseSpec`.
package struct LeaseSpec: Codable, Equatable, Sendable {
    package var acquireTime: MicroTime?
    package var holderIdentity: String?
    package var leaseDurationSeconds: Int32?
    package var leaseTransitions: Int32?
    package var preferredHolder: String?
    package var renewTime: MicroTime?
    package var strategy: String?
    package init() {}
}

/// `authorization/v1` `NonResourceAttributes`.
package struct NonResourceAttributes: Codable, Equatable, Sendable {
    package var path: String?
    package var verb: String?
    package init() {}
}

/// `authorization/v1` `ResourceAttributes`.
package struct ResourceAttributes: Codable, Equatable, Sendable {
    package var fieldSelector: FieldSelectorAttributes?
    package var group: String?
    package var labelSelector: LabelSelectorAttributes?
    package var name: String?
    package var namespace: String?
    package var resource: String?
    package var subresource: String?
    package var verb: String?
    package var version: String?
    package init() {}
}

/// `authorization/v1` `SubjectAccessReview`.
package struct SubjectAccessReview: Codable, Equatable, Sendable {
    package var apiVersion: String?
    package var kind: String?
    private var _metadata: Box<ObjectMeta>?
    private var _spec: Box<SubjectAccessReviewSpec>?
    package var status: SubjectAccessReviewStatus?
    package init() {}

    private enum CodingKeys: String, CodingKey {
        case apiVersion
        case kind
        case _metadata = "metadata"
        case _spec = "spec"
        case status
    }

    package var metadata: ObjectMeta? {
        get { _metadata?.value }
        set { _metadata = newValue.map(Box.init) }
    }

    package var spec: SubjectAccessReviewSpec? {
        get { _spec?.value }
        set { _spec = newValue.map(Box.init) }
    }
}

/// `authorization/v1` `SubjectAccessReviewSpec`.
package struct SubjectAccessReviewSpec: Codable, Equatable, Sendable {
    package var extra: [String: [String]]?
    package var groups: [String]?
    package var nonResourceAttributes: NonResourceAttributes?
    private var _resourceAttributes: Box<ResourceAttributes>?
    package var uid: String?
    package var user: String?
    package init() {}

    private enum CodingKeys: String, CodingKey {
        case extra
        case groups
        case nonResourceAttributes
        case _resourceAttributes = "resourceAttributes"
        case uid
        case user
    }

    package var resourceAttributes: ResourceAttributes? {
        get { _resourceAttributes?.value }
        set { _resourceAttributes = newValue.map(Box.init) }
    }
}

/// `authorization/v1` `SubjectAccessReviewStatus`.
package struct SubjectAccessReviewStatus: Codable, Equatable, Sendable {
    package var allowed: Bool?
    package var denied: Bool?
    package var evaluationError: String?
    package var reason: String?
    package init() {}
}

/// `authentication/v1` `TokenRequest`.
package struct TokenRequest: Codable, Equatable, Sendable {
    package var apiVersion: String?
    package var kind: String?
    private var _metadata: Box<ObjectMeta>?
    private var _spec: Box<TokenRequestSpec>?
    package var status: TokenRequestStatus?
    package init() {}

    private enum CodingKeys: String, CodingKey {
        case apiVersion
        case kind
        case _metadata = "metadata"
        case _spec = "spec"
        case status
    }

    package var metadata: ObjectMeta? {
        get { _metadata?.value }
        set { _metadata = newValue.map(Box.init) }
    }

    package var spec: TokenRequestSpec? {
        get { _spec?.value }
        set { _spec = newValue.map(Box.init) }
    }
}

/// `authentication/v1` `TokenRequestSpec`.
package struct TokenRequestSpec: Codable, Equatable, Sendable {
    package var audiences: [String]?
    package var boundObjectRef: BoundObjectReference?
    package var expirationSeconds: Int64?
    package init() {}
}

/// `authentication/v1` `TokenRequestStatus`.
package struct TokenRequestStatus: Codable, Equatable, Sendable {
    package var expirationTimestamp: Time?
    package var token: String?
    package init() {}
}
