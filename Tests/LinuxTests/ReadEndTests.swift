import Linux
import SystemPackage
import Testing

@Suite struct `The end of a file` {
    private let path = FilePath("/tmp/swiftlet-end-\(UInt64.random(in: 0 ... .max))")

    @Test(arguments: [("", ""), ("abc", "abc"), ("abcd", "abcd"), ("abcdef", "cdef")])
    func `is at most so long`(content: String, expected: String) throws {
        try replaceFile(at: path, with: content.utf8)
        defer { try? removeFile(at: path) }
        #expect(try readEnd(of: path, limit: 4) == Array(expected.utf8))
    }

    @Test func `is nothing where there is no file`() throws {
        #expect(try readEnd(of: path, limit: 4).isEmpty)
    }

    @Test func `is not read from devices`() {
        #expect(throws: SyscallError.self) { try readEnd(of: "/dev/zero", limit: 4) }
    }
}
