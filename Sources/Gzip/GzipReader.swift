import CArchive
package import SystemPackage

/// Reads a file that gzip has compressed, piece by piece. Used by one task at a time.
@safe package final class GzipReader {
    /// The one pointer to libarchive's state: made in `init`, freed in `deinit`, never handed out.
    @safe private struct Handle { let pointer: OpaquePointer }

    private let archive: Handle
    private let path: FilePath
    private var isAtEnd = false

    package init(_ path: FilePath) throws {
        guard let archive = unsafe archive_read_new() else {
            throw GzipError(path: path, message: "libarchive: out of memory")
        }
        unsafe self.archive = Handle(pointer: archive)
        self.path = path
        // Only this filter: some of libarchive's run programs.
        try check(unsafe archive_read_append_filter(archive, ARCHIVE_FILTER_GZIP))
        try check(unsafe archive_read_support_format_raw(archive))
        try check(unsafe archive_read_support_format_empty(archive))
        try check(unsafe path.withPlatformString { unsafe archive_read_open_filename(archive, $0, 64 << 10) })
        var entry: OpaquePointer?
        let code = unsafe archive_read_next_header(archive, &entry)
        if code == ARCHIVE_EOF { isAtEnd = true } else { try check(code) }
    }

    deinit { unsafe archive_read_free(archive.pointer) }

    /// The next bytes, at most 64 KiB; empty at the end.
    package func read() throws -> [UInt8] {
        if isAtEnd { return [] }
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = unsafe buffer.withUnsafeMutableBytes {
            unsafe archive_read_data(archive.pointer, $0.baseAddress, $0.count)
        }
        if count < 0 { try check(ARCHIVE_FATAL) }
        isAtEnd = count == 0
        return Array(buffer.prefix(count))
    }

    private func check(_ code: Int32) throws {
        guard code < ARCHIVE_WARN else { return }
        let text = unsafe archive_error_string(archive.pointer).map { unsafe String(cString: $0) }
        throw GzipError(path: path, message: text ?? "libarchive fails with \(code)")
    }
}
