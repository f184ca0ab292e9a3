import Foundation
import Linux
import Pods
import SystemPackage
import Testing

@testable import Machine
@testable import Shim

@Suite struct `The version of what shims are asked to start` {
    /// The digest of the codec's text, without comments and blanks, at each version.
    private static let digests: [UInt32: String] = [1: "7148ad8737332f40"]

    @Test func `goes up with the codec`() throws {
        let sources = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources")
        var digest: UInt64 = 0xcbf2_9ce4_8422_2325
        for file in [
            "Linux/InitProgram+Codec.swift", "Linux/InitProgram+Surroundings+Codec.swift",
            "Shim/ShimMessage+Codec.swift",
        ] {
            let text = try String(contentsOf: sources.appending(path: file), encoding: .utf8)
            let lines = text.split(separator: "\n").filter { !$0.drop { $0 == " " }.hasPrefix("//") }
            for byte in lines.joined().utf8 where byte != UInt8(ascii: " ") {
                digest = (digest ^ UInt64(byte)) &* 0x100_0000_01b3
            }
        }
        let version = ShimRequest.startVersion
        #expect(
            Self.digests[version] == String(digest, radix: 16),
            "the codec of starts has changed: raise ShimRequest.startVersion, and write its digest down here")
    }

    @Test func `is asked of every start, and of nothing else`() throws {
        let request = StartRequest(id: "a", program: InitProgram(steps: []))
        var bytes = ShimRequest.start(request).encoded()
        #expect(try ShimRequest(decoding: bytes) == .start(request))
        bytes[1] += 1
        #expect(throws: ByteError.otherVersion) { try ShimRequest(decoding: bytes) }
        // What an agent of any version asks of what runs already: these numbers never change.
        for (asked, bytes) in [
            (.list, [2]), (.open(id: "a"), [3, 1, 0, 0, 0, 97]), (.wait(id: "a"), [4, 1, 0, 0, 0, 97]),
            (.remove(id: "a"), [5, 1, 0, 0, 0, 97]), (.shutdown, [6]),
            (.signal(id: "a", number: 9, all: true), [1, 1, 0, 0, 0, 97, 9, 0, 0, 0, 1]),
        ] as [(ShimRequest, [UInt8])] { #expect(asked.encoded() == bytes) }
    }

    @Test(arguments: [
        ("request: message is of another version", true), ("request: message has an invalid request", true),
        ("request: message ends too early", false), ("mount proc: fsmount: Operation not permitted", false),
    ])
    func `is what a shim of another one refuses`(failure: String, isOther: Bool) {
        let error = ShimError(failure: failure, errno: 22)
        #expect(error == (isOther ? .otherVersion : .refused(message: failure, errno: .invalidArgument)))
    }

    @Test func `is not that of a record which names none`() throws {
        let text =
            #"{"version":1,"id":"s","attempt":0,"createdAt":0,"shim":{"pid":1,"startTime":1},"#
            + #""pause":{"pid":1,"startTime":1},"addresses":[],"usesHostNetwork":true"#
        func record(_ rest: String) throws -> SandboxRecord {
            try JSONDecoder().decode(SandboxRecord.self, from: Data("\(text)\(rest)}".utf8))
        }
        #expect(try !record("").takesStarts)
        #expect(try record(",\"startVersion\":\(ShimRequest.startVersion)").takesStarts)
        #expect(try !record(",\"startVersion\":\(ShimRequest.startVersion + 1)").takesStarts)
    }
}
