import Linux
import OCI
import SystemPackage

/// A layer that has been unpacked and is what its image says, but is not yet in its place.
struct UnpackedLayer: Sendable {
    /// Where it lies.
    let directory: FilePath
    /// Directories whose attributes only lower layers know.
    let implied: [FilePath]
    /// Uncompressed.
    let bytes: Int64
}

enum Layer {
    /// Unpacks a blob into a new directory. Blocks: call it on a thread of its own.
    ///
    /// The directory is removed again if the blob is not what `diffID` says, or holds what no layer may.
    static func unpack(
        blob: FilePath, into directory: FilePath, diffID: Digest, isLowest: Bool, limits: ImageLimits,
        budget: ImageBudget, cancellation: CancellationFlag = CancellationFlag()
    ) throws -> UnpackedLayer {
        do {
            try makeDirectories(directory)
            let stream = try LayerStream(blob: blob, limit: limits.layer, budget: budget)
            let writer = try LayerWriter(directory: directory, isLowest: isLowest, limits: limits)
            let reader = try unsafe ArchiveReader(.tar) {
                try cancellation.check()
                return unsafe try stream.next()
            }
            while let entry = try reader.next() {
                do {
                    try writer.write(entry, from: reader)
                } catch {
                    throw ImageError.from(tooLongName(error), "entry \(entry.path)")
                }
            }
            try writer.finish()
            let found = try stream.drain()
            guard found == diffID else {
                throw ImageError.corrupt("unpacked it is \(found), where the image's configuration says \(diffID)")
            }
            return UnpackedLayer(directory: directory, implied: writer.implied, bytes: stream.count)
        } catch {
            // What is left is removed at the next start as well.
            try? removeTree(at: directory)
            throw error
        }
    }

    private static func tooLongName(_ error: any Error) -> any Error {
        if let error = error as? SyscallError, error.errno == .fileNameTooLong {
            return ImageError.tooLarge("a name longer than a file system takes")
        }
        return error
    }

    /// Gives directories that a layer does not describe the attributes that the nearest lower layer gives them.
    ///
    /// `lower` are the layers below, topmost first.
    static func adopt(_ implied: [FilePath], of directory: FilePath, from lower: [FilePath]) throws {
        if implied.isEmpty || lower.isEmpty { return }
        let layer = try DirectoryHandle(path: directory)
        for path in implied {
            let own = path.isEmpty ? FilePath(".") : path
            for below in lower {
                guard let source = try? DirectoryHandle(path: below).open(inRoot: own) else { continue }
                guard let status = try source.status() else { continue }
                try layer.open(inRoot: own).borrow { fd throws(SyscallError) in
                    try OpenFile.setOwner(fd, status.owner, status.group)
                    try OpenFile.setMode(fd, status.permissions)
                    try OpenFile.setTime(fd, status.modified)
                }
                break
            }
        }
    }
}
