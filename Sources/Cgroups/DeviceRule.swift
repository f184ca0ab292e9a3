/// Which device nodes may be made, read and written. Of several rules that match, the later wins, access by access.
package struct DeviceRule: Equatable, Sendable {
    package enum Kind: Sendable { case all, block, character }

    package struct Access: OptionSet, Hashable, Sendable {
        package let rawValue: UInt32
        package init(rawValue: UInt32) { self.rawValue = rawValue }

        // Source: uapi/linux/bpf.h, BPF_DEVCG_ACC_*.
        package static let makeNode = Self(rawValue: 1)
        package static let read = Self(rawValue: 2)
        package static let write = Self(rawValue: 4)
        package static let all: Self = [.makeNode, .read, .write]

        /// Letters of `rwm`; `nil` for any other.
        package init?(letters: some StringProtocol) {
            self = []
            for letter in letters {
                switch letter {
                case "r": insert(.read)
                case "w": insert(.write)
                case "m": insert(.makeNode)
                default: return nil
                }
            }
        }
    }

    package var allow: Bool
    package var kind: Kind
    /// `nil`: all.
    package var major: UInt32?
    /// `nil`: all.
    package var minor: UInt32?
    package var access: Access

    package init(
        allow: Bool, kind: Kind = .all, major: UInt32? = nil, minor: UInt32? = nil, access: Access = .all
    ) {
        self.allow = allow
        self.kind = kind
        self.major = major
        self.minor = minor
        self.access = access
    }

    /// Says the same for every device and access, so that no rule before it counts.
    package var isTotal: Bool { kind == .all && major == nil && minor == nil && access == .all }
}

extension DeviceRule {
    /// What a container may use whatever its rules say: making any node (of no use without the rest), and the harmless
    /// devices. They stand behind the rules.
    ///
    /// Source: the OCI runtime specification's default devices, and runc's `AllowedDevices`.
    package static let always: [DeviceRule] =
        [
            DeviceRule(allow: true, kind: .character, access: .makeNode),
            DeviceRule(allow: true, kind: .block, access: .makeNode),
        ]
        + [
            (1, 3), (1, 5), (1, 7), (1, 8), (1, 9),  // null zero full random urandom
            (5, 0), (5, 1), (5, 2),  // tty console ptmx
            (10, 200),  // net/tun
        ].map { DeviceRule(allow: true, kind: .character, major: $0.0, minor: $0.1) }
        + [DeviceRule(allow: true, kind: .character, major: 136)]  // pts/*

    /// What a container may use that asks for nothing.
    package static let containerDefaults = [DeviceRule(allow: false)] + always

    /// What a privileged container may use.
    package static let everything = [DeviceRule(allow: true)]
}

extension DeviceRule {
    /// Whether this rule says something about everything that the other is about, accesses aside.
    func covers(_ other: DeviceRule) -> Bool {
        (kind == .all || kind == other.kind) && (major == nil || major == other.major)
            && (minor == nil || minor == other.minor)
    }

    /// The shortest list found that says the same: the verdict for all that is not named, then what differs from it.
    ///
    /// What a later rule overrules is left out, and so is what only repeats the verdict. Without a rule for everything
    /// the verdict is no.
    package static func normalised(_ rules: [DeviceRule]) -> [DeviceRule] {
        var verdict = false
        var kept: [DeviceRule] = []  // the newest first
        for var rule in rules.reversed() {
            for later in kept where later.covers(rule) { rule.access.subtract(later.access) }
            if rule.access.isEmpty { continue }
            if rule.kind == .all && rule.major == nil && rule.minor == nil && rule.access == .all {
                verdict = rule.allow
                break
            }
            if let last = kept.last, last.allow == rule.allow, last.covers(rule), rule.covers(last) {
                kept[kept.count - 1].access.formUnion(rule.access)
            } else {
                kept.append(rule)
            }
        }
        while kept.last?.allow == verdict { kept.removeLast() }
        return [DeviceRule(allow: verdict)] + kept.reversed()
    }
}
