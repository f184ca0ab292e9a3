import CLinux
import Glibc
import Linux
import SystemPackage

extension ContainerInit {
    mutating func performMount(_ step: InitProgram.Step) throws(SyscallError) {
        switch step {
        case .copyMount(let slot, let path, let recursive):
            slots[slot] = try Mount.copy(of: FilePath(path), recursive: recursive).release()
        case .makeFilesystem(let slot, let type, let options, let attributes):
            let pairs = options.map { (key: $0.key, value: $0.value) }
            slots[slot] = try Mount.filesystem(type, options: pairs, attributes).release()
        case .changeMount(let slot, let set, let clear, let propagation, let recursive):
            try Mount.change(
                try fd(slot), set: set, clear: clear, propagation: propagation, recursive: recursive)
        case .setPropagation(let propagation): try Mount.setPropagation(propagation, of: "/")
        case .enterRoot(let slot): try enterRoot(try fd(slot))
        case .openRoot(let slot): slots[slot] = try openFile("/", [.path, .directory]).release()
        case .makeUserNamespace(let slot, let uids, let gids):
            slots[slot] = try makeUserNamespace(uids: uids, gids: gids)
        case .mapIDs(let slot, let namespace, let recursive):
            try Mount.mapIDs(of: try fd(slot), through: try fd(namespace), recursive: recursive)
        case .makeMountNamespace:
            try syscall("unshare") { linux_unshare(Namespaces.mount.rawValue) }
            try Mount.setPropagation(.slave, of: "/")
        case .leaveHostMounts: try leaveHostMounts()
        case .place(let slot, let path):
            let place = try openFile(FilePath(path), [.path, .directory]).release()
            defer { try? place.close() }
            try Mount.move(try fd(slot), to: place)
        case .openPath(let slot, let root, let path):
            slots[slot] = try fd(root).openInRoot(FilePath(path), .path).release()
        case .reconfigure(let slot, let options):
            try Mount.reconfigure(try fd(slot), options: options.map { (key: $0.key, value: $0.value) })
        case .copyUp(let slot, let root, let path): try copyUp(path, of: try fd(root), into: try fd(slot))
        default: preconditionFailure("not a step about mounts")
        }
    }

    /// Opens the place of a mount, made if need be. A link at or above it stays in the root; under `/proc` and
    /// `/sys` there is none (CVE-2019-16884, CVE-2023-28642).
    func open(
        _ path: String, in root: FileDescriptor, _ place: InitProgram.Place, for mount: FileDescriptor, links: Int = 0
    ) throws(SyscallError) -> FileDescriptor {
        let path = FilePath(path).lexicallyNormalized()
        let isKernel = ["proc", "sys"].contains(path.components.first?.string)
        let rules: Resolution = isKernel ? [.inRoot, .noMagicLinks, .noLinks] : [.inRoot, .noMagicLinks]
        do throws(SyscallError) {
            return try root.open(path, .path, resolve: rules).release()
        } catch {
            guard error.errno == .noSuchFileOrDirectory, place != .existing else { throw error }
        }
        let isDirectory = try place == .matching ? mount.status().kind == .directory : place == .directory
        let (parent, name) = try parent(of: path, in: root)
        defer { try? parent.close() }
        // A link that leads to nothing in the root is followed there: as many as the kernel would follow.
        if !isKernel, links < 40, let target = try parent.linkTarget(of: name) {
            // An absolute path replaces what it is pushed onto.
            let aim = path.removingLastComponent().pushing(FilePath(target))
            return try open(aim.string, in: root, place, for: mount, links: links + 1)
        }
        if isDirectory {
            try syscall("mkdir \(path)") { unsafe linux_mkdirat(parent.rawValue, name, 0o755) }
        } else {
            let file = try parent.open(
                FilePath(name), [.create, .writeOnly, .noFollow], mode: 0o644, resolve: [.beneath, .noLinks])
            try? file.release().close()
        }
        return try root.open(path, .path, resolve: rules).release()
    }

    /// Why there is no directory of that name to be had.
    private func whyClosed(_ path: FilePath, in root: FileDescriptor) -> Errno? {
        do throws(SyscallError) {
            _ = try root.openInRoot(path, [.path, .directory])
            return nil
        } catch {
            return error.errno
        }
    }

