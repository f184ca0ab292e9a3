import CArchive
import Linux
package import SystemPackage

/// What libarchive did not do, in its words.
package struct GzipError: Error, Equatable, CustomStringConvertible {
    package let path: FilePath
    package let message: String

    package var description: String { "\(path): \(message)" }
}

/// Writes a file's content, compressed with gzip, into another one. Both are open for as long as it takes: it blocks.
///
/// Source: libarchive's raw format, archive_write_format(3): one file's bytes and nothing about it.
package func compress(_ source: FilePath, to target: FilePath, mode: UInt32) throws {
    let input = try openFile(source, [.readOnly, .noFollow])
    let output = try openFile(target, [.writeOnly, .create, .truncate, .noFollow], mode: mode)
    guard let archive = unsafe archive_write_new() else {
        throw GzipError(path: target, message: "libarchive: out of memory")
    }
    defer { unsafe archive_write_free(archive) }
    func check(_ code: Int32) throws {
        guard code < ARCHIVE_WARN else { return }
        let text = unsafe archive_error_string(archive).map { unsafe String(cString: $0) }
        throw GzipError(path: target, message: text ?? "libarchive fails with \(code)")
    }
    try check(unsafe archive_write_add_filter_gzip(archive))
    try check(unsafe archive_write_set_format_raw(archive))
    // The last block ends where the data ends: a pipe or tape would have it padded.
    try check(unsafe archive_write_set_bytes_in_last_block(archive, 1))
    try check(output.borrow { unsafe archive_write_open_fd(archive, $0.rawValue) })
    let entry = unsafe archive_entry_new()
    defer { unsafe archive_entry_free(entry) }
    unsafe archive_entry_set_filetype(entry, UInt32(0o100000))
    try check(unsafe archive_write_header(archive, entry))
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
        let count = try naming("read \(source)") {
            try input.borrow { fd in try unsafe buffer.withUnsafeMutableBytes { try unsafe fd.read(into: $0) } }
        }
        if count == 0 { break }
        let written = unsafe buffer.withUnsafeBytes { unsafe archive_write_data(archive, $0.baseAddress, count) }
        try check(written < 0 ? ARCHIVE_FATAL : ARCHIVE_OK)
    }
    try check(unsafe archive_write_close(archive))
    try output.borrow { fd throws(SyscallError) in try fd.synchronize(named: target) }
}
