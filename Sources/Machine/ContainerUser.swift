import Containers
import Linux
import OCI
import Pods

extension ContainerSpec.User {
    /// Who a container's process shall be: as the pod says, else as the image says, else root.
    ///
    /// Source: facts of kubelet, §9.1; facts of image, §4, "User".
    init(_ container: Pod.Container, of pod: Pod, image: ImageConfig.Execution) throws {
        let security = container.security
        let words = (image.user ?? "").split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        var user = try Self.identity(words.first ?? "") ?? .id(0)
        var group = words.count > 1 ? try Self.identity(words[1]) : nil
        var joinsListedGroups = group == nil
        if let id = security.runAsUser {
            // The image's group belongs to the image's user.
            (user, group, joinsListedGroups) = (.id(id), nil, true)
        }
        if let id = security.runAsGroup { group = .id(id) }
        if security.runAsNonRoot, let reason = Self.reasonToRefuse(user, isWish: security.runAsUser != nil) {
            throw RunsAsRoot(
                reason: reason,
                place: "pod: \"\(pod.name)_\(pod.namespace)(\(pod.id))\", container: \(container.name)")
        }
        self.init(
            user, group: group, additionalGroups: security.supplementalGroups,
            joinsListedGroups: joinsListedGroups && !security.ignoresImageGroups,
            refusesRoot: security.runAsNonRoot)
    }

    private static func reasonToRefuse(_ user: InitProgram.Identity, isWish: Bool) -> String? {
        switch user {
        case .id(0):
            isWish
                ? "container's runAsUser breaks non-root policy"
                : "container has runAsNonRoot and image will run as root"
        case .name(let name):
            "container has runAsNonRoot and image has non-numeric user (\(name)), cannot verify user is non-root"
        case .id: nil
        }
    }

    /// A number that no id can have is an error, never another user: 4294967295 means "unchanged", so root, to
    /// `setresuid(2)`. Source: CVE-2024-40635.
    private static func identity(_ word: some StringProtocol) throws(InvalidUser) -> InitProgram.Identity? {
        if word.isEmpty { return nil }
        if word.utf8.allSatisfy({ (48...57).contains($0) }) {
            guard let id = UInt32(word), id != .max else { throw InvalidUser(text: String(word)) }
            return .id(id)
        }
        // No name begins so, and "-1" and "+5" are meant as numbers.
        let isName = word.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7f && !"/:".utf8.contains($0) }
        guard isName, let first = word.utf8.first, !"+-".utf8.contains(first) else {
            throw InvalidUser(text: String(word))
        }
        return .name(String(word))
    }

    /// The image names a user that nobody can be.
    struct InvalidUser: Error, Equatable, CustomStringConvertible {
        let text: String
        var description: String { "image user \"\(text)\" is not valid" }
    }

    /// The pod wants no root, and that cannot be had.
    struct RunsAsRoot: Error, Equatable, CustomStringConvertible {
        let reason: String
        let place: String
        var description: String { "\(reason) (\(place))" }
    }
}
