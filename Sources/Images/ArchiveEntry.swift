import CArchive
import Linux
import OCI
import SystemPackage

/// What an archive says about one file, before anyone believes it.
struct ArchiveEntry {
    enum Kind: Equatable {
        case regular
        case directory
        /// The target as it stands there, ended by NUL.
        case link([CChar])
        case hardLink(FilePath)
        case character, block, fifo
        case other(UInt32)
    }

    let path: FilePath
    let kind: Kind
    /// In bytes, holes counted.
    let size: Int64
    let permissions: UInt32
    let owner: Int64
    let group: Int64
    let major: UInt32
    let minor: UInt32
    let modified: FileTime
    let attributes: [(name: String, value: [UInt8])]

    init(_ entry: OpaquePointer) {
        path = unsafe archive_entry_pathname(entry).map { unsafe FilePath(platformString: $0) } ?? ""
        size = unsafe archive_entry_size(entry)
        permissions = UInt32(unsafe archive_entry_perm(entry)) & 0o7777
        owner = unsafe archive_entry_uid(entry)
        group = unsafe archive_entry_gid(entry)
        major = UInt32(truncatingIfNeeded: unsafe archive_entry_rdevmajor(entry))
        minor = UInt32(truncatingIfNeeded: unsafe archive_entry_rdevminor(entry))
        modified = FileTime(
            seconds: Int64(unsafe archive_entry_mtime(entry)),
            nanoseconds: Int64(unsafe archive_entry_mtime_nsec(entry)))
        attributes = unsafe Self.attributes(of: entry)
        if let target = unsafe archive_entry_hardlink(entry) {
            kind = .hardLink(unsafe FilePath(platformString: target))
            return
        }
        switch UInt32(unsafe archive_entry_filetype(entry)) {
        case TreeEntry.regular: kind = .regular
        case TreeEntry.directory: kind = .directory
        case TreeEntry.link:
            let target = unsafe archive_entry_symlink(entry)
            kind = .link(unsafe target.map { unsafe bytes(of: $0) } ?? [0])
        case TreeEntry.character: kind = .character
        case TreeEntry.block: kind = .block
        case TreeEntry.fifo: kind = .fifo
        case let type: kind = .other(type)
        }
    }

    private static func attributes(of entry: OpaquePointer) -> [(name: String, value: [UInt8])] {
        guard unsafe archive_entry_xattr_reset(entry) > 0 else { return [] }
        var found: [(name: String, value: [UInt8])] = []
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var size = 0
        while unsafe archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK {
            guard let name = unsafe name else { continue }
            let bytes = unsafe [UInt8](UnsafeRawBufferPointer(start: value, count: size))
            found.append((unsafe String(cString: name), bytes))
        }
        return found
    }
}

/// A C string's bytes, the NUL at its end included.
private func bytes(of text: UnsafePointer<CChar>) -> [CChar] {
    var end = 0
    while unsafe text[end] != 0 { end += 1 }
    return unsafe [CChar](UnsafeBufferPointer(start: text, count: end + 1))
}
