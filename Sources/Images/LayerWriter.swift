import Linux
import OCI
import SystemPackage

/// Writes a layer's entries into a fresh directory, in the form that overlayfs stacks.
///
/// The layer is hostile until proven otherwise: parents are opened by `openat2(2)` with the layer's directory as
/// root, last components are never followed, and an entry that would leave the directory ends the unpacking.
final class LayerWriter {
    private let root: DirectoryHandle
    private let limits: ImageLimits
    /// The lowest layer has nothing to hide: there a whiteout would only show as a broken file.
    private let isLowest: Bool
    /// The directory last used, so that a directory's files cost one `openat2(2)` together.
    private var parent: DirectoryHandle
    private var parentPath: FilePath?
    private var entries = 0
    private var bytes: Int64 = 0
    private var directoryTimes: [(path: FilePath, time: FileTime)] = []
    private var hasRootEntry = false
    /// Directories that no entry describes, made because something lies in them; lower layers know their attributes.
    private var impliedPaths: Set<FilePath> = []
    /// Parents before what is in them.
    var implied: [FilePath] { impliedPaths.sorted { $0.length < $1.length } }

    init(directory: FilePath, isLowest: Bool, limits: ImageLimits) throws {
        root = try DirectoryHandle(path: directory)
        parent = try DirectoryHandle(path: directory)
        self.limits = limits
        self.isLowest = isLowest
    }

    /// Writes one entry; its content is read from `reader`.
    func write(_ entry: ArchiveEntry, from reader: ArchiveReader) throws {
        entries += 1
        if entries > limits.entries { throw ImageError.tooLarge("more than \(limits.entries) entries") }
        let components = try clean(entry.path, limit: 4095)
        guard let name = components.last else { return try writeRoot(entry) }
        if components.count == 1 && Self.landmarks.contains(name.string) { return }
        try enter(FilePath(root: nil, components.dropLast()))
        if name.string.hasPrefix(".wh.") { return try writeWhiteout(name, entry) }

        switch entry.kind {
        case .regular: try writeFile(name, entry, from: reader)
        case .directory: try writeDirectory(name, entry, at: FilePath(root: nil, components))
        case .link(let target):
            try makeRoom(for: name)
            try parent.makeLink(name, to: target)
            try setAttributes(name, entry)
        case .hardLink(let target): try writeHardLink(name, to: target, path: FilePath(root: nil, components))
        case .character, .block, .fifo: try writeNode(name, entry)
        case .other: throw ImageError.unsupported("an entry of a kind that layers do not hold")
        }
    }

    /// Sets what later entries would have changed again: the times of directories.
    func finish() throws {
        if !hasRootEntry { impliedPaths.insert("") }
        for (path, time) in directoryTimes.reversed() {
            if path.isEmpty {
                try root.borrow { fd throws(SyscallError) in try OpenFile.setTime(fd, time) }
            } else if let name = path.lastComponent {
                try enter(path.removingLastComponent())
                if try parent.status(name)?.isDirectory == true { try parent.setTime(name, time) }
            }
        }
    }

    /// What eStargz layers hold beside the files. Source: stargz-snapshotter, docs/estargz.md.
    private static let landmarks: Set = [".prefetch.landmark", ".no.prefetch.landmark", "stargz.index.json"]

    // MARK: - Paths

    /// A path's components below the layer's root, without `.` and `..`.
    private func clean(_ path: FilePath, limit: Int) throws -> [FilePath.Component] {
        guard path.length <= limit else { throw ImageError.tooLarge("a path of \(path.length) bytes") }
        var components: [FilePath.Component] = []
        for component in path.components {
            switch component.kind {
            case .currentDirectory: continue
            case .parentDirectory:
                guard components.popLast() != nil else { throw ImageError.corrupt("it leaves the layer's root") }
            case .regular: components.append(component)
            }
        }
        return components
    }

    /// Makes `path` the current parent, and the directories on the way that the layer has not.
    private func enter(_ path: FilePath) throws {
        if parentPath == path { return }
        parentPath = nil
        do {
            parent = try root.open(inRoot: path.isEmpty ? "." : path)
        } catch {
            guard error.isAboutPath else { throw error }
            try makeParents(path)
        }
        parentPath = path
    }

