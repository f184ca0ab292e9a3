package import Linux
package import OCI

/// One container to run: the runtime specification, and what it leaves to the runtime.
package struct ContainerSpec: Equatable, Sendable {
    package var spec: RuntimeSpec
    package var root: RootFilesystem
    /// Who the first process becomes. Names are looked up in the container's own files, where they belong.
    package var user: User
    /// The shim's name for the process whose namespaces stand behind the specification's joined ones.
    package var sandbox: String?
    /// The compiled filter of the specification's profile.
    package var seccompFilter: SeccompFilter?

    package init(spec: RuntimeSpec, root: RootFilesystem, user: User = User(), sandbox: String? = nil) {
        self.spec = spec
        self.root = root
        self.user = user
        self.sandbox = sandbox
    }

    /// What the container sees as `/`.
    package enum RootFilesystem: Equatable, Sendable {
        /// An overlay over the image's layers, topmost first, mounted in the container's own namespace only.
        case overlay(layers: [String], upper: String, work: String)
        /// A directory of the host.
        case directory(String)
        /// Nothing but one program in memory: a pause needs no files.
        case program(String)
    }

    package struct User: Equatable, Sendable {
        package var user: InitProgram.Identity
        package var group: InitProgram.Identity?
        package var additionalGroups: [UInt32]
        package var joinsListedGroups: Bool
        package var refusesRoot: Bool

        package init(
            _ user: InitProgram.Identity = .id(0), group: InitProgram.Identity? = nil, additionalGroups: [UInt32] = [],
            joinsListedGroups: Bool = false, refusesRoot: Bool = false
        ) {
            self.user = user
            self.group = group
            self.additionalGroups = additionalGroups
            self.joinsListedGroups = joinsListedGroups
            self.refusesRoot = refusesRoot
        }
    }
}
