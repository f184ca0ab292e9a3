import CLinux
import Glibc
package import SystemPackage

extension DirectoryHandle {
    /// Gives a name in the directory an owner. A link gets it itself.
    package borrowing func setOwner(_ name: FilePath.Component, _ owner: UInt32, _ group: UInt32) throws(SyscallError) {
        let parent = borrow { $0.rawValue }
        try syscall("chown \(name)") {
            unsafe name.withPlatformString { unsafe fchownat(parent, $0, owner, group, AT_SYMLINK_NOFOLLOW) }
        }
    }

    /// Sets the permissions of what is no link: the caller has made it itself, so that nothing can have replaced it.
    package borrowing func setMode(_ name: FilePath.Component, _ mode: UInt32) throws(SyscallError) {
        let parent = borrow { $0.rawValue }
        try syscall("chmod \(name)") { unsafe name.withPlatformString { unsafe fchmodat(parent, $0, mode, 0) } }
    }

    /// Sets the time of last access and of last change of a name; a link gets it itself.
    package borrowing func setTime(_ name: FilePath.Component, _ time: FileTime) throws(SyscallError) {
        let parent = borrow { $0.rawValue }
        let times = [time.timespec, time.timespec]
        try syscall("utimensat \(name)") {
            unsafe name.withPlatformString { unsafe utimensat(parent, $0, times, AT_SYMLINK_NOFOLLOW) }
        }
    }

    /// Sets an extended attribute of a link or a device node, which cannot be opened for it.
    package borrowing func setExtendedAttribute(
        _ attribute: String, of name: FilePath.Component, _ value: [UInt8]
    ) throws(SyscallError) {
        // The magic link leads to the directory whatever has become of its path; the name itself is not followed.
        let path = FilePath("/proc/self/fd/\(borrow { $0.rawValue })").appending(name)
        try syscall("setxattr \(attribute) of \(name)") {
            unsafe path.withPlatformString {
                unsafe linux_tree_lsetxattr($0, attribute, value, UInt64(value.count))
            }
        }
    }

    /// The names in the directory.
    package borrowing func names() throws(SyscallError) -> [FilePath.Component] {
        // A second descriptor, for closedir(3) closes the one it was given.
        let parent = borrow { $0.rawValue }
        let fd = FileDescriptor(
            rawValue: try syscall("open directory") { unsafe linux_tree_open_directory(parent, ".") })
        guard let stream = unsafe fdopendir(fd.rawValue) else {
            let error = Errno(rawValue: errno)
            try? fd.close()
            throw SyscallError("read directory", error)
        }
        defer { unsafe closedir(stream) }
        var names: [FilePath.Component] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CInterop.PlatformChar.self, capacity: 256) {
                    unsafe FilePath.Component(platformString: $0)
                }
            }
            if let name, name.kind == .regular { names.append(name) }
        }
        return names
    }

    /// Removes a name and all that is below it. Links are removed, not followed. Nothing there is no error.
    package borrowing func removeTree(_ name: FilePath.Component) throws(SyscallError) {
        let parent = borrow { $0.rawValue }
        func unlink(_ flags: Int32) throws(SyscallError) {
            try syscall("unlink \(name)") { unsafe name.withPlatformString { unsafe unlinkat(parent, $0, flags) } }
        }
        do {
            return try unlink(0)
        } catch  where error.errno == .noSuchFileOrDirectory {
            return
        } catch  where error.errno == .isDirectory || error.errno == .notPermitted {}
        do {
            return try unlink(AT_REMOVEDIR)
        } catch  where error.errno == .directoryNotEmpty {}
        let directory = try open(name)
        for child in try directory.names() { try directory.removeTree(child) }
        try unlink(AT_REMOVEDIR)
    }
}

/// Attributes of a file that is open: no name can be changed under them.
package enum OpenFile {
    package static func setOwner(_ file: FileDescriptor, _ owner: UInt32, _ group: UInt32) throws(SyscallError) {
        try syscall("fchown") { fchown(file.rawValue, owner, group) }
    }

    package static func setMode(_ file: FileDescriptor, _ mode: UInt32) throws(SyscallError) {
        try syscall("fchmod") { fchmod(file.rawValue, mode) }
    }

    package static func setTime(_ file: FileDescriptor, _ time: FileTime) throws(SyscallError) {
        let times = [time.timespec, time.timespec]
        try syscall("futimens") { unsafe futimens(file.rawValue, times) }
    }

    package static func setExtendedAttribute(
        _ attribute: String, of file: FileDescriptor, _ value: [UInt8]
    ) throws(SyscallError) {
        try syscall("setxattr \(attribute)") {
            unsafe linux_tree_fsetxattr(file.rawValue, attribute, value, UInt64(value.count))
        }
    }

    /// `nil` if the file has no such attribute.
    package static func extendedAttribute(_ attribute: String, of file: FileDescriptor) throws(SyscallError) -> [UInt8]?
    {
        var value = [UInt8](repeating: 0, count: 65536)
        do {
            let count = try syscall("getxattr \(attribute)") {
                unsafe linux_tree_getxattr(file.rawValue, attribute, &value, 65536)
            }
            return Array(value[..<Int(count)])
        } catch  where error.errno == .noData || error.errno == .notSupported {
            return nil
        }
    }

    package static func setSize(_ file: FileDescriptor, _ size: Int64) throws(SyscallError) {
        try syscall("ftruncate") { ftruncate(file.rawValue, Int(size)) }
    }

    package static func sync(_ file: FileDescriptor) throws(SyscallError) {
        try syscall("fsync") { fsync(file.rawValue) }
    }
}

/// Gives a file or directory a new name in one step; a file that has the name already is replaced.
package func renameFile(_ old: FilePath, to new: FilePath) throws(SyscallError) {
    try syscall("rename \(old) to \(new)") {
        unsafe old.withPlatformString { old in unsafe new.withPlatformString { unsafe rename(old, $0) } }
    }
}
