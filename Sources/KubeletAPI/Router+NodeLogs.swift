import Kubernetes
import Linux
import NIOHTTP1
import SystemPackage

extension Router {
    /// The directory of logs, or what a query asks of them.
    func nodeLogs(_ request: Request) async throws -> Answer {
        guard settings.hasSystemLogHandler else { return .error(.methodNotAllowed, "logs endpoint is disabled.") }
        try request.require(.GET, .HEAD)
        if settings.hasSystemLogQuery, let query = try NodeLogQuery(request.query) {
            let problems = query.problems
            guard problems.isEmpty else { throw Refusal(.notAcceptable, problems.joined(separator: ", ") + "\n") }
            if let file = query.files.first {
                return try show(file.split(separator: "/").map(String.init), request)
                    ?? .error(.notFound, "404 page not found")
            }
            return try await journal(query, request)
        }
        return try show(Array(request.path.dropFirst()), request) ?? .error(.notFound, "404 page not found")
    }

    /// `nil`: there is nothing that is shown.
    private func show(_ components: [String], _ request: Request) throws -> Answer? {
        switch try LogDirectory(root: control.logDirectory).find(components) {
        case nil: return nil
        case .directory(let names, let status):
            // The links in it are relative.
            guard request.rawPath.hasSuffix("/") else {
                var answer = Answer.text("", .movedPermanently)
                let name = request.rawPath.split(separator: "/").last.map(String.init) ?? "logs"
                let query = request.rawQuery.map { "?\($0)" } ?? ""
                answer.headers.add(name: "Location", value: "\(name)/\(query)")
                return answer
            }
            return Self.listing(names, request, modified: Time(seconds: status.modified.seconds))
        case .file(let file, let status): return Self.content(of: file.release(), status, request)
        }
    }

    /// Source: Go's `net/http`, `dirList`.
    static func listing(_ names: [String], _ request: Request, modified: Time) -> Answer {
        let since = request.headers.first(name: "If-Modified-Since").flatMap(Time.init(http:))
        if request.headers.first(name: "If-None-Match") == nil, let since, modified <= since {
            return unchanged(modified)
        }
        let lines = names.map { name in
            "<a href=\"\(name.hasPrefix("/") ? "" : percentEncoded(name))\">\(escaped(name))</a>\n"
        }
        let page =
            "<!doctype html>\n<meta name=\"viewport\" content=\"width=device-width\">\n<pre>\n\(lines.joined())</pre>\n"
        var answer = Answer(.ok, type: "text/html; charset=utf-8", .bytes(Array(page.utf8)))
        answer.headers.add(name: "Last-Modified", value: modified.http)
        return answer
    }

    private static func unchanged(_ modified: Time) -> Answer {
        var answer = Answer(.notModified, type: Answer.plain, .bytes([]))
        answer.headers = ["Last-Modified": modified.http]
        return answer
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&#34;").replacing("'", with: "&#39;")
    }

    /// As much as the file held when it was opened, or the part of it that is asked for.
    private static func content(of file: FileDescriptor, _ status: FileStatus, _ request: Request) -> Answer {
        let (source, size) = (SharedFile(file), Int64(status.size))
        let modified = Time(seconds: status.modified.seconds)
        var answer: Answer
        switch FilePart(request.headers, size: size, modified: modified) {
        case .whole: answer = part(0..<size, of: source, .ok)
        case .part(let range):
            answer = part(range, of: source, .partialContent)
            answer.headers.add(
                name: "Content-Range", value: "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)")
        case .unchanged: return unchanged(modified)
        case .otherwise: answer = Answer(.preconditionFailed, type: Answer.plain, .bytes([]))
        case .nothing(let why):
            answer = .error(.rangeNotSatisfiable, why)
            if why != "invalid range" { answer.headers.add(name: "Content-Range", value: "bytes */\(size)") }
            return answer
        }
        answer.headers.add(name: "Last-Modified", value: modified.http)
        return answer
    }

    private static func part(_ range: Range<Int64>, of source: SharedFile, _ status: HTTPResponseStatus) -> Answer {
        var answer = Answer(
            status, type: Answer.plain,
            .stream(isOpen: false, count: range.upperBound - range.lowerBound) { body in
                var offset = range.lowerBound
                while offset < range.upperBound {
                    let bytes = try source.read(at: offset, Int(min(256 << 10, range.upperBound - offset)))
                    // What was announced is not there any more: the client shall not take what it has for all.
                    if bytes.isEmpty { throw Refusal(.internalServerError, "the file was cut off while it was sent") }
                    offset += Int64(bytes.count)
                    try await body.write(bytes)
                }
            })
        answer.headers.add(name: "X-Content-Type-Options", value: "nosniff")
        answer.headers.add(name: "Accept-Ranges", value: "bytes")
        return answer
    }

    private func journal(_ query: NodeLogQuery, _ request: Request) async throws -> Answer {
        let command = Command(
            executable: "/usr/bin/env", arguments: ["env", "journalctl"] + query.journalArguments,
            environment: try inheritableEnvironment(), timeout: .seconds(30), outputLimit: 16 << 20)
        let result = try await command.run()
        var text = query.inOrder(result.output)
        let isEmpty =
            result.output.isEmpty || String(decoding: text.prefix(64), as: UTF8.self).contains("-- No entries --")
        if isEmpty || result.end != .exited(0) {
            // A service that does not write to the journal has a file of its own name.
            for service in query.services {
                for place in [["\(service).log"], [service, "\(service).log"]] {
                    guard case .file(let file, let status)? = try LogDirectory(root: control.logDirectory).find(place)
                    else { continue }
                    return Self.content(of: file.release(), status, request)
                }
            }
        }
        switch result.end {
        case .exited(0): break
        // Nothing fits the pattern, which is no failure.
        case .exited(1) where result.errors.isEmpty: break
        case .timedOut: text += Array("\njournalctl took longer than 30s\n".utf8)
        case .outputTooLong: text += Array("\nmore than 16 MiB: ask for less\n".utf8)
        default: text += Array("\njournalctl failed: \(String(decoding: result.errors, as: UTF8.self))\n".utf8)
        }
        return Answer(.ok, type: Answer.plain, .bytes(text))
    }
}

/// A file that is closed with its last reference.
private final class SharedFile: Sendable {
    private let file: FileDescriptor
    init(_ file: FileDescriptor) { self.file = file }
    deinit { try? file.close() }

    func read(at offset: Int64, _ count: Int) throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: count)
        let got = try unsafe buffer.withUnsafeMutableBytes {
            try unsafe file.read(fromAbsoluteOffset: offset, into: $0)
        }
        return Array(buffer.prefix(got))
    }
}

/// A name as it stands in a relative link.
func percentEncoded(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
        let isPlain =
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
            || "-_.~/$&+,=@".utf8.contains(byte)
        bytes += isPlain ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
    return String(decoding: bytes, as: UTF8.self)
}
