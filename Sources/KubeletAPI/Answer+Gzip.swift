import CZlib
import NIOHTTP1

extension Answer {
    /// Compressed where it is metrics, and the client takes that. Source: Prometheus client_golang, `promhttp`.
    func compressed(for request: Request) -> Answer {
        guard request.path.first == "metrics", case .bytes(let bytes) = body, status == .ok,
            Self.takesGzip(request.headers[canonicalForm: "Accept-Encoding"]), let small = gzip(bytes)
        else { return self }
        var answer = self
        answer.body = .bytes(small)
        answer.headers.add(name: "Content-Encoding", value: "gzip")
        return answer
    }

    /// Source: RFC 9110, §12.5.3; a weight of zero says no.
    static func takesGzip(_ codings: [Substring]) -> Bool {
        codings.contains { coding in
            let parts = coding.split(separator: ";").map { $0.filter { $0 != " " }.lowercased() }
            guard parts.first == "gzip" else { return false }
            return !parts.dropFirst().contains { $0.hasPrefix("q=") && Double($0.dropFirst(2)) ?? 1 == 0 }
        }
    }
}

/// One member of a gzip file; `nil`: zlib fails.
private func gzip(_ bytes: [UInt8]) -> [UInt8]? {
    var stream = unsafe z_stream()
    // Source: zlib.h, `deflateInit2`: 16 more than the window's bits asks for gzip's head and end.
    guard
        unsafe deflateInit2_(
            &stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
            == Z_OK
    else { return nil }
    defer { unsafe deflateEnd(&stream) }
    var input = bytes
    var output = [UInt8](repeating: 0, count: Int(unsafe deflateBound(&stream, UInt(bytes.count))))
    let count = unsafe input.withUnsafeMutableBufferPointer { input in
        unsafe output.withUnsafeMutableBufferPointer { output -> Int? in
            unsafe stream.next_in = input.baseAddress
            unsafe stream.avail_in = UInt32(input.count)
            unsafe stream.next_out = output.baseAddress
            unsafe stream.avail_out = UInt32(output.count)
            guard unsafe deflate(&stream, Z_FINISH) == Z_STREAM_END else { return nil }
            return unsafe output.count - Int(stream.avail_out)
        }
    }
    return count.map { Array(output.prefix($0)) }
}
