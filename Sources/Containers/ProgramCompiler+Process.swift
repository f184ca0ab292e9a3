package import Linux
package import OCI

extension ProgramCompiler {
    private var meetings: ContainerSpec.Meetings { container.meetings }
    private var isOnlyProgram: Bool { if case .program = container.root { true } else { false } }

    /// Names, kernel parameters and the terminal; then whoever makes the container does what it has to do.
    mutating func tuneSurroundings() throws(ContainerError) {
        // No clause asks for it; runc and crun do so, and clients with no network of their own rely on it.
        if namespaces.contains(.network) { steps.append(.raiseLoopback) }
        if let name = container.spec.hostname { steps.append(.setHostname(name)) }
        if let name = container.spec.domainname { steps.append(.setDomainName(name)) }
        for (name, value) in (linux.sysctl ?? [:]).sorted(by: { $0.key < $1.key }) {
            let proc = privateProc()
            steps.append(.write(proc, path: KernelParameter(name).path, content: value))
        }
        if process.terminal == true, let console = meetings.console {
            steps += [
                .newSession,
                .makeTerminal(
                    InitProgram.Terminal(
                        root: root, socket: console, rows: process.consoleSize?.height ?? 0,
                        columns: process.consoleSize?.width ?? 0, owner: ownerOfTerminal)),
                .takeTerminal,
            ]
        }
        guard let maker = meetings.maker else { return }
        steps.append(.meet(maker, .surroundings))
        for hook in container.spec.hooks?.createContainer ?? [] { steps.append(.runHook(InitProgram.Hook(hook))) }
    }

    private var ownerOfTerminal: UInt32 { if case .id(let id) = container.user.user { id } else { 0 } }

    /// A proc of the container's PID namespace that no mount in the root covers (CVE-2019-16884, CVE-2025-52881).
    private mutating func privateProc() -> InitProgram.Slot {
        if let proc { return proc }
        let filesystem = slot()
        proc = filesystem
        steps.append(.makeFilesystem(filesystem, type: "proc", options: [], attributes: []))
        return filesystem
    }

    mutating func becomeProcess() throws(ContainerError) {
        try limitProcess()
        try schedule()
        let hasTerminal = process.terminal == true && meetings.console != nil
        steps += hasTerminal ? [] : [.newSession]
        steps.append(.setMask(process.user.umask ?? 0o022))
        if !isOnlyProgram {
            steps.append(.changeDirectory(process.cwd))
        }
        confine()
        dropRights()
        let (arguments, environment) = (process.args ?? [], environment)
        steps.append(
            isOnlyProgram
                ? .executeSlot(onlyProgram, arguments: arguments, environment: environment)
                : .execute(arguments: arguments, environment: environment))
    }

    /// Of a variable that is there more than once the last counts, and programs differ in which they would take.
    private var environment: [String] {
        var places: [Substring: Int] = [:]
        return (process.env ?? []).reduce(into: []) { variables, variable in
            let name = variable.prefix { $0 != "=" }
            if let place = places[name] {
                variables[place] = variable
            } else {
                places[name] = variables.count
                variables.append(variable)
            }
        }
    }

    /// The process of an exec: the namespaces are entered, the root is the container's.
    mutating func enterProcess() throws(ContainerError) {
        root = slot()
        steps.append(.openRoot(root))
        try limitProcess()
        try schedule()
        if let cpus = process.execCPUAffinity?.final ?? process.execCPUAffinity?.initial {
            let mask = try bytes(ofCPUs: cpus)
            steps.append(.setAffinity(mask))
        }
        steps.append(.newSession)
        if process.terminal == true, let console = meetings.console {
            steps += [
                .makeTerminal(
                    InitProgram.Terminal(
                        root: root, socket: console, rows: process.consoleSize?.height ?? 0,
                        columns: process.consoleSize?.width ?? 0, owner: ownerOfTerminal, isConsole: false)),
                .takeTerminal,
            ]
        }
        steps += [.setMask(process.user.umask ?? 0o022), .changeDirectory(process.cwd)]
        confine()
        dropRights()
        steps.append(.execute(arguments: process.args ?? [], environment: environment))
    }

