/// What to run and in which surroundings: the `config.json` of the OCI runtime specification 1.3, its Linux parts.
///
/// Absent members mean what the specification says: inherited, or not set. Members of other systems are skipped when
/// decoding.
/// Source: opencontainers/runtime-spec, `config.md` and `config-linux.md`.
package struct RuntimeSpec: Codable, Equatable, Sendable {
    /// The version of the specification that the document follows.
    package var ociVersion: String
    package var process: Process?
    package var root: Root?
    package var hostname: String?
    package var domainname: String?
    /// Mounted in this order.
    package var mounts: [Mount]?
    package var hooks: Hooks?
    package var annotations: [String: String]?
    package var linux: Linux?

    package init(
        ociVersion: String = "1.3.0", process: Process? = nil, root: Root? = nil, hostname: String? = nil,
        domainname: String? = nil, mounts: [Mount]? = nil, hooks: Hooks? = nil, annotations: [String: String]? = nil,
        linux: Linux? = nil
    ) {
        self.ociVersion = ociVersion
        self.process = process
        self.root = root
        self.hostname = hostname
        self.domainname = domainname
        self.mounts = mounts
        self.hooks = hooks
        self.annotations = annotations
        self.linux = linux
    }
}

extension RuntimeSpec {
    /// The root file system.
    package struct Root: Codable, Equatable, Sendable {
        /// Absolute, or relative to the bundle.
        package var path: String
        package var readonly: Bool?

        package init(path: String, readonly: Bool? = nil) {
            self.path = path
            self.readonly = readonly
        }
    }

    /// One mount, made after those before it.
    package struct Mount: Codable, Equatable, Sendable {
        /// Where, as the container sees it. A relative one is relative to `/`.
        package var destination: String
        package var source: String?
        package var type: String?
        /// Words of the specification's table (`ro`, `rbind`, `rslave` …); others are data for the file system.
        package var options: [String]?
        package var uidMappings: [IDMapping]?
        package var gidMappings: [IDMapping]?

        package init(
            destination: String, source: String? = nil, type: String? = nil, options: [String]? = nil,
            uidMappings: [IDMapping]? = nil, gidMappings: [IDMapping]? = nil
        ) {
            self.destination = destination
            self.source = source
            self.type = type
            self.options = options
            self.uidMappings = uidMappings
            self.gidMappings = gidMappings
        }
    }

    /// A range of ids of a user namespace, and of those outside that stand for them.
    package struct IDMapping: Codable, Equatable, Sendable {
        package var containerID: UInt32
        package var hostID: UInt32
        package var size: UInt32

        package init(containerID: UInt32, hostID: UInt32, size: UInt32) {
            self.containerID = containerID
            self.hostID = hostID
            self.size = size
        }
    }

    /// Programs run at the steps of a container's life, in list order.
    package struct Hooks: Codable, Equatable, Sendable {
        package var prestart: [Hook]?
        package var createRuntime: [Hook]?
        package var createContainer: [Hook]?
        package var startContainer: [Hook]?
        package var poststart: [Hook]?
        package var poststop: [Hook]?

        package init(
            prestart: [Hook]? = nil, createRuntime: [Hook]? = nil, createContainer: [Hook]? = nil,
            startContainer: [Hook]? = nil, poststart: [Hook]? = nil, poststop: [Hook]? = nil
        ) {
            self.prestart = prestart
            self.createRuntime = createRuntime
            self.createContainer = createContainer
            self.startContainer = startContainer
            self.poststart = poststart
            self.poststop = poststop
        }
    }

    /// One program of ``Hooks``. It reads the container's state on its standard input.
    package struct Hook: Codable, Equatable, Sendable {
        package var path: String
        package var args: [String]?
        package var env: [String]?
        /// Seconds, greater than zero.
        package var timeout: Int?

        package init(path: String, args: [String]? = nil, env: [String]? = nil, timeout: Int? = nil) {
            self.path = path
            self.args = args
            self.env = env
            self.timeout = timeout
        }
    }
}
