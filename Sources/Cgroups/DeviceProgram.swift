/// The eBPF program that decides a group's accesses to devices: made of rules, as bytes.
///
/// The kernel gives it a pointer to `{ u32 access << 16 | type, u32 major, u32 minor }` and wants 1 to allow.
/// The program goes from the last rule to the first and keeps the accesses that are still undecided: a matching rule
/// that allows takes its own away, a matching rule that denies one of them ends it. So a read-only rule and a
/// write-only rule add up, and no rule has to be rewritten beforehand.
/// Source: `Documentation/bpf/standardization/instruction-set.rst`; uapi/linux/bpf.h, `struct bpf_cgroup_dev_ctx`.
package struct DeviceProgram: Equatable, Sendable {
    /// One instruction: 8 bytes for the kernel.
    package struct Instruction: Equatable, Sendable {
        package var code: UInt8
        package var destination: UInt8 = 0
        package var source: UInt8 = 0
        package var offset: Int16 = 0
        package var immediate: Int32 = 0
    }

    package private(set) var instructions: [Instruction] = []

    package init(_ rules: [DeviceRule]) {
        let rules = DeviceRule.normalised(rules)
        load()
        for rule in rules.dropFirst().reversed() { append(rule) }
        finish(allow: rules[0].allow)
    }

    /// The program as the kernel reads it, in the byte order of all machines that the agent runs on.
    package var bytes: [UInt8] {
        instructions.flatMap { instruction -> [UInt8] in
            let offset = UInt16(bitPattern: instruction.offset)
            let immediate = UInt32(bitPattern: instruction.immediate)
            return [
                instruction.code, instruction.destination | instruction.source << 4, UInt8(truncatingIfNeeded: offset),
                UInt8(truncatingIfNeeded: offset >> 8), UInt8(truncatingIfNeeded: immediate),
                UInt8(truncatingIfNeeded: immediate >> 8), UInt8(truncatingIfNeeded: immediate >> 16),
                UInt8(truncatingIfNeeded: immediate >> 24),
            ]
        }
    }
}

extension DeviceProgram {
    /// Operation codes: class, operation, source.
    package enum Code {
        package static let loadWord: UInt8 = 0x61
        package static let and32: UInt8 = 0x54
        package static let shiftRight32: UInt8 = 0x74
        package static let move64: UInt8 = 0xb7
        package static let jumpAlways: UInt8 = 0x05
        package static let jumpIfNotEqual32: UInt8 = 0x56
        package static let jumpIfAnySet32: UInt8 = 0x46
        package static let exit: UInt8 = 0x95
    }

    /// Where the program keeps what. Register 0 is the answer, 1 the kernel's pointer.
    package enum Register {
        package static let answer: UInt8 = 0
        package static let context: UInt8 = 1
        package static let type: UInt8 = 2
        /// Accesses asked for and not decided yet.
        package static let undecided: UInt8 = 3
        package static let major: UInt8 = 4
        package static let minor: UInt8 = 5
    }

    private mutating func load() {
        instructions += [
            Instruction(code: Code.loadWord, destination: Register.type, source: Register.context, offset: 0),
            Instruction(code: Code.and32, destination: Register.type, immediate: 0xffff),
            Instruction(code: Code.loadWord, destination: Register.undecided, source: Register.context, offset: 0),
            Instruction(code: Code.shiftRight32, destination: Register.undecided, immediate: 16),
            Instruction(code: Code.loadWord, destination: Register.major, source: Register.context, offset: 4),
            Instruction(code: Code.loadWord, destination: Register.minor, source: Register.context, offset: 8),
        ]
    }

    private mutating func append(_ rule: DeviceRule) {
        var block: [Instruction] = []
        func require(_ register: UInt8, _ value: UInt32) {
            block.append(
                Instruction(
                    code: Code.jumpIfNotEqual32, destination: register, immediate: Int32(bitPattern: value)))
        }
        // Source: uapi/linux/bpf.h, BPF_DEVCG_DEV_BLOCK and BPF_DEVCG_DEV_CHAR.
        switch rule.kind {
        case .all: break
        case .block: require(Register.type, 1)
        case .character: require(Register.type, 2)
        }
        if let major = rule.major { require(Register.major, major) }
        if let minor = rule.minor { require(Register.minor, minor) }
        let access = Int32(rule.access.rawValue)
        if !rule.allow {
            block.append(
                Instruction(
                    code: Code.jumpIfAnySet32, destination: Register.undecided, offset: 1, immediate: access))
            block.append(Instruction(code: Code.jumpAlways))
        } else if rule.access != .all {
            // A rule of all accesses leaves none undecided; the verifier, which follows every way through the program,
            // is done in half the time without these two.
            block.append(Instruction(code: Code.and32, destination: Register.undecided, immediate: ~access))
            require(Register.undecided, 0)
        }
        // Jumps without a target of their own lead past the block's two last instructions.
        for index in block.indices where block[index].offset == 0 && block[index].isJump {
            block[index].offset = Int16(block.count - index - 1 + 2)
        }
        instructions += block
        finish(allow: rule.allow)
    }

    private mutating func finish(allow: Bool) {
        instructions += [
            Instruction(code: Code.move64, destination: Register.answer, immediate: allow ? 1 : 0),
            Instruction(code: Code.exit),
        ]
    }
}

extension DeviceProgram.Instruction {
    fileprivate var isJump: Bool {
        code == DeviceProgram.Code.jumpAlways || code == DeviceProgram.Code.jumpIfNotEqual32
    }
}
