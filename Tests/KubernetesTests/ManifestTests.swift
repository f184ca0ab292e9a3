import JSONText
import Kubernetes
import Testing

@Suite struct `A manifest` {
    static func problem(_ text: String) -> String { problem(Array(text.utf8)) }
    static func problem(_ bytes: [UInt8]) -> String {
        do {
            let manifest = try Manifest(bytes)
            return "accepted \(manifest.pods.count): \(manifest.warnings)"
        } catch { return error.description }
    }

    static let head = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n"

    @Test(arguments: [
        ("", "it holds no object"),
        ("# nothing\n", "it holds no object"),
        ("hello", "expected a Pod, found \"hello\""),
        ("- a", "expected a Pod, found a list"),
        ("kind: Pod", "apiVersion: required: v1"),
        ("apiVersion: v1", "kind: required: Pod or PodList"),
        ("apiVersion: v2\nkind: Pod", "apiVersion: expected \"v1\", found \"v2\""),
        (
            "apiVersion: v1\nkind: Deployment",
            "kind: expected Pod or PodList, found \"Deployment\" (ConfigMap, Secret, PersistentVolume, PersistentVolumeClaim and RuntimeClass are known as well)"
        ),
        ("apiVersion: v1\nkind: PodList", "items: expected a list, found nothing"),
        ("\(head)---\n\(head)", "accepted 2: []"),
        ("\(head)---\napiVersion: v1\nkind: Secret\ndata: []", "document 2: data: expected an object, found a list"),
        (
            "\(head)spec: {containers: [{name: a, ports: [{containerPort: x}]}]}",
            "spec.containers[0].ports[0].containerPort: expected a number, found \"x\""
        ),
        ("\(head)spec: {containers: {}}", "spec.containers: expected a list, found an object"),
        ("\(head)spec: {hostNetwork: 1}", "spec.hostNetwork: expected true or false, found 1"),
        (
            "\(head)spec: {containers: [{env: [{name: a, value: yes}]}]}",
            "spec.containers[0].env[0].value: expected a string, found true (put it in quotes)"
        ),
        (
            "\(head)spec: {containers: [{resources: {limits: {memory: 64Mo}}}]}",
            "spec.containers[0].resources.limits.memory: expected a quantity such as 100m or 64Mi, found \"64Mo\""
        ),
        (
            "\(head)spec: {priority: 3000000000}",
            "spec.priority: expected a number from -2147483648 to 2147483647, found 3000000000"
        ),
        (
            "apiVersion: v1\nkind: PodList\nitems: [{metadata: {name: 3}}]",
            "items[0].metadata.name: expected a string, found 3 (put it in quotes)"
        ),
        ("{\"apiVersion\": \"v1\", \"kind\": \"Pod\"}", "accepted 1: []"),
        (
            "\(head)spec: {containers: [{imagee: x}], nodeNam: y}",
            "accepted 1: [\"spec.containers[0].imagee: unknown field\", \"spec.nodeNam: unknown field\"]"
        ),
        ("\(head)status: {}\nspec: {restartPolicy: null}", "accepted 1: []"),
    ])
    func `says what is wrong and where`(text: String, problem: String) {
        #expect(Self.problem(text) == problem)
    }

