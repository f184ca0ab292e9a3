import CLinux
import Glibc
package import Linux
package import SystemPackage

extension ContainerInit {
    /// Names are resolved first, capabilities dropped last: what is read from the container's files is read safely.
    ///
    /// The order is the kernel's: the bounding set needs CAP_SETPCAP, groups CAP_SETGID, and a change of user clears
    /// the capabilities that were not asked to be kept.
    mutating func become(_ credentials: InitProgram.Credentials, root: FileDescriptor) throws(SyscallError) {
        let account = if let account { account } else { try Account(credentials, root: root) }
        home = account.home
        // Source: setresuid(2), setgroups(2): this number means "unchanged", which would be root. An image's files may
        // well hold it.
        guard account.uid != .max, account.gid != .max, !account.groups.contains(.max) else {
            throw SyscallError("user or group 4294967295", .invalidArgument)
        }
        if credentials.refusesRoot && account.uid == 0 {
            throw SyscallError("container must not run as root", .notPermitted)
        }
        if let sets = credentials.capabilities {
            try dropCapabilities(but: sets.bounding)
            try syscall("keep capabilities") { linux_prctl(LINUX_PR_SET_KEEPCAPS, 1, 0) }
        }
        try giveStreams(to: account.uid, account.gid)
        try syscall("setgroups") { unsafe linux_setgroups(UInt64(account.groups.count), account.groups) }
        try syscall("setresgid") { linux_setgid(account.gid) }
        try syscall("setresuid") { linux_setuid(account.uid) }
        // A change of user sets it to the machine's fs.suid_dumpable.
        try hideFromTracing()
        guard let sets = credentials.capabilities else { return }
        try syscall("keep capabilities") { linux_prctl(LINUX_PR_SET_KEEPCAPS, 0, 0) }
        try grant(sets)
        for capability in 0..<UInt64(64) where sets.ambient >> capability & 1 == 1 {
            do throws(SyscallError) {
                try syscall("raise ambient capability \(capability)") {
                    linux_prctl(LINUX_PR_CAP_AMBIENT, UInt64(LINUX_PR_CAP_AMBIENT_RAISE), capability)
                }
            } catch {
                // Not inheritable as well, it cannot be ambient: crun and runc go without it too.
                guard error.errno == .notPermitted else { throw error }
            }
        }
    }
}

extension ContainerInit {
    private func dropCapabilities(but bounding: UInt64) throws(SyscallError) {
        for capability in 0..<UInt64(64) where bounding >> capability & 1 == 0 {
            do throws(SyscallError) {
                try syscall("drop capability \(capability)") { linux_prctl(LINUX_PR_CAPBSET_DROP, capability, 0) }
            } catch {
                // The first number that the kernel does not know ends its list. Who may drop none is not told so.
                if linux_prctl(LINUX_PR_CAPBSET_READ, capability, 0) < 0 { return }
                throw error
            }
        }
    }

    /// What the runtime has not itself it cannot give: then the rest is given, and whoever started it is told.
    ///
    /// Source: runtime-spec, config.md, "capabilities": "Runtimes SHOULD NOT fail" for it.
    private func grant(_ sets: InitProgram.CapabilitySets) throws(SyscallError) {
        do throws(SyscallError) {
            try syscall("capset") { linux_capset(sets.effective, sets.permitted, sets.inheritable) }
        } catch {
            guard error.errno == .notPermitted else { throw error }
            var own: UInt64 = 0
            try syscall("capget") { unsafe linux_capget_permitted(&own) }
            try syscall("capset") { linux_capset(sets.effective & own, sets.permitted & own, sets.inheritable & own) }
            let missing = (sets.permitted | sets.inheritable) & ~own
            let names = (0..<64).filter { missing >> UInt64($0) & 1 == 1 }.map { "\($0)" }.joined(separator: ", ")
            report(.warning, SyscallError("grant capabilities \(names)", error.errno), to: status)
        }
    }
}

