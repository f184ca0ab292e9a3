extension InitProgram.Step: CustomStringConvertible {
    /// What the step does, as the start of an error message: `mount proc`, `attach to /proc`.
    package var description: String {
        switch self {
        case .setHostname(let name): "set hostname \(name)"
        case .setDomainName(let name): "set domain name \(name)"
        case .setPropagation(let kind): "make all mounts \(kind)"
        case .leaveHostMounts: "leave the host's mounts"
        case .copyMount(_, let path, _): "bind \(path)"
        case .makeFilesystem(_, let type, _, _): "mount \(type)"
        case .changeMount(_, _, _, _, _): "change mount"
        case .enterRoot: "enter root"
        case .openRoot: "open root"
        case .attach(_, _, let path, _): "mount on \(path)"
        case .makeDirectory(_, let path, _): "make directory \(path)"
        case .makeDevice(_, let path, _): "make device \(path)"
        case .makeLink(_, let path, _): "make link \(path)"
        case .mask(_, let path): "mask \(path)"
        case .makeReadOnly(_, let path): "make read-only \(path)"
        case .write(_, let path, let content): "write \(content) to \(path)"
        case .setResourceLimit(let resource, let soft, let hard): "set limit \(resource) to \(soft):\(hard)"
        case .newSession: "make session"
        case .setMask: "set umask"
        case .changeDirectory(let path): "enter working directory \(path)"
        case .setCredentials(let credentials, _): "become user \(credentials.user)"
        case .setNoNewPrivileges: "set no_new_privs"
        case .setSeccompFilter: "load seccomp filter"
        case .makeUserNamespace: "make user namespace"
        case .mapIDs: "map ids of mount"
        case .makeMountNamespace: "make mount namespace"
        case .giveStreams(let uid, _): "give streams to \(uid)"
        case .place(_, let path): "place mount on \(path)"
        case .openPath(_, _, let path): "open \(path)"
        case .reconfigure: "reconfigure file system"
        case .copyUp(_, _, let path): "copy content of \(path)"
        case .makeTerminal: "make terminal"
        case .takeTerminal: "take terminal"
        case .meet(_, let stage): "wait for leave (\(stage))"
        case .awaitStart: "wait for start"
        case .runHook(let hook): "run hook \(hook.path)"
        case .checkProgram(let arguments, _): "execute \(arguments.first ?? "nothing")"
        case .setSecurityLabel(let module, let label, _): "set \(module) label \(label)"
        case .raiseLoopback: "raise loopback"
        case .lookUp(let credentials, _): "look up user \(credentials.user)"
        case .setPersonality: "set personality"
        case .setScheduler: "set scheduler"
        case .setIOPriority: "set I/O priority"
        case .setAffinity: "set CPU affinity"
        case .setMemoryPolicy: "set memory policy"
        case .wait: "wait for go-ahead"
        case .copyProgram(_, let path): "copy program \(path)"
        case .execute(let arguments, _): "execute \(arguments.first ?? "nothing")"
        case .executeSlot(_, let arguments, _): "execute \(arguments.first ?? "nothing")"
        }
    }
}

extension InitProgram.Identity: CustomStringConvertible {
    package var description: String {
        switch self {
        case .id(let id): "\(id)"
        case .name(let name): name
        }
    }
}
