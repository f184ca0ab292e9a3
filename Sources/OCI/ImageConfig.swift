/// How an image wants to be run, and which layers it is made of.
///
/// Source: image-spec, config.md. Everything but `rootfs` may be absent or null.
package struct ImageConfig: Codable, Hashable, Sendable {
    package var created: String?
    package var author: String?
    package var architecture: String?
    package var os: String?
    package var variant: String?
    package var config: Execution?
    package var rootfs: RootFS

    package init(architecture: String, os: String, config: Execution? = nil, rootfs: RootFS) {
        self.architecture = architecture
        self.os = os
        self.config = config
        self.rootfs = rootfs
    }

    /// The layers' uncompressed digests, bottom first.
    package struct RootFS: Codable, Hashable, Sendable {
        package var type: String
        package var diffIDs: [Digest]

        package init(diffIDs: [Digest]) {
            type = "layers"
            self.diffIDs = diffIDs
        }

        private enum CodingKeys: String, CodingKey {
            case type
            case diffIDs = "diff_ids"
        }
    }

    /// The defaults for a container of this image.
    package struct Execution: Codable, Hashable, Sendable {
        /// `user|uid[:group|gid]`, as names in the image's own `/etc/passwd` and `/etc/group` or as numbers.
        package var user: String?
        package var exposedPorts: [String: Empty]?
        /// `NAME=value` each.
        package var env: [String]?
        package var entrypoint: [String]?
        package var cmd: [String]?
        package var volumes: [String: Empty]?
        package var workingDir: String?
        package var labels: [String: String]?
        /// A signal's name or number: `SIGTERM`, `15`.
        package var stopSignal: String?

        package init() {}

        private enum CodingKeys: String, CodingKey {
            case user = "User"
            case exposedPorts = "ExposedPorts"
            case env = "Env"
            case entrypoint = "Entrypoint"
            case cmd = "Cmd"
            case volumes = "Volumes"
            case workingDir = "WorkingDir"
            case labels = "Labels"
            case stopSignal = "StopSignal"
        }
    }

    /// An object without members: how the specification writes a set.
    package struct Empty: Codable, Hashable, Sendable {
        package init() {}
        package init(from decoder: any Decoder) throws {}
        package func encode(to encoder: any Encoder) throws { _ = encoder.container(keyedBy: Key.self) }
        private enum Key: CodingKey {}
    }

    /// What the image runs on, as far as it says so.
    package var platform: Platform? {
        guard let architecture, let os, !architecture.isEmpty, !os.isEmpty else { return nil }
        return Platform(os: os, architecture: architecture, variant: variant)
    }
}
