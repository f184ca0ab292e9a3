/// Who a container's process shall be, before the image's `/etc/passwd` and `/etc/group` were asked.
package struct UserRequest: Equatable, Sendable {
    package enum Identity: Equatable, Sendable {
        case id(UInt32)
        case name(String)
    }

    package var user: Identity
    /// `nil`: the user's own in `/etc/passwd`, or 0.
    package var group: Identity?
    package var additionalGroups: [UInt32]
    /// Also the groups in which `/etc/group` lists the user.
    package var joinsListedGroups: Bool
    /// User 0 is an error, however it came to it.
    package var refusesRoot: Bool

    package init(
        user: Identity, group: Identity? = nil, additionalGroups: [UInt32] = [], joinsListedGroups: Bool = true,
        refusesRoot: Bool = false
    ) {
        self.user = user
        self.group = group
        self.additionalGroups = additionalGroups
        self.joinsListedGroups = joinsListedGroups
        self.refusesRoot = refusesRoot
    }

    /// Reads the `User` of an image: `user[:group]`, each a name or a number; empty is root.
    ///
    /// A number that no id can have is an error, never another user: 4294967295 means "unchanged" to the kernel.
    /// Source: image-spec `config.md`; CVE-2024-40635.
    package static func parse(image text: String) throws(InvalidUser) -> UserRequest {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let user = try identity(parts.first ?? "", in: text) ?? .id(0)
        return UserRequest(user: user, group: parts.count > 1 ? try identity(parts[1], in: text) : nil)
    }

    private static func identity(_ word: String, in text: String) throws(InvalidUser) -> Identity? {
        if word.isEmpty { return nil }
        if let first = word.utf8.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
            throw InvalidUser(text: text)
        }
        if word.utf8.allSatisfy({ (48...57).contains($0) }) {
            guard let id = UInt32(word), id != .max else { throw InvalidUser(text: text) }
            return .id(id)
        }
        guard word.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "/") }), !word.contains(":") else {
            throw InvalidUser(text: text)
        }
        return .name(word)
    }
}

/// A user that no container can be run as.
package struct InvalidUser: Error, Equatable, CustomStringConvertible {
    package let text: String

    package init(text: String) { self.text = text }

    package var description: String { "image user \"\(text)\" is not valid" }
}