    private func makeParents(_ path: FilePath) throws {
        parent = try root.open(inRoot: ".")
        var reached = FilePath()
        for component in path.components {
            reached.append(component)
            do {
                parent = try root.open(inRoot: reached)
                continue
            } catch {
                guard error.isAboutPath else { throw error }
                let old = try parent.status(component)
                guard old == nil || old?.isWhiteout == true else {
                    throw ImageError.corrupt("\(reached) is in its way and no directory")
                }
                if old != nil { try parent.removeTree(component) }
                try parent.makeDirectory(component)
                impliedPaths.insert(reached)
                let made = try parent.open(component)
                if old != nil { try hideLower(made) }
                parent = made
            }
        }
    }

    // MARK: - Kinds of entry

    private func writeRoot(_ entry: ArchiveEntry) throws {
        guard entry.kind == .directory else { throw ImageError.corrupt("the layer's root is no directory") }
        hasRootEntry = true
        try root.borrow { fd in try setAttributes(of: fd, entry) }
        directoryTimes.append(("", entry.modified.clamped))
    }

    /// Removes what has the name already, unless it is a directory and one is wanted. Of two entries the last counts.
    /// - Returns: What was there.
    @discardableResult
    private func makeRoom(for name: FilePath.Component, keepDirectory: Bool = false) throws -> TreeEntry? {
        guard let old = try parent.status(name) else { return nil }
        if old.isDirectory && keepDirectory { return old }
        try parent.removeTree(name)
        // The current parent may have been below it, by way of a link.
        parentPath = nil
        return old
    }

    private func writeFile(_ name: FilePath.Component, _ entry: ArchiveEntry, from reader: ArchiveReader) throws {
        // The size is what the layer says: it may be any number, and is not added before it is known to fit.
        guard entry.size >= 0, entry.size <= limits.layer - bytes else {
            throw ImageError.tooLarge("more than \(limits.layer) bytes in files")
        }
        bytes += entry.size
        try makeRoom(for: name)
        let file = try parent.create(name)
        try file.borrow { file in
            var end: Int64 = 0
            while let block = unsafe try reader.nextBlock() {
                if unsafe block.bytes.isEmpty { continue }
                try naming("write") { _ = unsafe try file.writeAll(toAbsoluteOffset: block.offset, block.bytes) }
                end = unsafe block.offset + Int64(block.bytes.count)
            }
            if end < entry.size { try OpenFile.setSize(file, entry.size) }
            try setAttributes(of: file, entry)
            try OpenFile.setTime(file, entry.modified.clamped)
        }
    }

    private func writeDirectory(_ name: FilePath.Component, _ entry: ArchiveEntry, at path: FilePath) throws {
        let old = try makeRoom(for: name, keepDirectory: true)
        if old?.isDirectory != true { try parent.makeDirectory(name) }
        let directory = try parent.open(name)
        try directory.borrow { fd in try setAttributes(of: fd, entry) }
        // A whiteout or file of that name came first: what lower layers have of it stays hidden.
        if let old, !old.isDirectory { try hideLower(directory) }
        directoryTimes.append((path, entry.modified.clamped))
        impliedPaths.remove(path)
    }

    private func writeHardLink(_ name: FilePath.Component, to target: FilePath, path: FilePath) throws {
        let components = try clean(target, limit: 4095)
        guard let last = components.last else { throw ImageError.corrupt("a hard link to the layer's root") }
        if FilePath(root: nil, components) == path { return }
        let directory: DirectoryHandle
        do {
            directory = try root.open(inRoot: components.count == 1 ? "." : FilePath(root: nil, components.dropLast()))
        } catch {
            throw ImageError.corrupt("a hard link to \(target): \(error.errno)")
        }
        guard let found = try directory.status(last), !found.isDirectory, !found.isWhiteout else {
            throw ImageError.corrupt("a hard link to \(target), which is no file of the layer")
        }
        try makeRoom(for: name)
        try parent.makeHardLink(name, to: last, in: directory)
    }