extension ContainerInit {
    /// A process that opens `/dev/stdout` anew, as images' links to it make it do, must be allowed to. The null device is
    /// everybody's and stays root's.
    ///
    /// Source: runc, `fixStdioPermissions`; a file of another user namespace or a read-only file system stays as it is.
    func giveStreams(to uid: UInt32, _ gid: UInt32) throws(SyscallError) {
        guard uid != 0 else { return }
        for stream in streams {
            let status = try stream.status()
            if status.kind == .characterDevice(major: 1, minor: 3) || status.owner == uid { continue }
            do throws(SyscallError) {
                try syscall("chown stream") { fchown(stream.rawValue, uid, gid) }
            } catch {
                let allowed: [Errno] = [.invalidArgument, .notPermitted, .readOnlyFileSystem]
                guard allowed.contains(error.errno) else { throw error }
            }
        }
    }
}

/// What the container's `/etc/passwd` and `/etc/group` say about a user.
///
/// The files are the container's: they may be links, FIFOs or endless.
package struct Account {
    package var uid: UInt32 = 0
    package var gid: UInt32 = 0
    package var groups: [UInt32] = []
    package var home = "/"

    /// - Parameter root: the container's root, or one with the same files.
    package init(_ credentials: InitProgram.Credentials, root: FileDescriptor) throws(SyscallError) {
        let users = try Self.lines("/etc/passwd", root)
        var name: String?
        let found: [Substring]?
        switch credentials.user {
        case .id(let id):
            uid = id
            found = users.first { $0.count >= 4 && UInt32($0[2]) == id }
        case .name(let wanted):
            found = users.first { $0.count >= 4 && $0[0] == wanted && UInt32($0[2]) != nil }
            guard let id = found.flatMap({ UInt32($0[2]) }) else {
                throw SyscallError("user \(wanted) is not in /etc/passwd", .noSuchFileOrDirectory)
            }
            uid = id
        }
        if let found {
            name = String(found[0])
            gid = UInt32(found[3]) ?? 0
            if found.count >= 6, found[5].hasPrefix("/") { home = String(found[5]) }
        }
        try resolveGroups(credentials, name: name, root: root)
    }

    private mutating func resolveGroups(
        _ credentials: InitProgram.Credentials, name: String?, root: FileDescriptor
    ) throws(SyscallError) {
        let listed = try Self.lines("/etc/group", root)
        switch credentials.group {
        case .id(let id): gid = id
        case .name(let wanted):
            let id = listed.first { $0.count >= 3 && $0[0] == wanted }.flatMap { UInt32($0[2]) }
            guard let id else { throw SyscallError("group \(wanted) is not in /etc/group", .noSuchFileOrDirectory) }
            gid = id
        case nil: break
        }
        groups = credentials.repeatsOwnGroup ? [gid] : []
        for id in credentials.additionalGroups where !groups.contains(id) { groups.append(id) }
        guard credentials.joinsListedGroups, let name else { return }
        for line in listed where line.count >= 4 {
            guard let id = UInt32(line[2]), !groups.contains(id),
                line[3].split(separator: ",").contains(Substring(name))
            else { continue }
            // Source: NGROUPS_MAX is 65536; an image with more is not worth an error of its own.
            if groups.count < 1024 { groups.append(id) }
        }
    }

    /// The fields of each line; nothing when there is no such file.
    private static func lines(_ path: FilePath, _ root: FileDescriptor) throws(SyscallError) -> [[Substring]] {
        let file: OwnedFileDescriptor
        do throws(SyscallError) {
            file = try root.openInRoot(path, [.readOnly, .nonBlocking])
        } catch {
            if error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory { return [] }
            throw error
        }
        return try file.borrow { fd throws(SyscallError) in
            guard try fd.status().kind == .regular else { throw SyscallError("\(path) is no file", .invalidArgument) }
            let content: [UInt8]
            do {
                content = try fd.readToEnd(limit: 1 << 20)
            } catch {
                throw SyscallError("read \(path)", (error as? Errno) ?? .ioError)
            }
            return fields(of: String(decoding: content, as: UTF8.self))
        }
    }

    static func fields(of text: String) -> [[Substring]] {
        text.split(separator: "\n").map { $0.split(separator: ":", omittingEmptySubsequences: false) }
    }
}
