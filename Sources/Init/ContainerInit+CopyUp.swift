import CLinux
import Glibc
import Linux
import SystemPackage

extension ContainerInit {
    /// Copies a directory of the root, if it is there, into a file system that will be mounted over it.
    ///
    /// Links, devices, owners, modes and times are kept; another file system mounted below is left out.
    func copyUp(_ path: String, of root: FileDescriptor, into target: FileDescriptor) throws(SyscallError) {
        let source: OwnedFileDescriptor
        do throws(SyscallError) {
            source = try root.openInRoot(FilePath(path), [.readOnly, .directory])
        } catch {
            if error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory { return }
            throw error
        }
        let copy = try target.open(".", [.readOnly, .directory], resolve: [.beneath])
        try copyAttributes(of: try source.borrow { fd throws(SyscallError) in try fd.status() }, to: copy)
        try copyContent(of: DirectoryHandle(adopting: source), to: DirectoryHandle(adopting: copy))
    }

    private func copyAttributes(
        of status: FileStatus, to file: borrowing OwnedFileDescriptor
    ) throws(SyscallError) {
        try file.borrow { file throws(SyscallError) in
            try OpenFile.setOwner(file, status.owner, status.group)
            try OpenFile.setMode(file, status.permissions)
            try OpenFile.setTime(
                file, FileTime(seconds: status.modified.seconds, nanoseconds: Int64(status.modified.nanoseconds)))
        }
    }

    private func copyContent(
        of source: borrowing DirectoryHandle, to target: borrowing DirectoryHandle
    ) throws(SyscallError) {
        for name in try source.names() {
            guard let entry = try source.status(name) else { continue }
            switch entry.type {
            case TreeEntry.directory: try copyDirectory(name, of: source, to: target)
            case TreeEntry.regular: try copyFile(name, of: source, to: target)
            case TreeEntry.link: try copyLink(name, entry, of: source, to: target)
            default:
                // Source: makedev(3), the C library's layout.
                let major = UInt32(truncatingIfNeeded: entry.device >> 8 & 0xfff | entry.device >> 32 & 0xffff_f000)
                let minor = UInt32(truncatingIfNeeded: entry.device & 0xff | entry.device >> 12 & 0xffff_ff00)
                try target.makeNode(name, mode: entry.mode, major: major, minor: minor)
                try target.setOwner(name, entry.owner, entry.group)
            }
        }
    }

    private func copyDirectory(
        _ name: FilePath.Component, of source: borrowing DirectoryHandle, to target: borrowing DirectoryHandle
    ) throws(SyscallError) {
        let from = try source.open(name)
        try target.makeDirectory(name)
        let to = try target.open(name)
        try copyContent(of: from, to: to)
        let status = try from.borrow { fd throws(SyscallError) in try fd.status() }
        try to.borrow { file throws(SyscallError) in
            try OpenFile.setOwner(file, status.owner, status.group)
            try OpenFile.setMode(file, status.permissions)
            try OpenFile.setTime(
                file, FileTime(seconds: status.modified.seconds, nanoseconds: Int64(status.modified.nanoseconds)))
        }
    }

    private func copyFile(
        _ name: FilePath.Component, of source: borrowing DirectoryHandle, to target: borrowing DirectoryHandle
    ) throws(SyscallError) {
        let from = try source.borrow { (directory) throws(SyscallError) -> FileDescriptor in
            try directory.open(FilePath(name.string), [.readOnly, .nonBlocking], resolve: [.beneath, .noLinks])
                .release()
        }
        defer { try? from.close() }
        let to = try target.create(name)
        try to.borrow { to throws(SyscallError) in
            while try syscall("copy \(name)", { sendfile(to.rawValue, from.rawValue, nil, 1 << 20) }) > 0 {}
        }
        try copyAttributes(of: try from.status(), to: to)
    }

    private func copyLink(
        _ name: FilePath.Component, _ entry: TreeEntry, of source: borrowing DirectoryHandle,
        to target: borrowing DirectoryHandle
    ) throws(SyscallError) {
        var buffer = [CChar](repeating: 0, count: 4097)
        try source.borrow { directory throws(SyscallError) in
            _ = try syscall("readlink \(name)") {
                unsafe readlinkat(directory.rawValue, name.string, &buffer, buffer.count - 1)
            }
        }
        try target.makeLink(name, to: buffer)
        try target.setOwner(name, entry.owner, entry.group)
    }
}
