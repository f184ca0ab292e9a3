/// Which device nodes may be made, read and written. Of several rules that match, the later wins, access by access.
package struct DeviceRule: Hashable, Sendable {
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
    /// What every container may use: making any node (of no use without the rest), and the harmless devices.
    ///
    /// Source: the OCI runtime specification's default devices, and runc's `AllowedDevices`.
    package static let containerDefaults: [DeviceRule] =
        [
            DeviceRule(allow: false),
            DeviceRule(allow: true, kind: .character, access: .makeNode),
            DeviceRule(allow: true, kind: .block, access: .makeNode),
        ]
        + [
            (1, 3), (1, 5), (1, 7), (1, 8), (1, 9),  // null zero full random urandom
            (5, 0), (5, 1), (5, 2),  // tty console ptmx
            (10, 200),  // net/tun
        ].map { DeviceRule(allow: true, kind: .character, major: $0.0, minor: $0.1) }
        + [DeviceRule(allow: true, kind: .character, major: 136)]  // pts/*

    /// What a privileged container may use.
    package static let everything = [DeviceRule(allow: true)]
}
