import CArchive
import Linux
import SystemPackage

/// libarchive, reading a tar or only undoing a compression, from wherever its bytes come.
///
/// Used by one thread. The names of entries are bytes: the program never calls `setlocale(3)`, and in the C locale
/// libarchive hands on what it cannot translate as it is.
@safe final class ArchiveReader {
    // Owned: made in `init`, freed in `deinit`, never handed out.
    private let archive: Handle
    private let source: Source

    /// Where bytes come from: the next piece, empty at the end. It stays valid until the next call.
    typealias Source = () throws -> UnsafeRawBufferPointer

    /// The one pointer to libarchive's state.
    @safe private struct Handle { let pointer: OpaquePointer }

    enum Format { case tar, raw }
    /// How a stream is compressed, by its first bytes: a type in a manifest may lie.
    enum Compression: Equatable { case none, gzip, zstd, unknown }

    private(set) var sourceError: (any Error)?

    init(_ format: Format, compression: Compression = .none, source: @escaping Source) throws {
        guard let archive = unsafe archive_read_new() else { throw ImageError.system("libarchive: out of memory") }
        unsafe self.archive = Handle(pointer: archive)
        unsafe self.source = source
        switch format {
        case .tar:
            unsafe archive_read_support_format_tar(archive)
            unsafe archive_read_support_format_empty(archive)
        case .raw:
            unsafe archive_read_support_format_raw(archive)
            unsafe archive_read_support_format_empty(archive)
        }
        switch compression {
        case .none: break
        case .gzip: try check(unsafe archive_read_append_filter(archive, ARCHIVE_FILTER_GZIP))
        case .zstd: try check(unsafe archive_read_append_filter(archive, ARCHIVE_FILTER_ZSTD))
        case .unknown:
            // Not all that libarchive knows: some of its filters run programs.
            unsafe archive_read_support_filter_gzip(archive)
            unsafe archive_read_support_filter_zstd(archive)
            unsafe archive_read_support_filter_bzip2(archive)
            unsafe archive_read_support_filter_xz(archive)
            unsafe archive_read_support_filter_lz4(archive)
        }
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        try check(unsafe archive_read_open(archive, context, nil, readPiece, nil))
    }

    deinit { unsafe archive_read_free(archive.pointer) }

    /// Goes on to the next entry. `nil` at the end.
    func next() throws -> ArchiveEntry? {
        var entry: OpaquePointer?
        let code = unsafe archive_read_next_header(archive.pointer, &entry)
        if code == ARCHIVE_EOF { return nil }
        // A warning is about a name that this locale cannot write: it comes as it is.
        try check(code)
        guard let entry = unsafe entry else { return nil }
        return unsafe ArchiveEntry(entry)
    }

    /// The next piece of the entry's content and where it belongs; `nil` at its end.
    func nextBlock() throws -> (bytes: UnsafeRawBufferPointer, offset: Int64)? {
        var buffer: UnsafeRawPointer?
        var size = 0
        var offset: Int64 = 0
        let code = unsafe archive_read_data_block(archive.pointer, &buffer, &size, &offset)
        if code == ARCHIVE_EOF { return nil }
        try check(code)
        return unsafe (UnsafeRawBufferPointer(start: buffer, count: size), offset)
    }

    fileprivate func piece() -> UnsafeRawBufferPointer? {
        do {
            return unsafe try source()
        } catch {
            sourceError = error
            return nil
        }
    }

    private func check(_ code: Int32) throws {
        if code >= ARCHIVE_WARN { return }
        if let sourceError { throw sourceError }
        let text = unsafe archive_error_string(archive.pointer)
        let message = unsafe text.map { unsafe String(cString: $0) } ?? "unreadable archive"
        throw ImageError.corrupt(message)
    }

    /// How a stream is compressed that begins with `head`: at least four bytes, if there are as many.
    static func compression(of head: some Collection<UInt8>) -> Compression {
        let head = Array(head.prefix(4))
        if head.starts(with: [0x1f, 0x8b]) { return .gzip }
        // Source: RFC 8878: the magic number of a frame, and those of frames to be skipped.
        if head == [0x28, 0xb5, 0x2f, 0xfd] { return .zstd }
        if head.count == 4 && head[0] & 0xf0 == 0x50 && head[1...] == [0x2a, 0x4d, 0x18] { return .zstd }
        return .none
    }
}

/// libarchive asks for the next bytes.
private func readPiece(
    _: OpaquePointer?, _ context: UnsafeMutableRawPointer?, _ buffer: UnsafeMutablePointer<UnsafeRawPointer?>?
) -> Int {
    guard let context = unsafe context else { return Int(ARCHIVE_FATAL) }
    let reader = unsafe Unmanaged<ArchiveReader>.fromOpaque(context).takeUnretainedValue()
    guard let piece = unsafe reader.piece() else { return Int(ARCHIVE_FATAL) }
    unsafe buffer?.pointee = piece.baseAddress
    return piece.count
}