    private func writeNode(_ name: FilePath.Component, _ entry: ArchiveEntry) throws {
        let type =
            switch entry.kind {
            case .character: TreeEntry.character
            case .block: TreeEntry.block
            default: TreeEntry.fifo
            }
        if entry.kind == .character && entry.major == 0 && entry.minor == 0 {
            throw ImageError.corrupt("a character device 0:0, which would hide files of lower layers")
        }
        try makeRoom(for: name)
        let (major, minor) = entry.kind == .fifo ? (0, 0) : (entry.major, entry.minor)
        try parent.makeNode(name, mode: type | 0o600, major: major, minor: minor)
        try setAttributes(name, entry)
    }

    // MARK: - Whiteouts. Source: image-spec, layer.md; Documentation/filesystems/overlayfs.rst

    private func writeWhiteout(_ name: FilePath.Component, _ entry: ArchiveEntry) throws {
        if name.string == ".wh..wh..opq" { return isLowest ? () : try hideLower(parent) }
        // Other names of this form are AUFS' own bookkeeping.
        if name.string.hasPrefix(".wh..wh.") { return }
        let hidden = unsafe name.withPlatformString { unsafe FilePath.Component(platformString: $0 + 4) }
        guard let hidden, hidden.kind == .regular else { throw ImageError.corrupt("a whiteout of nothing") }
        if isLowest { return }
        switch try parent.status(hidden) {
        case nil:
            try parent.makeNode(hidden, mode: TreeEntry.character)
            try parent.setOwner(hidden, try id(entry.owner), try id(entry.group))
        case let own? where own.isDirectory: try hideLower(try parent.open(hidden))
        default: break
        }
    }

    /// Makes overlayfs show nothing that lower layers have in a directory.
    private func hideLower(_ directory: borrowing DirectoryHandle) throws {
        if isLowest { return }
        try directory.borrow { fd throws(SyscallError) in
            try OpenFile.setExtendedAttribute("trusted.overlay.opaque", of: fd, Array("y".utf8))
        }
    }

    // MARK: - Attributes: owner, then xattrs, then mode (a change of owner clears set-user-id), times last

    private func setAttributes(of file: FileDescriptor, _ entry: ArchiveEntry) throws {
        try OpenFile.setOwner(file, try id(entry.owner), try id(entry.group))
        for attribute in entry.attributes where isKept(attribute.name) {
            try tolerant { () throws(SyscallError) in
                try OpenFile.setExtendedAttribute(attribute.name, of: file, attribute.value)
            }
        }
        try OpenFile.setMode(file, entry.permissions)
    }

    private func setAttributes(_ name: FilePath.Component, _ entry: ArchiveEntry) throws {
        try parent.setOwner(name, try id(entry.owner), try id(entry.group))
        for attribute in entry.attributes where isKept(attribute.name) {
            try tolerant { () throws(SyscallError) in
                try parent.setExtendedAttribute(attribute.name, of: name, attribute.value)
            }
        }
        if case .link = entry.kind {} else { try parent.setMode(name, entry.permissions) }
        try parent.setTime(name, entry.modified.clamped)
    }

    /// Labels of this machine's own security modules and overlayfs' marks are not an image's to give.
    private func isKept(_ attribute: String) -> Bool {
        if attribute.hasPrefix("user.") { return !attribute.hasPrefix("user.overlay.") }
        return attribute == "security.capability" || attribute.hasPrefix("system.posix_acl_")
    }

    /// A file system without the attribute, or a kind of file that cannot have it, is no reason to fail.
    private func tolerant(_ body: () throws(SyscallError) -> Void) throws(SyscallError) {
        do {
            try body()
        } catch {
            guard error.errno == .notSupported || error.errno == .notPermitted else { throw error }
        }
    }

    /// -1 means "unchanged" to `chown(2)`.
    private func id(_ number: Int64) throws -> UInt32 {
        guard let id = UInt32(exactly: number), id != .max else {
            throw ImageError.corrupt("the owner \(number) does not exist")
        }
        return id
    }
}

extension SyscallError {
    /// Whether a part of the path is not there, or no directory.
    fileprivate var isAboutPath: Bool { errno == .noSuchFileOrDirectory || errno == .notDirectory }
}

extension FileTime {
    /// Within what every file system can keep: 1970 to 2446 (ext4's last second).
    var clamped: FileTime {
        FileTime(
            seconds: min(max(seconds, 0), 0x3_7fff_ffff), nanoseconds: min(max(nanoseconds, 0), 999_999_999))
    }
}
