/// Who asks.
package struct User: Hashable, Sendable {
    package var name: String
    package var uid: String
    package var groups: [String]
    /// What else the one who vouches says of him.
    package var extra: [String: [String]]

    package init(name: String, uid: String = "", groups: [String] = [], extra: [String: [String]] = [:]) {
        self.name = name
        self.uid = uid
        self.groups = groups
        self.extra = extra
    }

    /// Source: kubernetes `apiserver/pkg/authentication/user`.
    static let anonymous = User(name: "system:anonymous", groups: ["system:unauthenticated"])

    /// Whoever is known belongs to those who are.
    var authenticated: User {
        var user = self
        if !groups.contains("system:authenticated") { user.groups.append("system:authenticated") }
        return user
    }
}

/// What somebody wants to do with this node: the attributes of a `SubjectAccessReview`.
package struct AccessReview: Hashable, Sendable {
    package var user: User
    /// `get`, `create` …
    package var verb: String
    package var subresource: String
    package var node: String
    package let resource = "nodes"
    package let version = "v1"

    package init(user: User, verb: String, subresource: String, node: String) {
        self.user = user
        self.verb = verb
        self.subresource = subresource
        self.node = node
    }
}
