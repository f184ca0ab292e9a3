import Cgroups
import Testing

/// An access to a device, as the kernel asks the program.
private struct Question: Sendable {
    var kind: UInt32
    var major: UInt32
    var minor: UInt32
    var access: DeviceRule.Access
}

/// Runs a program as the kernel would.
private func run(_ program: DeviceProgram, _ question: Question) -> UInt64? {
    typealias Code = DeviceProgram.Code
    let context = [question.access.rawValue << 16 | question.kind, question.major, question.minor]
    var registers = [UInt64](repeating: 0, count: 11)
    var index = 0
    for _ in 0..<10_000 {
        guard program.instructions.indices.contains(index) else { return nil }
        let instruction = program.instructions[index]
        let to = Int(instruction.destination)
        let immediate = UInt32(bitPattern: instruction.immediate)
        index += 1
        switch instruction.code {
        case Code.loadWord: registers[to] = UInt64(context[Int(instruction.offset) / 4])
        case Code.and32: registers[to] = UInt64(UInt32(truncatingIfNeeded: registers[to]) & immediate)
        case Code.shiftRight32: registers[to] = UInt64(UInt32(truncatingIfNeeded: registers[to]) >> immediate)
        case Code.move64: registers[to] = UInt64(bitPattern: Int64(instruction.immediate))
        case Code.jumpAlways: index += Int(instruction.offset)
        case Code.jumpIfNotEqual32:
            if UInt32(truncatingIfNeeded: registers[to]) != immediate { index += Int(instruction.offset) }
        case Code.jumpIfAnySet32:
            if UInt32(truncatingIfNeeded: registers[to]) & immediate != 0 { index += Int(instruction.offset) }
        case Code.exit: return registers[0]
        default: return nil
        }
    }
    return nil
}

/// What the rules say, straight from their meaning: the last that matches decides, access by access.
private func allows(_ rules: [DeviceRule], _ question: Question) -> Bool {
    [DeviceRule.Access.makeNode, .read, .write].filter { question.access.contains($0) }.allSatisfy { access in
        rules.last { rule in
            (rule.kind == .all || (rule.kind == .block) == (question.kind == 1))
                && (rule.major ?? question.major) == question.major
                && (rule.minor ?? question.minor) == question.minor && rule.access.contains(access)
        }?.allow ?? false
    }
}

@Suite struct `A device program` {
    @Test(arguments: [
        (Question(kind: 2, major: 1, minor: 3, access: [.read, .write]), true),  // null
        (Question(kind: 2, major: 1, minor: 11, access: .read), false),  // kmsg
        (Question(kind: 2, major: 1, minor: 11, access: .makeNode), true),
        (Question(kind: 2, major: 1, minor: 1, access: .read), false),  // mem
        (Question(kind: 2, major: 136, minor: 7, access: [.read, .write]), true),  // pts/7
        (Question(kind: 1, major: 8, minor: 0, access: .read), false),  // sda
        (Question(kind: 1, major: 8, minor: 0, access: .makeNode), true),
        (Question(kind: 1, major: 8, minor: 0, access: [.makeNode, .read]), false),
        (Question(kind: 1, major: 1, minor: 3, access: .read), false),  // a block device with the numbers of null
    ])
    private func `gives a container its default devices and no others`(question: Question, allowed: Bool) {
        #expect(run(DeviceProgram(DeviceRule.containerDefaults), question) == (allowed ? 1 : 0))
    }

    @Test func `adds up rules that allow one access each`() {
        let rules = [
            DeviceRule(allow: true, kind: .character, major: 9, minor: 9, access: .read),
            DeviceRule(allow: true, kind: .character, major: 9, minor: 9, access: .write),
        ]
        let question = Question(kind: 2, major: 9, minor: 9, access: [.read, .write])
        #expect(run(DeviceProgram(rules), question) == 1)
    }

