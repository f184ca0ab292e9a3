import JSONText
import Testing

@testable import CNI

@Suite struct `A JSON value` {
    @Test(arguments: [
        ("null", "null"), (" [ 1 , 2.50 , -0 , 1E+400 ] ", "[1,2.50,-0,1E+400]"),
        (#"{"b":1,"a":{"z":true,"y":false}}"#, #"{"b":1,"a":{"z":true,"y":false}}"#),
        (#"{"a":1,"b":2,"a":3}"#, #"{"a":3,"b":2}"#), (#""\u00e9\n\/\ud83d\ude00\ud83d""#, "\"é\\n/😀\u{FFFD}\""),
        ("\"\\u0001\"", #""\u0001""#), ("18446744073709551616", "18446744073709551616"), ("{}", "{}"), ("[]", "[]"),
    ])
    func `keeps order and digits`(text: String, encoded: String) throws {
        #expect(String(decoding: try JSON(parsing: text).encoded, as: UTF8.self) == encoded)
    }

    @Test(arguments: [
        "", " ", "nul", "tru", "01", "1.", ".5", "+1", "1e", "-", "[1,]", "[1", "[1 2]", "{", "{\"a\"}", "{\"a\":}",
        "{a:1}", "{\"a\":1,}", "\"", "\"\\x\"", "\"\\u12g4\"", "\"\\u12\"", "\"\n\"", "1 2", "NaN", "'a'",
        "\"\\u+123\"", String(repeating: "[", count: 100_000),
    ])
    func `refuses what is not one`(text: String) {
        #expect(throws: JSON.ParseError.self) { try JSON(parsing: text) }
    }

    @Test func `survives random bytes`() {
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array(#"{}[]",:\u0123456789eE+-.truefalsn "#.utf8) + [0, 0x80, 0xFF]
        for _ in 0..<5000 {
            let bytes = (0..<Int.random(in: 0..<40, using: &generator)).map { _ in
                alphabet.randomElement(using: &generator) ?? 0
            }
            if let value = try? JSON(parsing: bytes) { #expect((try? JSON(parsing: value.encoded)) == value) }
        }
    }

    @Test func `does not mind the order of members`() throws {
        #expect(try JSON(parsing: #"{"a":1,"b":2}"#) == JSON(parsing: #"{"b":2,"a":1}"#))
        #expect(try JSON(parsing: #"{"a":1}"#) != JSON(parsing: #"{"a":1,"b":2}"#))
    }
}

@Suite struct `Base64 text` {
    @Test(arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")])
    func `goes there and back`(text: String, encoded: String) {
        #expect(Base64.encode(Array(text.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(text.utf8))
    }

    @Test(arguments: ["Z", "Zg=", "Zg==Zg==", "Z===", "====", "Zm9*"])
    func `refuses what is none`(text: String) { #expect(Base64.decode(text) == nil) }
}