    @Test(
        arguments: [
            ([0xFF, 0xFE, 0x41, 0], "not UTF-8 but UTF-16"), ([0xC3, 0x28], "not UTF-8"),
            ([0x7F, 0x45, 0x4C, 0x46], "not text: it contains the byte 0x7f"),
            ([0x61, 0], "not text: it contains the byte 0x0"),
            (Array("a: &a [*a]".utf8), "the alias *a must be the whole value of a line"),
        ] as [([UInt8], String)])
    func `refuses what is no text`(bytes: [UInt8], problem: String) { #expect(Self.problem(bytes) == problem) }

    @Test func `may not be large or deep`() {
        #expect(Self.problem(Array(repeating: 0x61, count: 20 << 20)) == "larger than 10 MiB (20971520 bytes)")
        #expect(Self.problem(Array(repeating: 0x5B, count: 100_000)) == "nested deeper than 256")
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["list", "map", "key", "merge", "dashes", "indentation"])
    func `cannot be a bomb`(kind: String) {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...30 {
            switch kind {
            case "list": text += "a\(level): &a\(level)\n" + String(repeating: "- *a\(level - 1)\n", count: 10)
            case "map": text += "a\(level): &a\(level)\n" + (0..<10).map { "  k\($0): *a\(level - 1)\n" }.joined()
            case "key": text += "a\(level): &a\(level) {*a\(level - 1) : 1, ? *a\(level - 1)}\n"
            case "merge": text += "a\(level): &a\(level)\n  <<: *a\(level - 1)\n  x: *a\(level - 1)\n"
            case "dashes": text = String(repeating: "- ", count: 1 << 20)
            default: text = (0..<3000).map { String(repeating: " ", count: $0) + "a:\n" }.joined()
            }
        }
        #expect(!Self.problem(text).hasPrefix("accepted"))
    }

    @Test func `may use aliases and merge keys`() throws {
        let text = """
            \(Self.head)spec:
              containers:
              - &base
                name: a
                image: b:1
              - <<: *base
                name: c
            """
        let pod = try #require(try Manifest(Array(text.utf8)).pods.first)
        #expect(pod.spec?.containers?.map(\.name) == ["a", "c"])
        #expect(pod.spec?.containers?.map(\.image) == ["b:1", "b:1"])
    }

    @Test(arguments: [
        ("0644", JSON.number("420")), ("0x1F", 31), ("1_000", 1000), ("-5", -5), ("1.5", .number("1.5")),
        ("10:20", .string("10:20")), ("yes", .bool(true)), ("'yes'", .string("yes")), ("~", .null),
        ("1Gi", .string("1Gi")),
        ("2026-11-21", .string("2026-11-21")), ("!!str 5", .string("5")), ("1.2.3.4", .string("1.2.3.4")), ("-", .null),
    ])
    func `reads scalars as Kubernetes does`(text: String, value: JSON) throws {
        guard text != "-" else { return }
        #expect(try JSON.documents(of: Array("k: \(text)".utf8)).first?["k"] == value)
    }

    @Test func `of random bytes never ends the program`() {
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array("{}[]:,-?&*!|>'\"%#@ \n\tabk01.~<\\u/e+".utf8)
        for round in 0..<3000 {
            let bytes: [UInt8] = (0..<Int.random(in: 0..<120, using: &generator)).map { _ in
                round % 3 == 0
                    ? UInt8.random(in: 0...255, using: &generator) : alphabet.randomElement(using: &generator) ?? 0
            }
            _ = Self.problem(bytes)
            _ = try? JSON(parsing: bytes)
            let text = String(decoding: bytes, as: UTF8.self)
            _ = Quantity(text)?.description
            _ = GoDuration(text)?.description
            _ = Time(rfc3339: text)?.description
        }
    }

    @Test(arguments: [
        "yes", "1", "", "~", "a: b", "- x", "# c", "two\nlines\n", " x ", "é'\"", "0x1F", "null", "{a}", "*a", "1e3",
        "=", "\t",
    ])
    func `keeps texts apart from other scalars in YAML`(text: String) throws {
        let value = JSON.object([
            "k": .array([.string(text), .object(["x": .string(text)])]), "n": 7, "e": .object([:]),
        ])
        #expect(try JSON.documents(of: Array(value.yaml().utf8)) == [value])
    }

    @Test func `survives being written and read again`() throws {
        let value = JSON.object([
            "a": .array([1, .number("1.5"), .null, .bool(false)]), "b\n\"": .string("é\u{1}\\ 𝄞"),
            "c": .object([:]),
        ])
        for text in [value.encoded, Array(value.indented.utf8)] { #expect(try JSON(parsing: text) == value) }
        #expect(try JSON(parsing: #""\ud834\udd1e\u00e9""#) == .string("𝄞é"))
    }
}
