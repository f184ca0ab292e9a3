import Gzip
import Linux
import Shim
import SystemPackage
import Testing

@testable import Machine

@Suite struct `A log's full parts` {
    private func names(_ directory: FilePath) throws -> [String] { try directoryEntries(directory).sorted() }

    @Test func `are compressed, all but the newest, whatever an interrupted agent left`() async throws {
        try await withScratch { directory in
            let text = (0..<5000).map { "2026-01-01T00:00:01Z stdout F \($0)\n" }.joined()
            for name in ["0.log.20260101-000001", "0.log.20260101-000002", "0.log.20260101-000003"] {
                try replaceFile(at: directory.appending(name), with: text.utf8)
            }
            // One that was compressed and not yet removed, a torn one, another log with a part of its own.
            try compress(
                directory.appending("0.log.20260101-000001"), to: directory.appending("0.log.20260101-000001.gz"),
                mode: 0o640)
            for name in ["0.log.20260101-000002.gz.tmp", "1.log", "1.log.20260101-000009", "other"] {
                try replaceFile(at: directory.appending(name), with: "x".utf8)
            }
            try compressParts(in: directory)
            let expected = [
                "0.log.20260101-000001.gz", "0.log.20260101-000002.gz", "0.log.20260101-000003", "1.log",
                "1.log.20260101-000009", "other",
            ]
            #expect(try names(directory) == expected)
            let path = directory.appending("0.log.20260101-000002.gz")
            let reader = try GzipReader(path)
            var bytes: [UInt8] = []
            while case let piece = try reader.read(), !piece.isEmpty { bytes += piece }
            #expect(String(decoding: bytes, as: UTF8.self) == text)
            let status = try #require(try fileStatus(path))
            #expect(status.permissions == 0o640 && status.size < UInt64(text.utf8.count / 4))
            try compressParts(in: directory)
            #expect(try names(directory) == expected)
        }
    }

    @Test func `of a container that is gone are no error`() throws { try compressParts(in: "/no/such/directory") }
}

@Suite struct `The last words of a container` {
    private let t = "2026-01-01T00:00:01.000000001Z"

    @Test(arguments: [
        ("", ""), ("T stdout F one\nT stderr P tw\nT stderr F o\n", "one\ntwo\n"), ("T stdout P torn", "torn"),
        ("rubbish\nT stdout F x\n", "x\n"),
    ])
    func `are what its log says, without times`(log: String, expected: String) async throws {
        try await withScratch { directory in
            let path = directory.appending("0.log")
            try replaceFile(at: path, with: log.replacingTimes(with: t).utf8)
            #expect(try lastWords(in: path) == expected)
        }
    }

    @Test func `are eighty lines or 2048 bytes, whichever is less`() async throws {
        try await withScratch { directory in
            let path = directory.appending("0.log")
            try replaceFile(at: path, with: (0..<3000).map { "\(t) stdout F \($0)\n" }.joined().utf8)
            #expect(try lastWords(in: path) == (2920..<3000).map { "\($0)\n" }.joined())
            let long = String(repeating: "y", count: 16384)
            try replaceFile(at: path, with: "\(t) stdout P \(long)\n\(t) stdout P \(long)\n\(t) stdout F end\n".utf8)
            #expect(try lastWords(in: path) == String(repeating: "y", count: 2044) + "end\n")
        }
    }
}

extension String {
    fileprivate func replacingTimes(with time: String) -> String {
        split(separator: "T ", omittingEmptySubsequences: false).joined(separator: "\(time) ")
    }
}
