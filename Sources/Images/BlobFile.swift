import Linux
import OCI
import SystemPackage

/// A blob that is being written: counted and hashed as its bytes come.
final class BlobFile {
    let path: FilePath
    private let file: FileDescriptor
    private let space: DiskSpace
    private var hasher = Hasher256()
    private(set) var size: Int64 = 0

    /// Starts a file, or with `resume` goes on with what is there, hashing it first. `space` is where it lies.
    init(_ path: FilePath, on space: DiskSpace, resume: Bool = false) throws {
        self.path = path
        self.space = space
        let options: FileDescriptor.OpenOptions =
            resume ? [.create, .closeOnExec, .noFollow] : [.create, .truncate, .closeOnExec, .noFollow]
        file = try naming("open \(path)") {
            try FileDescriptor.open(path, .readWrite, options: options, permissions: [.ownerReadWrite])
        }
        if resume { try hashOld() }
    }

    deinit { try? file.close() }

    private func hashOld() throws {
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        while true {
            let count = try naming("read \(path)") {
                try unsafe buffer.withUnsafeMutableBytes { try unsafe file.read(into: $0) }
            }
            if count == 0 { return }
            unsafe buffer.withUnsafeBytes { unsafe hasher.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            size += Int64(count)
        }
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws {
        if size / DiskSpace.interval != (size + Int64(bytes.count)) / DiskSpace.interval { try space.check() }
        unsafe hasher.update(bytes)
        try naming("write \(path)") { _ = try unsafe file.writeAll(toAbsoluteOffset: size, bytes) }
        size += Int64(bytes.count)
    }

    /// Starts over.
    func reset() throws {
        try OpenFile.setSize(file, 0)
        hasher = Hasher256()
        size = 0
    }

    var digest: Digest { hasher.finish() }

    func sync() throws { try OpenFile.sync(file) }
}