    /// At `/proc` there is a proc and nothing that looks like one (CVE-2019-19921), and no link of the root leads a mount
    /// into it (CVE-2023-27561).
    ///
    /// Source: runc's `checkProcMount`; the root of a proc is inode 1, the kernel's PROC_ROOT_INO.
    mutating func check(
        _ place: FileDescriptor, as path: String, in root: FileDescriptor, of mount: FileDescriptor
    ) throws(SyscallError) {
        let components = FilePath(path).lexicallyNormalized().components
        guard components.first?.string == "proc" else {
            if procMount == nil { procMount = try procMount(in: root) }
            if case .at(let id) = procMount, try place.status().mount == id {
                throw SyscallError("a link leads \(path) into /proc", .improperLink)
            }
            return
        }
        guard components.count == 1 else { return }
        guard try mount.filesystem().type == FilesystemStatus.proc, try mount.status().inode == 1 else {
            throw SyscallError("only a proc may be mounted at /proc", .invalidArgument)
        }
    }

    enum ProcMount {
        case none
        /// The mount's number.
        case at(UInt64)
    }

    private func procMount(in root: FileDescriptor) throws(SyscallError) -> ProcMount {
        guard let proc = try? root.open("/proc", .path, resolve: [.inRoot, .noLinks]) else { return .none }
        return try proc.borrow { proc throws(SyscallError) in
            guard try proc.filesystem().type == FilesystemStatus.proc else { return .none }
            return .at(try proc.status().mount)
        }
    }

    func makeDirectory(
        _ path: String, in root: FileDescriptor, mode: UInt32, links: Int = 0
    ) throws(SyscallError) {
        if (try? root.openInRoot(FilePath(path), [.path, .directory])) != nil { return }
        var made = FilePath("/")
        for component in FilePath(path).lexicallyNormalized().components {
            let above = made
            let parent = try root.openInRoot(made, [.path, .directory])
            made.append(component)
            guard let problem = whyClosed(made, in: root) else { continue }
            try parent.borrow { parent throws(SyscallError) in
                // As for the place itself: a link that leads to nothing in the root is followed there. One of the
                // kernel's that leads out of it is closed for another reason (CVE-2024-21626).
                if problem == .noSuchFileOrDirectory, links < 40,
                    let target = try parent.linkTarget(of: component.string)
                {
                    return try makeDirectory(
                        above.pushing(FilePath(target)).string, in: root, mode: mode, links: links + 1)
                }
                try syscall("mkdir \(made)") { unsafe linux_mkdirat(parent.rawValue, component.string, mode) }
            }
        }
    }

    private func parent(
        of path: FilePath, in root: FileDescriptor
    ) throws(SyscallError) -> (FileDescriptor, String) {
        let path = path.lexicallyNormalized()
        guard let name = path.lastComponent?.string else { throw SyscallError("no name: \(path)", .invalidArgument) }
        let directory = path.removingLastComponent()
        if let known = try? root.openInRoot(directory.isEmpty ? "/" : directory, [.path, .directory]) {
            return (known.release(), name)
        }
        try makeDirectory(directory.string, in: root, mode: 0o755)
        return (try root.openInRoot(directory.isEmpty ? "/" : directory, [.path, .directory]).release(), name)
    }

    /// As ``parent(of:in:)``, kept open: devices and links are made in few directories, one after the other.
    private mutating func lastingParent(
        of path: FilePath, in root: FileDescriptor
    ) throws(SyscallError) -> (FileDescriptor, String) {
        let path = path.lexicallyNormalized()
        if let known = lastParent, known.root == root, known.path == path.removingLastComponent(),
            let name = path.lastComponent?.string
        {
            return (known.directory, name)
        }
        forgetParent()
        let (parent, name) = try parent(of: path, in: root)
        lastParent = (root, path.removingLastComponent(), parent)
        return (parent, name)
    }

    mutating func forgetParent() {
        try? lastParent?.directory.close()
        lastParent = nil
    }

