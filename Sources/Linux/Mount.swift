import CLinux
import Glibc
package import SystemPackage

/// What a mount forbids or does, as `mount_setattr(2)` numbers it. Source: uapi/linux/mount.h, MOUNT_ATTR_*.
package struct MountAttributes: OptionSet, Hashable, Sendable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }

    package static let readOnly = Self(rawValue: 0x1)
    package static let noSetUserID = Self(rawValue: 0x2)
    package static let noDevices = Self(rawValue: 0x4)
    package static let noExecute = Self(rawValue: 0x8)
    /// Three bits that hold one of relatime (0), noatime and strictatime: clear them all before setting one.
    package static let accessTime = Self(rawValue: 0x70)
    package static let noAccessTime = Self(rawValue: 0x10)
    package static let strictAccessTime = Self(rawValue: 0x20)
    package static let noDirectoryAccessTime = Self(rawValue: 0x80)
    package static let noLinkFollow = Self(rawValue: 0x20_0000)
}

/// Whether mounts made on one side of a copied mount appear on the other. Source: `mount_namespaces(7)`.
package enum MountPropagation: UInt64, Equatable, Sendable, CaseIterable {
    case unbindable = 0x20000
    case `private` = 0x40000
    case slave = 0x80000
    case shared = 0x100000
}

/// Mounts by descriptor: made detached, changed while nobody sees them, then moved to an open place.
///
/// A detached mount vanishes with its last descriptor, so a failure half-way leaves nothing behind.
package enum Mount {
    /// A new file system, not attached to anything. Flags are options without value.
    ///
    /// On failure the error carries what the file system itself said (`fsopen(2)`: read the context).
    package static func filesystem(
        _ type: String, options: [(key: String, value: String?)], _ attributes: MountAttributes = []
    ) throws(SyscallError) -> OwnedFileDescriptor {
        let raw = try syscall("fsopen \(type)") { unsafe linux_fsopen(type) }
        let context = OwnedFileDescriptor(FileDescriptor(rawValue: raw))
        return try context.borrow { context throws(SyscallError) in
            do throws(SyscallError) {
                try set(options, of: context)
                try syscall("create") { linux_fsconfig_create(context.rawValue) }
                let fd = try syscall("fsmount") {
                    linux_fsmount(context.rawValue, UInt32(truncatingIfNeeded: attributes.rawValue))
                }
                return OwnedFileDescriptor(FileDescriptor(rawValue: fd))
            } catch {
                let said = messages(of: context).map { " (\($0))" } ?? ""
                throw SyscallError("\(error.operation)\(said)", error.errno)
            }
        }
    }

    /// A detached copy of what is mounted at `path` from `directory`; with all below it if `recursive`.
    package static func copy(
        of path: FilePath, from directory: FileDescriptor = .workingDirectory, recursive: Bool = true
    ) throws(SyscallError) -> OwnedFileDescriptor {
        let flags =
            UInt32(LINUX_OPEN_TREE_CLONE)
            | (path.isEmpty ? UInt32(LINUX_AT_EMPTY_PATH) : 0) | (recursive ? UInt32(LINUX_AT_RECURSIVE) : 0)
        let fd = try syscall("open_tree \(path)") {
            unsafe path.withPlatformString { unsafe linux_open_tree(directory.rawValue, $0, flags) }
        }
        return OwnedFileDescriptor(FileDescriptor(rawValue: fd))
    }

    /// Changes a mount, attached or not, and those below it if `recursive`. Linux 5.12.
    package static func change(
        _ mount: FileDescriptor, set: MountAttributes = [], clear: MountAttributes = [],
        propagation: MountPropagation? = nil, recursive: Bool = false
    ) throws(SyscallError) {
        var clear = clear
        if !set.isDisjoint(with: .accessTime) { clear.insert(.accessTime) }
        let cleared = clear
        try syscall("mount_setattr") {
            linux_mount_setattr(
                mount.rawValue, recursive ? 1 : 0, set.rawValue, cleared.rawValue, propagation?.rawValue ?? 0)
        }
    }

    /// Shows the owners of a detached mount, and of those below it if `recursive`, as a user namespace maps them.
    ///
    /// - SeeAlso: `mount_setattr(2)`, MOUNT_ATTR_IDMAP, Linux 5.12.
    package static func mapIDs(
        of mount: FileDescriptor, through namespace: FileDescriptor, recursive: Bool
    ) throws(SyscallError) {
        try syscall("mount_setattr") { linux_mount_map_ids(mount.rawValue, recursive ? 1 : 0, namespace.rawValue) }
    }

    /// Changes options of the file system that is mounted where `place` is open.
    package static func reconfigure(
        _ place: FileDescriptor, options: [(key: String, value: String?)]
    ) throws(SyscallError) {
        let raw = try syscall("fspick") { linux_fspick(place.rawValue) }
        let context = OwnedFileDescriptor(FileDescriptor(rawValue: raw))
        try context.borrow { context throws(SyscallError) in
            do throws(SyscallError) {
                try set(options, of: context)
                try syscall("reconfigure") { linux_fsconfig_reconfigure(context.rawValue) }
            } catch {
                let said = messages(of: context).map { " (\($0))" } ?? ""
                throw SyscallError("\(error.operation)\(said)", error.errno)
            }
        }
    }

    private static func set(
        _ options: [(key: String, value: String?)], of context: FileDescriptor
    ) throws(SyscallError) {
        for (key, value) in options {
            try syscall("option \(key)\(value.map { "=" + $0.prefix(200) } ?? "")") {
                if let value { return unsafe linux_fsconfig_set(context.rawValue, key, value) }
                return unsafe linux_fsconfig_set(context.rawValue, key, nil)
            }
        }
    }

    /// Attaches a detached mount, or moves an attached one, onto the file or directory that `place` is open at.
    package static func move(_ mount: FileDescriptor, to place: FileDescriptor) throws(SyscallError) {
        try syscall("move_mount") { linux_move_mount(mount.rawValue, place.rawValue) }
    }

    /// Unmounts what is on top at `path`. Never follows a link at its end. Nothing mounted there is no error.
    ///
    /// - Parameter detach: lets go at once; the kernel frees it when nobody uses it any more.
    package static func unmount(_ path: FilePath, detach: Bool = true) throws(SyscallError) {
        do {
            try syscall("unmount \(path)") {
                unsafe path.withPlatformString {
                    unsafe linux_unmount($0, LINUX_UMOUNT_NOFOLLOW | (detach ? LINUX_MNT_DETACH : 0))
                }
            }
        } catch  where error.errno == .invalidArgument || error.errno == .noSuchFileOrDirectory {}
    }

    /// Changes the propagation of the mount at `path` and of all below it.
    package static func setPropagation(_ propagation: MountPropagation, of path: FilePath) throws(SyscallError) {
        try syscall("make \(path) \(propagation)") {
            unsafe path.withPlatformString { unsafe linux_set_propagation($0, propagation.rawValue) }
        }
    }

    /// What a file system context has to say: lines with a level letter, `e overlay: …`.
    private static func messages(of context: FileDescriptor) -> String? {
        var buffer = [UInt8](repeating: 0, count: 1024)
        var lines: [String] = []
        while lines.count < 4 {
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(context.rawValue, $0.baseAddress, $0.count) }
            if count <= 0 { break }
            let line = String(
                decoding: buffer.prefix(count).drop { $0 != UInt8(ascii: " ") }.dropFirst(), as: UTF8.self)
            lines.append(line.last == "\n" ? String(line.dropLast()) : line)
        }
        return lines.isEmpty ? nil : lines.joined(separator: "; ")
    }
}
