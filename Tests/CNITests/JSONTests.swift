import JSONText
import Testing

@testable import CNI

@Suite struct `A JSON value` {
    @Test(arguments: [
        ("null", "null"), (" [ 1 , 2.50 , -0 , 1E+400 ] ", "[1,2.50,-0,1E+400]"),
        (#"{"b":1,"a":{"z":true,"y":false}}"#, #"{"b":1,"a":{"z":true,"y":false}}"#),
        (#"{"a":1,"b":2,"a":3}"#, #"{"a":3,"b":2}"#), (#""\u00e9\n\/\ud83d\ude00\ud83d""#, "\"é\\n/😀\u{FFFD}\""),
        ("\"\\u0001\"", #""\u0001""#), ("18446744073709551616", "18446744073709551616"), ("{}", "{}"), ("[]", "[]"),
        ("\"a\u{2028}\u{2029}\u{2027}\"", "\"a\\u2028\\u2029\u{2027}\""), (#""a\tb\\c""#, #""a\tb\\c""#),
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

    @Test func `finds each of many members, and keeps their order`() throws {
        let names = (0..<40).map { "m\($0)" }
        var object = JSON.Object(names.map { ($0, .string($0)) })
        #expect(names.allSatisfy { object[$0] == .string($0) } && object["m40"] == nil)
        object["m3"] = nil
        object["m5"] = 5
        object["m40"] = 40
        #expect(object.members.map(\.name) == names.filter { $0 != "m3" } + ["m40"])
        #expect(object["m3"] == nil && object["m5"] == 5 && object["m39"] == "m39" && object["m40"] == 40)
    }

    @Test func `may be held to name each member once`() throws {
        #expect(throws: JSON.ParseError.self) { try JSON(parsing: Array(#"{"a":1,"a":2}"#.utf8), namesOnce: true) }
        #expect(try JSON(parsing: Array(#"[{"a":1},{"a":2}]"#.utf8), namesOnce: true) == [["a": 1], ["a": 2]])
    }

    @Test(arguments: [
        (#"{"list":["a",3]}"#, "list[1]: expected a string, found 3 (put it in quotes)"),
        (#"{"list":{}}"#, "list: expected a list, found an object"), ("{}", "list: required"),
        (#"{"list":[],"number":1.0}"#, "number: expected a number from -128 to 127, found 1.0"),
        (#"{"list":[],"number":128}"#, "number: expected a number from -128 to 127, found 128"),
        (#"{"list":[],"number":"1"}"#, "number: expected a number, found \"1\""),
    ])
    func `says what in it is not what it should be`(text: String, problem: String) {
        struct Value: Decodable {
            var list: [String]
            var number: Int8?
        }
        let error = #expect(throws: JSON.TypeError.self) { try JSONReader.read(Value.self, from: Array(text.utf8)) }
        #expect(error?.description == problem)
    }

    @Test func `is made of a value with its names in order`() throws {
        struct Value: Encodable {
            var c = [1, 2]
            var b: UInt64? = .max
            var a = ["y": 1.5, "x": .infinity]
            var none: Int?
            var json: JSON = ["z": 1, "a": [["q": .null, "p": true]]]
        }
        #expect(
            String(decoding: try JSONWriter.write(Value()).encoded, as: UTF8.self)
                == #"{"a":{"x":null,"y":1.5},"b":18446744073709551615,"c":[1,2],"json":{"a":[{"p":true,"q":null}],"z":1}}"#
        )
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
