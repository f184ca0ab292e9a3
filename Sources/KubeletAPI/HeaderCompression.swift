import CZlib

/// Undoes the compression of headers: one stream of zlib's for all blocks of a connection, in their order.
@safe struct HeaderInflater: ~Copyable {
    /// No block is longer, however well it was compressed.
    private static let limit = 64 << 10
    private let stream: UnsafeMutablePointer<z_stream>

    init() throws(SPDYError) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        guard unsafe inflateInit_(stream, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw SPDYError("zlib does not start")
        }
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    mutating func inflate(_ block: [UInt8]) throws(SPDYError) -> [UInt8] {
        var (input, output) = (block, [UInt8](repeating: 0, count: Self.limit))
        let stream = unsafe stream
        let count = unsafe input.withUnsafeMutableBufferPointer { input in
            unsafe output.withUnsafeMutableBufferPointer { output -> Int? in
                unsafe stream.pointee.next_in = input.baseAddress
                unsafe stream.pointee.avail_in = UInt32(input.count)
                unsafe stream.pointee.next_out = output.baseAddress
                unsafe stream.pointee.avail_out = UInt32(output.count)
                var code = unsafe CZlib.inflate(stream, Z_SYNC_FLUSH)
                if code == Z_NEED_DICT {
                    let words = spdyDictionary
                    guard unsafe inflateSetDictionary(stream, words, UInt32(words.count)) == Z_OK else { return nil }
                    code = unsafe CZlib.inflate(stream, Z_SYNC_FLUSH)
                }
                // With nothing to read there is nothing to do; what is left over did not fit.
                guard code == Z_OK || code == Z_BUF_ERROR, unsafe stream.pointee.avail_in == 0 else { return nil }
                return unsafe output.count - Int(stream.pointee.avail_out)
            }
        }
        guard let count, count < Self.limit else { throw SPDYError("headers cannot be decompressed") }
        return Array(output.prefix(count))
    }
}

/// Compresses headers, as the other side undoes it.
@safe struct HeaderDeflater: ~Copyable {
    private let stream: UnsafeMutablePointer<z_stream>

    init() throws(SPDYError) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let words = spdyDictionary
        // Little memory: what is said here is short. Source: zconf.h: 2^(bits+2) + 2^(level+9) bytes.
        guard
            unsafe deflateInit2_(
                stream, 6, Z_DEFLATED, 11, 1, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
                == Z_OK, unsafe deflateSetDictionary(stream, words, UInt32(words.count)) == Z_OK
        else { throw SPDYError("zlib does not start") }
    }

    deinit {
        unsafe deflateEnd(stream)
        unsafe stream.deallocate()
    }

    mutating func deflate(_ block: [UInt8]) throws(SPDYError) -> [UInt8] {
        var (input, output) = (block, [UInt8](repeating: 0, count: block.count + 256))
        let stream = unsafe stream
        let count = unsafe input.withUnsafeMutableBufferPointer { input in
            unsafe output.withUnsafeMutableBufferPointer { output -> Int? in
                unsafe stream.pointee.next_in = input.baseAddress
                unsafe stream.pointee.avail_in = UInt32(input.count)
                unsafe stream.pointee.next_out = output.baseAddress
                unsafe stream.pointee.avail_out = UInt32(output.count)
                guard unsafe CZlib.deflate(stream, Z_SYNC_FLUSH) == Z_OK, unsafe stream.pointee.avail_in == 0 else {
                    return nil
                }
                return unsafe output.count - Int(stream.pointee.avail_out)
            }
        }
        guard let count else { throw SPDYError("headers cannot be compressed") }
        return Array(output.prefix(count))
    }
}

/// What both sides know before the first header. Source: draft-mbelshe-httpbis-spdy-00, 2.6.10.1.
let spdyDictionary: [UInt8] = {
    let words = [
        "options", "head", "post", "put", "delete", "trace", "accept", "accept-charset", "accept-encoding",
        "accept-language", "accept-ranges", "age", "allow", "authorization", "cache-control", "connection",
        "content-base", "content-encoding", "content-language", "content-length", "content-location", "content-md5",
        "content-range", "content-type", "date", "etag", "expect", "expires", "from", "host", "if-match",
        "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "last-modified", "location",
        "max-forwards", "pragma", "proxy-authenticate", "proxy-authorization", "range", "referer", "retry-after",
        "server", "te", "trailer", "transfer-encoding", "upgrade", "user-agent", "vary", "via", "warning",
        "www-authenticate", "method", "get", "status", "200 OK", "version", "HTTP/1.1", "url", "public", "set-cookie",
        "keep-alive", "origin",
    ]
    let rest =
        "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505"
        + "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized"
        + "403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable"
        + "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT"
        + "chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,"
        + "text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0."
    return words.flatMap { SPDYFrame.bytes(UInt32($0.utf8.count)) + $0.utf8 } + rest.utf8
}()
