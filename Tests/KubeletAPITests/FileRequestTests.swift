import Foundation
import Kubernetes
import Linux
import NIOHTTP1
import SystemPackage
import Testing

@testable import KubeletAPI

@Suite struct `A request for a file` {
    private let modified = "Sun, 06 Nov 1994 08:49:37 GMT"
    private let before = "Sun, 06 Nov 1994 08:49:36 GMT"
    private let after = "Mon, 07 Nov 1994 00:00:00 GMT"

    private func part(_ headers: HTTPHeaders, size: Int64 = 10) throws -> FilePart {
        FilePart(headers, size: size, modified: try #require(Time(http: modified)))
    }

    @Test(arguments: [
        ("bytes=0-3", FilePart.part(0..<4)), ("bytes=4-", .part(4..<10)), ("bytes=-3", .part(7..<10)),
        ("bytes=9-9", .part(9..<10)), ("bytes=5-99", .part(5..<10)), ("bytes=-99", .part(0..<10)),
        ("bytes= 1 - 2 ,", .part(1..<3)), ("bytes=0-0,20-", .part(0..<1)), ("bytes=-0", .part(10..<10)),
        ("bytes=0-1,3-4", .whole), ("bytes=", .whole), ("bytes=,", .whole),
        ("bytes=10-", .nothing("invalid range: failed to overlap")),
        ("bytes=20-30,40-", .nothing("invalid range: failed to overlap")),
        ("lines=0-3", .nothing("invalid range")), ("bytes=3-2", .nothing("invalid range")),
        ("bytes=x-2", .nothing("invalid range")), ("bytes=3", .nothing("invalid range")),
        ("bytes=-", .nothing("invalid range")), ("bytes=--3", .nothing("invalid range")),
        ("bytes=0-99999999999999999999", .nothing("invalid range")), ("bytes=+1-2", .nothing("invalid range")),
    ])
    func `asks for a part of it by its range`(range: String, expected: FilePart) throws {
        #expect(try part(["Range": range]) == expected)
    }

    @Test func `asks for all of one that is empty, whatever its range`() throws {
        #expect(try part(["Range": "bytes=0-"], size: 0) == .whole)
        #expect(try part(["Range": "bytes=-5"], size: 0) == .part(0..<0))
    }

    @Test func `is held to its conditions`() throws {
        let rows: [(HTTPHeaders, FilePart)] = [
            (["If-Modified-Since": modified], .unchanged), (["If-Modified-Since": after], .unchanged),
            (["If-Modified-Since": before], .whole), (["If-Modified-Since": "yesterday"], .whole),
            (["If-Modified-Since": modified, "Range": "bytes=0-3"], .unchanged),
            (["If-None-Match": "*"], .unchanged), (["If-None-Match": "\"x\"", "If-Modified-Since": modified], .whole),
            (["If-Match": "\"x\""], .otherwise), (["If-Match": "*"], .whole),
            (["If-Unmodified-Since": before], .otherwise), (["If-Unmodified-Since": modified], .whole),
            (["If-Range": modified, "Range": "bytes=0-3"], .part(0..<4)),
            (["If-Range": before, "Range": "bytes=0-3"], .whole),
            (["If-Range": "\"x\"", "Range": "bytes=0-3"], .whole),
        ]
        for (headers, expected) in rows { #expect(try part(headers) == expected, "\(headers)") }
    }

    @Test(arguments: [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (1_795_319_551, "Sun, 22 Nov 2026 03:52:31 GMT"), (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
    ])
    func `has its times as HTTP writes them`(seconds: Int64, text: String) {
        #expect(Time(seconds: seconds).http == text)
        #expect(Time(http: text) == Time(seconds: seconds))
        #expect(Time(http: text.replacing("GMT", with: "UTC")) == nil)
    }

    @Test func `of the logs is answered with what it asks for`() async throws {
        let authority = try Authority("ca")
        try await APIFixture.run(authority: authority) { settings, control, _ in
            settings.authorization = .alwaysAllow
            try makeDirectories(control.logDirectory)
            try replaceFile(at: control.logDirectory.appending("a.log"), with: "0123456789".utf8)
        } _: { api in
            let admin = try authority.client("admin", groups: [])
            func ask(_ headers: [String: String], _ path: String = "/logs/a.log", method: String = "GET") async throws
                -> Answered
            {
                try await api.ask(path, method: method, certificate: admin, headers: headers)
            }
            let all = try await ask([:])
            #expect(all.status == 200 && all.text == "0123456789" && all.headers["content-length"] == "10")
            let modified = try #require(all.headers["last-modified"])
            let part = try await ask(["Range": "bytes=2-4", "If-Range": modified])
            #expect(part.status == 206 && part.text == "234")
            #expect(part.headers["content-range"] == "bytes 2-4/10" && part.headers["content-length"] == "3")
            let beyond = try await ask(["Range": "bytes=10-"])
            #expect(beyond.status == 416 && beyond.headers["content-range"] == "bytes */10")
            let unchanged = try await ask(["If-Modified-Since": modified])
            #expect(unchanged.status == 304 && unchanged.text.isEmpty)
            let head = try await ask([:], method: "HEAD")
            #expect(head.status == 200 && head.text.isEmpty && head.headers["content-length"] == "10")
            let listing = try await ask([:], "/logs/")
            let seen = try await ask(["If-Modified-Since": try #require(listing.headers["last-modified"])], "/logs/")
            #expect(listing.status == 200 && seen.status == 304)
        }
    }

    @Test(arguments: [
        (Int64(0), "Thu, 01 Jan 1970 00:00:00 GMT"), (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
        (-86400, "Wed, 31 Dec 1969 00:00:00 GMT"), (-86401, "Tue, 30 Dec 1969 23:59:59 GMT"),
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
    ])
    func `tells when a file was changed`(seconds: Int64, text: String) {
        #expect(Time(seconds: seconds).http == text)
    }

    @Test(arguments: [Int64.min, .max]) func `takes whatever a file claims of its time`(seconds: Int64) {
        #expect(Time(seconds: seconds).http.hasSuffix(" GMT"))
    }

    @Test func `to write a container down is answered as by a runtime that cannot`() async throws {
        let authority = try Authority("ca")
        try await APIFixture.run(authority: authority) { settings, _, _ in
            settings.authorization = .alwaysAllow
        } _: { api in
            let admin = try authority.client("admin", groups: [])
            let rows: [(String, UInt, String)] = [
                (
                    "default/web/app", 500,
                    "checkpointing of default/web/app failed (rpc error: code = Unimplemented desc = method "
                        + "CheckpointContainer not implemented)"
                ),
                ("default/web/none", 404, "container none does not exist"),
                ("default/none/app", 404, "pod does not exist"),
                ("default/web/app?timeout=long", 404, "cannot parse value of timeout parameter"),
            ]
            for (path, status, text) in rows {
                let answer = try await api.ask("/checkpoint/\(path)", method: "POST", certificate: admin)
                #expect(answer.status == status && answer.text == text, "\(answer)")
            }
        }
    }
}
