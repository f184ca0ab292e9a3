package import SystemPackage

/// The last bytes of a regular file, at most `limit`, however long it is; none when there is no such file.
///
/// For files that a container writes: it may fill them without end, and what is read must not depend on that.
package func readEnd(of path: FilePath, limit: Int) throws -> [UInt8] {
    let file: OwnedFileDescriptor
    do throws(SyscallError) {
        file = try openFile(path, [.readOnly, .noFollow, .nonBlocking])
    } catch {
        if error.errno == .noSuchFileOrDirectory { return [] }
        throw error
    }
    return try file.borrow { fd in
        let status = try fd.status()
        guard status.kind == .regular else { throw SyscallError("read \(path): not a file", .invalidArgument) }
        var bytes = [UInt8](repeating: 0, count: min(limit, Int(clamping: status.size)))
        let start = Int64(clamping: status.size) - Int64(bytes.count)
        let count = try naming("read \(path)") {
            try unsafe bytes.withUnsafeMutableBytes { try unsafe fd.read(fromAbsoluteOffset: start, into: $0) }
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }
}