    private func bytes(ofCPUs list: String) throws(ContainerError) -> [UInt8] {
        guard let words = bitWords(of: list) else {
            throw .invalid(SpecError("process.execCPUAffinity", "\(list) is no list of CPUs"))
        }
        return words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0))) } }
    }

    /// With a user namespace this is done by the helper, and inherited: inside there is no right to raise anything.
    private mutating func limitProcess() throws(ContainerError) {
        if container.ownsStreams, let root = rootOutside {
            prepare([.giveStreams(uid: root.uid, gid: root.gid)])
        }
        for limit in process.rlimits ?? [] {
            guard let resource = resourceLimits[limit.type] else { throw .unknownLimit(limit.type) }
            prepare([.setResourceLimit(resource: resource, soft: limit.soft, hard: limit.hard)])
        }
    }

    private mutating func schedule() throws(ContainerError) {
        do {
            if let personality = linux.personality { steps.append(.setPersonality(try personality.number)) }
            if let policy = linux.memoryPolicy { steps.append(try policy.step) }
            if let scheduler = process.scheduler { steps.append(.setScheduler(try scheduler.attributes)) }
            if let priority = process.ioPriority { steps.append(.setIOPriority(try priority.number)) }
        } catch {
            throw .invalid(error)
        }
    }

    private mutating func confine() {
        for (module, label) in [
            (InitProgram.SecurityModule.apparmor, process.apparmorProfile), (.selinux, process.selinuxLabel),
        ] {
            guard let label, !label.isEmpty else { continue }
            let proc = privateProc()
            steps.append(.setSecurityLabel(module, label: label, proc: proc))
        }
    }

    /// A filter needs either CAP_SYS_ADMIN or no_new_privs, so it is loaded before the one goes or after the other
    /// is set: the later the better, for then it need not allow what comes before. Source: `seccomp(2)`.
    ///
    /// One with a listener is loaded before the start is awaited: whoever makes the container must still be there to
    /// pass the listener on.
    private mutating func dropRights() {
        let user = container.user
        var identity = InitProgram.Credentials(
            user: user.user, group: user.group, additionalGroups: user.additionalGroups,
            joinsListedGroups: user.joinsListedGroups, refusesRoot: user.refusesRoot, capabilities: capabilitySets())
        identity.repeatsOwnGroup = user.repeatsOwnGroup
        let credentials = InitProgram.Step.setCredentials(identity, root: root)
        let listener = linux.seccomp?.listensForCalls == true ? meetings.maker : nil
        let filter = container.seccompFilter.map {
            [InitProgram.Step.setSeccompFilter($0.bytes, flags: $0.flags, listener: listener)]
        }
        let (check, start) = startSteps()
        if process.noNewPrivileges == true {
            steps += [credentials, .setNoNewPrivileges]
            steps += check
            steps += listener == nil ? start + (filter ?? []) : (filter ?? []) + start
        } else if let filter {
            // What is looked up in files comes first: the filter is the container's, and may allow no look.
            steps += [.lookUp(identity, root: root)] + check + filter + [credentials] + start
        } else {
            steps += [credentials] + check + start
        }
    }

    /// What an OCI runtime's `create` refuses early, and what its `start` waits for, with the hooks that follow it.
    private func startSteps() -> (check: [InitProgram.Step], start: [InitProgram.Step]) {
        guard let start = meetings.start else { return ([], []) }
        let hooks = container.spec.hooks?.startContainer ?? []
        return (
            [.checkProgram(arguments: process.args ?? [], environment: process.env ?? [])],
            [.awaitStart(start)] + hooks.map { .runHook(InitProgram.Hook($0)) }
        )
    }

    /// Sets that are not named are empty, as with runc and crun: what the runtime has itself is nobody's to inherit
    /// (CVE-2022-29162).
    private mutating func capabilitySets() -> InitProgram.CapabilitySets {
        let names = process.capabilities ?? .init()
        return InitProgram.CapabilitySets(
            bounding: mask(names.bounding), effective: mask(names.effective), permitted: mask(names.permitted),
            inheritable: mask(names.inheritable), ambient: mask(names.ambient))
    }

    /// What is not known cannot be granted, and is left out: a specification may be newer than the kernel or libcap.
    ///
    /// Source: runtime-spec, config.md, "capabilities": "SHOULD log a warning".
    private mutating func mask(_ names: [String]?) -> UInt64 {
        var set: Capabilities = []
        for name in names ?? [] {
            guard let known = try? Capabilities(named: name), !known.isDisjoint(with: .all) else {
                let warning = "process.capabilities: \(name) is none that this kernel knows"
                if !warnings.contains(warning) { warnings.append(warning) }
                continue
            }
            set.formUnion(known)
        }
        return set.rawValue
    }
}

extension InitProgram.Hook {
    package init(_ hook: RuntimeSpec.Hook) {
        self.init(
            path: hook.path, arguments: hook.args ?? [], environment: hook.env ?? [],
            timeout: hook.timeout.map { UInt32(clamping: $0 * 1000) } ?? 0)
    }
}

/// Source: `getrlimit(2)`, the numbers of `asm-generic/resource.h`.
private let resourceLimits: [String: Int32] = [
    "RLIMIT_CPU": 0, "RLIMIT_FSIZE": 1, "RLIMIT_DATA": 2, "RLIMIT_STACK": 3, "RLIMIT_CORE": 4, "RLIMIT_RSS": 5,
    "RLIMIT_NPROC": 6, "RLIMIT_NOFILE": 7, "RLIMIT_MEMLOCK": 8, "RLIMIT_AS": 9, "RLIMIT_LOCKS": 10,
    "RLIMIT_SIGPENDING": 11, "RLIMIT_MSGQUEUE": 12, "RLIMIT_NICE": 13, "RLIMIT_RTPRIO": 14, "RLIMIT_RTTIME": 15,
]