    /// By a descriptor of the directory: CVE-2026-41579.
    mutating func make(
        _ device: InitProgram.DeviceNode, at path: String, in root: FileDescriptor
    ) throws(SyscallError) {
        let (parent, name) = try lastingParent(of: FilePath(path), in: root)
        let kind =
            switch device.kind {
            case .character: S_IFCHR
            case .block: S_IFBLK
            case .fifo: S_IFIFO
            }
        let old = umask(0)
        defer { _ = umask(old) }
        do throws(SyscallError) {
            try syscall("mknod") {
                unsafe linux_mknodat(parent.rawValue, name, kind | device.mode, device.major, device.minor)
            }
        } catch {
            // Source: runtime-spec, config-linux.md, "Devices": one that is there must be the same.
            guard error.errno == .fileExists, try isSame(device, name, in: parent) else { throw error }
        }
        if device.uid != 0 || device.gid != 0 {
            try syscall("chown") { unsafe linux_fchownat(parent.rawValue, name, device.uid, device.gid) }
        }
    }

    private func isSame(
        _ device: InitProgram.DeviceNode, _ name: String, in parent: FileDescriptor
    ) throws(SyscallError) -> Bool {
        let file = try parent.open(FilePath(name), [.path, .noFollow], resolve: [.beneath, .noLinks])
        let kind = try file.borrow { fd throws(SyscallError) in try fd.status().kind }
        return switch device.kind {
        case .character: kind == .characterDevice(major: device.major, minor: device.minor)
        case .block: kind == .blockDevice(major: device.major, minor: device.minor)
        case .fifo: kind == .fifo
        }
    }

    /// A link that is there already stays.
    mutating func makeLink(_ path: String, to target: String, in root: FileDescriptor) throws(SyscallError) {
        let (parent, name) = try lastingParent(of: FilePath(path), in: root)
        do throws(SyscallError) {
            try syscall("symlink") { unsafe symlinkat(target, parent.rawValue, name) }
        } catch {
            if error.errno != .fileExists { throw error }
        }
    }

    mutating func mask(_ path: String, in root: FileDescriptor) throws(SyscallError) {
        guard let place = try openIfThere(path, in: root) else { return }
        defer { try? place.close() }
        guard try place.status().kind == .directory else {
            // CVE-2025-31133: what is bound must be the null device, whatever lies at its path.
            let null = try root.openInRoot("/dev/null", .path)
            try null.borrow { null throws(SyscallError) in
                guard try null.status().kind == .characterDevice(major: 1, minor: 3) else {
                    throw SyscallError("/dev/null is not the null device", .noSuchAddressOrDevice)
                }
                try attachCopy(of: null, to: place)
            }
            return
        }
        if let emptyDirectory { return try attachCopy(of: emptyDirectory, to: place) }
        let empty = try Mount.filesystem(
            "tmpfs", options: [("size", "4k"), ("nr_inodes", "2"), ("mode", "0555")],
            [.readOnly, .noSetUserID, .noDevices, .noExecute]
        ).release()
        try Mount.move(empty, to: place)
        // Kernels before 6.15 copy only what is attached.
        emptyDirectory = empty
    }

    private func attachCopy(of file: FileDescriptor, to place: FileDescriptor) throws(SyscallError) {
        try Mount.copy(of: "", from: file, recursive: false).borrow { copy throws(SyscallError) in
            try Mount.move(copy, to: place)
        }
    }

    func makeReadOnly(_ path: String, in root: FileDescriptor) throws(SyscallError) {
        guard let place = try openIfThere(path, in: root) else { return }
        defer { try? place.close() }
        try Mount.copy(of: "", from: place, recursive: true).borrow { copy throws(SyscallError) in
            try Mount.change(copy, set: .readOnly, recursive: true)
            try Mount.move(copy, to: place)
        }
    }

    func openIfThere(_ path: String, in root: FileDescriptor) throws(SyscallError) -> FileDescriptor? {
        do throws(SyscallError) {
            return try root.openInRoot(FilePath(path), .path).release()
        } catch {
            if error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory { return nil }
            throw error
        }
    }

    /// CVE-2025-52881: never by a path that leaves the file system in the slot.
    func write(_ content: String, to path: String, in slot: FileDescriptor) throws(SyscallError) {
        let file = try slot.open(FilePath(path), .writeOnly, resolve: [.beneath, .noLinks, .noMounts])
        let bytes = Array(content.utf8)
        try file.borrow { fd throws(SyscallError) in
            _ = try syscall("write") {
                unsafe bytes.withUnsafeBytes { unsafe Glibc.write(fd.rawValue, $0.baseAddress, $0.count) }
            }
        }
    }
}
