import Testing

@testable import Linux

@Suite struct `Memory of this process` {
    @Test(arguments: [
        (
            "5568d0ab0000-5568d234f000 r-xp 00000000 fe:00 16303147                   /usr/libexec/swiftlet/swiftlet",
            true
        ),
        (
            "5568d234f000-5568d2405000 r--p 0189e000 fe:00 16303147                   /usr/libexec/swiftlet/swiftlet",
            false
        ),
        ("7fa03c000000-7fa03c2f7000 rw-p 00000000 00:00 0 ", false),
        ("7ffd5b1f2000-7ffd5b1f4000 r-xp 00000000 00:00 0                          [vdso]", false),
        ("ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]", false),
        ("7fa03c2f7000-7fa03c000000 r-xp 00000000 fe:00 7                          /lib/x", false),
        ("", false),
    ])
    func `is code where it is a file's and cannot have been written`(line: String, isCode: Bool) {
        #expect((codeRange(line[...]) != nil) == isCode)
    }

    @Test func `is given back, and what runs goes on`() throws {
        let range = try #require(codeRange("10-30 r-xp 00000000 fe:00 7 /lib/x"))
        #expect(range == 0x10..<0x30)
        try trimOwnMemory()
        #expect(codeRange("10-30 r-xp 00000000 fe:00 7 /lib/x") == range)
    }
}
