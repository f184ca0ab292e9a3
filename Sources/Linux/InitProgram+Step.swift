extension InitProgram {
    /// Where a descriptor lies that later steps use. The descriptors of the request fill the first slots.
    package typealias Slot = UInt32

    /// What is at the place that a mount is attached to, when nothing is there yet.
    package enum Place: UInt32, Equatable, Sendable, CaseIterable {
        case directory, file
        /// It must exist.
        case existing
        /// Like what is mounted: a directory for a directory, a file for anything else (asked of the mount's descriptor).
        case matching
    }

    /// One kernel call, or the few that belong together.
    package enum Step: Equatable, Sendable {
        /// `sethostname(2)`.
        case setHostname(String)
        /// `setdomainname(2)`.
        case setDomainName(String)
        /// Changes the propagation of all mounts that the process sees.
        case setPropagation(MountPropagation)
        /// Goes to where none of the host's mounts is. What the process holds by then it keeps, attached nowhere.
        case leaveHostMounts
        /// `open_tree(2)`: a detached copy of what lies at a path of the host.
        case copyMount(Slot, path: String, recursive: Bool)
        /// `fsopen(2)`, `fsconfig(2)`, `fsmount(2)`: a new file system, detached.
        case makeFilesystem(Slot, type: String, options: [MountOption], attributes: MountAttributes)
        /// `mount_setattr(2)`.
        case changeMount(
            Slot, set: MountAttributes, clear: MountAttributes, propagation: MountPropagation?, recursive: Bool)
        /// `move_mount(2)` over the root of the process; the slot keeps the new root open.
        case enterRoot(Slot)
        /// Opens the root that the process has, e.g. after it joined the mount namespace of a container.
        case openRoot(Slot)
        /// `move_mount(2)` onto a path in the root. Under `/proc` and `/sys` no link is followed.
        case attach(Slot, root: Slot, path: String, place: Place)
        /// `mkdir(2)` of a path in the root, with those above it.
        case makeDirectory(root: Slot, path: String, mode: UInt32)
        /// `mknod(2)` in the root.
        case makeDevice(root: Slot, path: String, device: DeviceNode)
        /// `symlink(2)` in the root.
        case makeLink(root: Slot, path: String, target: String)
        /// Hides a file in the root below its `/dev/null`, a directory below an empty one. What is not there needs no hiding.
        case mask(root: Slot, path: String)
        /// Makes a path in the root, and all below it, read-only. What is not there needs nothing.
        case makeReadOnly(root: Slot, path: String)
        /// Writes a file of a file system in a slot, never leaving it: a sysctl of a private `/proc`.
        case write(Slot, path: String, content: String)
        /// `setrlimit(2)`. Raising needs CAP_SYS_RESOURCE: else a warning.
        case setResourceLimit(resource: Int32, soft: UInt64, hard: UInt64)
        /// `setsid(2)`.
        case newSession
        /// `umask(2)`.
        case setMask(UInt32)
        /// `chdir(2)`, and a look whether it led inside the root.
        case changeDirectory(String)
        /// Groups, user and capabilities at once; names are looked up in the root's `/etc/passwd` and `/etc/group`.
        case setCredentials(Credentials, root: Slot)
        /// `prctl(2)` PR_SET_NO_NEW_PRIVS.
        case setNoNewPrivileges
        /// `seccomp(2)`: a filter program as the kernel takes it.
        ///
        /// With `listener`, the slot of a socket, the descriptor that hears of the calls is sent there after the byte of
        /// ``Stage/seccomp``, by a process of its own: the filter may hold back `sendmsg` already, but not `write`.
        case setSeccompFilter([UInt8], flags: UInt32, listener: Slot? = nil)
        /// Makes a user namespace that nobody lives in: what mounts are mapped through.
        case makeUserNamespace(Slot, uids: [IDRange], gids: [IDRange])
        /// `mount_setattr(2)` MOUNT_ATTR_IDMAP, Linux 5.12: owners of a detached mount appear as a user namespace maps them.
        case mapIDs(Slot, through: Slot, recursive: Bool)
        /// `unshare(2)` CLONE_NEWNS: nobody else sees what the process, or one that it clones, attaches from here on; what
        /// the host mounts is still seen.
        case makeMountNamespace
        /// `fchown(2)` of the process' streams, so that a user namespace has rights over them; the null device stays root's.
        case giveStreams(uid: UInt32, gid: UInt32)
        /// `move_mount(2)` onto a path of the host, as the process still sees it: where hooks look for the root, or over
        /// what the mount is a copy of.
        case place(Slot, path: String)
        /// Opens a path in the root, to change what is mounted there.
        case openPath(Slot, root: Slot, path: String)
        /// `fspick(2)`, `fsconfig(2)` FSCONFIG_CMD_RECONFIGURE: options of a file system that is mounted.
        case reconfigure(Slot, options: [MountOption])
        /// Copies what lies at a path in the root into a file system that is about to cover it.
        case copyUp(Slot, root: Slot, path: String)
        /// A terminal of the root's `/dev/pts`: bound at `/dev/console`, its other end sent to the slot's socket.
        case makeTerminal(Terminal)
        /// `TIOCSCTTY`: the session's terminal is the one on the process' streams.
        case takeTerminal
        /// Sends the stage's byte to the slot's socket and waits for leave: a packet, kept as the state that hooks read.
        /// The other end closed is an error: whoever makes the container is gone.
        case meet(Slot, Stage)
        /// Ends the start (the caller is told so), then waits until somebody connects to the slot's listening socket and
        /// sends the state that hooks read. From there on what goes wrong is told to that one.
        case awaitStart(Slot)
        /// Runs a program and waits for it.
        case runHook(Hook)
        /// Looks for the program that ``execute(arguments:environment:)`` will run: a wrong name fails here already.
        case checkProgram(arguments: [String], environment: [String])
        /// What the next exec is confined by, through a private `/proc`.
        case setSecurityLabel(SecurityModule, label: String, proc: Slot)
        /// `SIOCSIFFLAGS`: brings the loopback interface of a new network namespace up.
        case raiseLoopback
        /// Reads what the container's files say of the user: a seccomp filter that comes before ``setCredentials`` may
        /// forbid it later.
        case lookUp(Credentials, root: Slot)
        /// `personality(2)`.
        case setPersonality(UInt64)
        /// `sched_setattr(2)`.
        case setScheduler(Scheduler)
        /// `ioprio_set(2)`: the class in bits 13 to 15, the priority below.
        case setIOPriority(UInt32)
        /// `sched_setaffinity(2)`: bit n of the bytes for CPU n.
        case setAffinity([UInt8])
        /// `set_mempolicy(2)`: flags in the mode; bit n of the words for node n.
        case setMemoryPolicy(mode: UInt32, nodes: [UInt64])
        /// Waits until a byte, or the end, comes from a descriptor: whoever holds the other end lets the process go on.
        case wait(Slot)
        /// A copy of a program in a sealed memory file: what runs cannot be written to by what it runs beside.
        case copyProgram(Slot, path: String)
        /// Replaces the process: `execve(2)` of the first argument, looked up in `PATH` of `environment` if it is a bare name.
        case execute(arguments: [String], environment: [String])
        /// `execveat(2)` of the program in a slot.
        case executeSlot(Slot, arguments: [String], environment: [String])
    }

    /// An option of a file system: `fsconfig(2)`. No value: a flag.
    package struct MountOption: Equatable, Sendable {
        package var key: String
        package var value: String?
        package init(_ key: String, _ value: String? = nil) {
            self.key = key
            self.value = value
        }
    }

    /// A device or FIFO to make.
    package struct DeviceNode: Equatable, Sendable {
        package enum Kind: UInt32, Equatable, Sendable, CaseIterable { case character, block, fifo }
        package var kind: Kind
        package var major: UInt32
        package var minor: UInt32
        package var mode: UInt32
        package var uid: UInt32
        package var gid: UInt32
        package init(
            kind: Kind, major: UInt32, minor: UInt32, mode: UInt32 = 0o666, uid: UInt32 = 0, gid: UInt32 = 0
        ) {
            self.kind = kind
            self.major = major
            self.minor = minor
            self.mode = mode
            self.uid = uid
            self.gid = gid
        }
    }

    /// A user or group as an image or a pod names it.
    package enum Identity: Equatable, Sendable {
        case id(UInt32)
        case name(String)
    }

    /// Capability sets, bit n for capability n. Source: `capabilities(7)`.
    package struct CapabilitySets: Equatable, Sendable {
        package var bounding: UInt64
        package var effective: UInt64
        package var permitted: UInt64
        package var inheritable: UInt64
        package var ambient: UInt64
        package init(
            bounding: UInt64, effective: UInt64, permitted: UInt64, inheritable: UInt64 = 0, ambient: UInt64 = 0
        ) {
            self.bounding = bounding
            self.effective = effective
            self.permitted = permitted
            self.inheritable = inheritable
            self.ambient = ambient
        }
    }

    /// Who the process becomes.
    package struct Credentials: Equatable, Sendable {
        package var user: Identity
        /// `nil`: the user's group in `/etc/passwd`, or 0.
        package var group: Identity?
        package var additionalGroups: [UInt32]
        /// Also the groups that `/etc/group` lists for the user.
        package var joinsListedGroups: Bool
        /// The process' own group is among its further ones, too: of an OCI runtime's container it is not.
        package var repeatsOwnGroup = true
        /// Refuses user 0, whatever name led there: the API's `runAsNonRoot`.
        package var refusesRoot: Bool
        /// `nil`: all that the process has.
        package var capabilities: CapabilitySets?
        package init(
            user: Identity = .id(0), group: Identity? = nil, additionalGroups: [UInt32] = [],
            joinsListedGroups: Bool = false, refusesRoot: Bool = false, capabilities: CapabilitySets? = nil
        ) {
            self.user = user
            self.group = group
            self.additionalGroups = additionalGroups
            self.joinsListedGroups = joinsListedGroups
            self.refusesRoot = refusesRoot
            self.capabilities = capabilities
        }
    }
}