    @Test func `forgets what stands before a rule for everything`() {
        let before = [DeviceRule(allow: true, kind: .character, major: 9)]
        #expect(DeviceProgram(before + [DeviceRule(allow: false)]) == DeviceProgram([]))
        #expect(DeviceProgram(before + DeviceRule.everything) == DeviceProgram(DeviceRule.everything))
    }

    @Test(arguments: [
        ([], "-a*:*rwm"),
        ([DeviceRule(allow: true, kind: .character, major: 1), DeviceRule(allow: false)], "-a*:*rwm"),
        // What repeats the verdict is left out.
        ([DeviceRule(allow: false, kind: .block)], "-a*:*rwm"),
        ([DeviceRule(allow: true), DeviceRule(allow: true, kind: .block, major: 8)], "+a*:*rwm"),
        // A later rule hides an earlier one, wholly or some of its accesses; both together make one.
        (
            [
                DeviceRule(allow: true, kind: .block, major: 8, access: .read),
                DeviceRule(allow: true, kind: .block, major: 8, access: .write),
            ], "-a*:*rwm +b8:*rw"
        ),
        (
            [DeviceRule(allow: false, kind: .block, major: 8, minor: 1), DeviceRule(allow: true, kind: .block)],
            "-a*:*rwm +b*:*rwm"
        ),
        // A hole in a wildcard, which cgroup v1 could not have.
        (
            [
                DeviceRule(allow: true, kind: .block),
                DeviceRule(allow: false, kind: .block, major: 8, minor: 1, access: .write),
            ],
            "-a*:*rwm +b*:*rwm -b8:1w"
        ),
    ])
    func `is made of rules in their shortest form`(rules: [DeviceRule], text: String) {
        let words = DeviceRule.normalised(rules).map { rule in
            let kind =
                switch rule.kind {
                case .all: "a"
                case .block: "b"
                case .character: "c"
                }
            let letters = [("r", DeviceRule.Access.read), ("w", .write), ("m", .makeNode)]
                .filter { rule.access.contains($0.1) }.map(\.0).joined()
            let numbers = [rule.major, rule.minor].map { $0.map { "\($0)" } ?? "*" }.joined(separator: ":")
            return (rule.allow ? "+" : "-") + kind + numbers + letters
        }
        #expect(words.joined(separator: " ") == text)
    }

    @Test(arguments: 0..<200)
    func `says what the rules say, whatever they are`(seed: UInt64) {
        var random = Generator(state: seed &* 0x9e37_79b9_7f4a_7c15 | 1)
        let rules = (0..<Int.random(in: 0...8, using: &random)).map { _ in
            DeviceRule(
                allow: .random(using: &random), kind: [.all, .block, .character].randomElement(using: &random) ?? .all,
                major: [nil, 1, 2].randomElement(using: &random) ?? nil,
                minor: [nil, 1, .max].randomElement(using: &random) ?? nil,
                access: DeviceRule.Access(rawValue: .random(in: 1...7, using: &random)))
        }
        let program = DeviceProgram(rules)
        for kind in [UInt32(1), 2] {
            for major in [UInt32(1), 2, 3] {
                for minor in [UInt32(1), .max] {
                    for access in UInt32(1)...7 {
                        let question = Question(
                            kind: kind, major: major, minor: minor, access: .init(rawValue: access))
                        #expect(run(program, question) == (allows(rules, question) ? 1 : 0), "\(rules) \(question)")
                    }
                }
            }
        }
    }

    @Test func `is eight bytes an instruction, the lowest byte of a number first`() {
        let bytes = DeviceProgram([DeviceRule(allow: true, kind: .character, major: 0x0102)]).bytes
        #expect(bytes.count % 8 == 0)
        #expect(Array(bytes[..<8]) == [0x61, 0x12, 0, 0, 0, 0, 0, 0])
        #expect(Array(bytes[56..<64]) == [0x56, 0x04, 2, 0, 0x02, 0x01, 0, 0])
    }
}

/// xorshift64: the same rules in every run.
private struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
