import Glibc
package import SystemPackage

/// Reads a whole file. `nil` when `ifExists` is set and there is none.
///
/// - Parameter limit: more than this many bytes is an error: nothing that the agent reads as a whole is that big.
package func readFile(at path: FilePath, ifExists: Bool = false, limit: Int = 64 << 20) throws -> [UInt8]? {
    let file: FileDescriptor
    do {
        // Not blocking: a FIFO that nobody writes to is empty, and holds nobody up.
        file = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec, .nonBlocking])
    } catch let error as Errno where error == .noSuchFileOrDirectory && ifExists {
        return nil
    } catch let error as Errno {
        throw SyscallError("open \(path)", error)
    }
    return try naming("read \(path)") { try file.closeAfter { try file.readToEnd(limit: limit) } }
}

/// Opens a file to be read piece by piece. A FIFO or device is refused, not waited for.
package func openRegularFile(_ path: FilePath) throws -> FileDescriptor {
    let file = try naming("open \(path)") {
        try FileDescriptor.open(path, .readOnly, options: [.closeOnExec, .nonBlocking])
    }
    do {
        guard try file.status().kind == .regular else {
            throw SyscallError("open \(path): no regular file", .invalidArgument)
        }
        return file
    } catch {
        try? file.close()
        throw error
    }
}

/// Removes a file. One that is not there is no error.
package func removeFile(at path: FilePath) throws(SyscallError) {
    do {
        try syscall("unlink \(path)") { unsafe path.withPlatformString { unsafe unlink($0) } }
    } catch  where error.errno == .noSuchFileOrDirectory {}
}

/// Makes a directory and those above it. One that is there already keeps its mode.
package func makeDirectories(_ path: FilePath, mode: UInt32 = 0o755) throws(SyscallError) {
    do {
        try syscall("mkdir \(path)") { unsafe path.withPlatformString { unsafe mkdir($0, mode) } }
    } catch  where error.errno == .fileExists {
    } catch  where error.errno == .noSuchFileOrDirectory && !path.removingLastComponent().isEmpty {
        try makeDirectories(path.removingLastComponent(), mode: mode)
        try makeDirectories(path, mode: mode)
    }
}

/// The names in a directory, without `.` and `..`, unsorted. Empty when there is no such directory.
package func directoryEntries(_ path: FilePath) throws(SyscallError) -> [String] {
    guard let stream = unsafe path.withPlatformString({ unsafe opendir($0) }) else {
        let error = Errno(rawValue: errno)
        if error == .noSuchFileOrDirectory { return [] }
        throw SyscallError("open directory \(path)", error)
    }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
        let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
            unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
        }
        if name != "." && name != ".." { names.append(name) }
    }
    return names
}

extension FileDescriptor {
    /// Reads until the end; throws `EFBIG` past `limit` bytes.
    package func readToEnd(limit: Int) throws -> [UInt8] {
        var content: [UInt8] = []
        // Most files are small, and memory that is not touched costs nothing.
        var size = 4 << 10
        while true {
            let count = try unsafe withUnsafeTemporaryAllocation(byteCount: size, alignment: 1) { chunk in
                let count = try unsafe read(into: chunk)
                unsafe content += chunk[..<count]
                return count
            }
            if count == 0 { return content }
            if content.count > limit { throw Errno.fileTooLarge }
            if count == size, count < 64 << 10 { size *= 4 }
        }
    }
}
