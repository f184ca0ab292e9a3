// Written by hack/generate-api from 1.36. Do not edit.

/// `authentication/v1` `TokenReview`.
package struct TokenReview: Codable, Equatable, Sendable {
    package var apiVersion: String?
    package var kind: String?
    private var _metadata: Box<ObjectMeta>?
    package var spec: TokenReviewSpec?
    private var _status: Box<TokenReviewStatus>?
    package init() {}

    private enum CodingKeys: String, CodingKey {
        case apiVersion
        case kind
        case _metadata = "metadata"
        case spec
        case _status = "status"
    }

    package var metadata: ObjectMeta? {
        get { _metadata?.value }
        set { _metadata = newValue.map(Box.init) }
    }

    package var status: TokenReviewStatus? {
        get { _status?.value }
        set { _status = newValue.map(Box.init) }
    }
}

/// `authentication/v1` `TokenReviewSpec`.
package struct TokenReviewSpec: Codable, Equatable, Sendable {
    package var audiences: [String]?
    package var token: String?
    package init() {}
}

/// `authentication/v1` `TokenReviewStatus`.
package struct TokenReviewStatus: Codable, Equatable, Sendable {
    package var audiences: [String]?
    package var authenticated: Bool?
    package var error: String?
    package var user: UserInfo?
    package init() {}
}

/// `authentication/v1` `UserInfo`.
package struct UserInfo: Codable, Equatable, Sendable {
    package var extra: [String: [String]]?
    package var groups: [String]?
    package var uid: String?
    package var username: String?
    package init() {}
}
