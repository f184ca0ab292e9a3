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
    /// The directory that relative sources of binds begin at; `nil`: there are none.
    package var bundle: String?
    /// Its streams are the runtime's own: the root of a user namespace is given them.
    package var ownsStreams = false
    /// Where the process meets whoever makes it; empty for the agent's: nothing of theirs runs beside the process.
    package var meetings = Meetings()

    package init(spec: RuntimeSpec, root: RootFilesystem, user: User = User(), sandbox: String? = nil) {
        self.spec = spec
        self.root = root
        self.user = user
        self.sandbox = sandbox
    }

    /// A container as its bundle describes it: the root file system and the user are those of `config.json`.
    package init(spec: RuntimeSpec, bundle: String) {
        let path = spec.root?.path ?? "rootfs"
        self.init(
            spec: spec, root: .directory(path.hasPrefix("/") ? path : "\(bundle)/\(path)"),
            user: User(spec.process?.user ?? .init()))
        self.bundle = bundle
    }

    /// Slots of the descriptors that the runtime sends along: ``InitProgram/Step/meet(_:_:)``.
    package struct Meetings: Equatable, Sendable {
        /// A pair of packet sockets (`UnixSocket.pair`): the runtime's end hears each ``InitProgram/Stage`` and answers
        /// with the container's state, after it has done what belongs there: see ``Hooks``, ``NetworkDevices``,
        /// ``ResourceGroup``, ``SeccompListener``.
        package var maker: InitProgram.Slot?
        /// A listening packet socket: the process waits before its exec until somebody connects and sends the state.
        /// What the connection then says is what a status pipe says; its end, that the program runs.
        package var start: InitProgram.Slot?
        /// A connected stream socket for the master of the terminal.
        package var console: InitProgram.Slot?

        package init(
            maker: InitProgram.Slot? = nil, start: InitProgram.Slot? = nil, console: InitProgram.Slot? = nil
        ) {
            self.maker = maker
            self.start = start
            self.console = console
        }
    }

    /// What the container sees as `/`.
    package enum RootFilesystem: Equatable, Sendable {
        /// An overlay over the image's layers, topmost first, mounted in the container's own namespace only.
        case overlay(layers: [String], upper: String, work: String)
        /// An overlay with ``overlayOptions``, mounted before the process is made and passed to it in a slot.
        case mounted(InitProgram.Slot)
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
        package var repeatsOwnGroup = true

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

        /// The ids of a specification: nothing is looked up for them.
        package init(_ user: RuntimeSpec.User) {
            self.init(.id(user.uid), group: .id(user.gid), additionalGroups: user.additionalGids ?? [])
            repeatsOwnGroup = false
        }
    }
}

extension ContainerSpec {
    /// How the root is mounted, if it is an overlay.
    ///
    /// One option a layer: a text given to `fsconfig(2)` may have 255 bytes, not more. Linux 6.7.
    package var overlayOptions: [InitProgram.MountOption]? {
        guard case .overlay(let layers, let upper, let work) = root else { return nil }
        return layers.map { .init("lowerdir+", $0) } + [.init("upperdir", upper), .init("workdir", work)]
            + (spec.linux?.mountLabel.map { [.init("context", $0)] } ?? [])
    }
}
