import CLinux
package import SystemPackage

extension Mount {
    /// Directories over each other, the first on top, read-only and with owners as a user namespace maps them: detached,
    /// and the caller's to close.
    ///
    /// An overlay cannot be mapped, what it is made of can (Linux 5.19): each directory is covered by a mapped copy of
    /// itself, for a thread that nobody shares mounts with and that ends with the call.
    package static func mappedLayers(
        _ layers: [FilePath], through namespace: FilePath
    ) async throws -> FileDescriptor {
        try await onOwnThread {
            try openFile(namespace, .readOnly).borrow { namespace throws(SyscallError) in
                if layers.count == 1 {
                    let only = try mappedCopy(of: layers[0], through: namespace)
                    try only.borrow { only throws(SyscallError) in
                        try change(only, set: .readOnly, propagation: .private)
                    }
                    return only.release()
                }
                try syscall("unshare mounts") { linux_unshare(Namespaces.mount.rawValue) }
                try setPropagation(.slave, of: "/")
                for layer in layers { try cover(layer, through: namespace) }
                // Source: Documentation/filesystems/overlayfs.rst: without an upper directory it is read-only.
                let options = layers.map { (key: "lowerdir+", value: Optional($0.string)) }
                return try filesystem("overlay", options: options, .readOnly).release()
            }
        }
    }

    private static func mappedCopy(
        of path: FilePath, through namespace: FileDescriptor
    ) throws(SyscallError) -> OwnedFileDescriptor {
        let copy = try copy(of: path, recursive: false)
        try copy.borrow { copy throws(SyscallError) in try mapIDs(of: copy, through: namespace, recursive: false) }
        return copy
    }

    private static func cover(_ path: FilePath, through namespace: FileDescriptor) throws(SyscallError) {
        let place = try openDirectory(path)
        try mappedCopy(of: path, through: namespace).borrow { copy throws(SyscallError) in
            try place.borrow { place throws(SyscallError) in try move(copy, to: place) }
        }
    }
}
