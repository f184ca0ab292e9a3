import Containers
import OCI
import Testing

/// Runs a filter as the kernel would: classic BPF over `struct seccomp_data`.
///
/// Source: uapi/linux/filter.h, and `seccomp(2)`.
private func run(_ filter: SeccompFilter, number: UInt32, arguments: [UInt64] = []) -> UInt32? {
    let arguments = arguments + [UInt64](repeating: 0, count: 6 - arguments.count)
    #if arch(x86_64)
    let architecture: UInt32 = 0xc000_003e
    #elseif arch(arm64)
    let architecture: UInt32 = 0xc000_00b7
    #endif
    var data: [UInt32] = [number, architecture, 0, 0]
    for argument in arguments {
        data += [UInt32(truncatingIfNeeded: argument), UInt32(truncatingIfNeeded: argument >> 32)]
    }
    var accumulator: UInt32 = 0
    var index = 0
    while index * 8 + 8 <= filter.bytes.count {
        let bytes = filter.bytes[(index * 8)..<(index * 8 + 8)].map { UInt32($0) }
        let value = bytes[4] | bytes[5] << 8 | bytes[6] << 16 | bytes[7] << 24
        index += 1
        switch bytes[0] | bytes[1] << 8 {
        case 0x20: accumulator = data[Int(value) / 4]
        case 0x54: accumulator &= value
        case 0x05: index += Int(value)
        case 0x15: index += Int(accumulator == value ? bytes[2] : bytes[3])
        case 0x25: index += Int(accumulator > value ? bytes[2] : bytes[3])
        case 0x35: index += Int(accumulator >= value ? bytes[2] : bytes[3])
        case 0x06: return value
        default: return nil
        }
    }
    return nil
}

private let allowed: UInt32 = 0x7fff_0000
private let refused: UInt32 = 0x0005_0001
private let unknown: UInt32 = 0x0005_0026

#if arch(x86_64)
@Suite struct `The default seccomp profile` {
    private static let standard = Result {
        try SeccompFilter(compiling: DefaultSeccompProfile.profile(capabilities: .containerDefaults))
    }

    // Source: the kernel's arch/x86/entry/syscalls/syscall_64.tbl.
    @Test(
        arguments: [
            ("read", UInt32(0), [], allowed), ("openat", 257, [], allowed), ("execve", 59, [], allowed),
            ("fork", 57, [], allowed), ("mount", 165, [], refused), ("unshare", 272, [], refused),
            ("setns", 308, [], refused), ("init_module", 175, [], refused), ("keyctl", 250, [], refused),
            ("io_uring_setup", 425, [], refused), ("userfaultfd", 323, [], refused), ("bpf", 321, [], refused),
            ("reboot", 169, [], refused), ("chroot", 161, [], allowed), ("swapon", 167, [], refused),
            ("clone as a thread", 56, [0x003d_0f00], allowed),
            ("clone into a user namespace", 56, [0x1000_0000], refused),
            ("clone into a network namespace", 56, [0x4000_0011], refused), ("clone3", 435, [], unknown),
            ("socket of AF_INET", 41, [2], allowed), ("socket of AF_VSOCK", 41, [40], refused),
            ("personality, none", 135, [0], allowed), ("personality, asking", 135, [0xffff_ffff], allowed),
            ("personality, executable data", 135, [0x40_0000], refused),
            ("fchmodat2, which libseccomp may not know", 452, [], allowed), ("mseal", 462, [], allowed),
            ("statmount", 457, [], unknown), ("a call of the future", 900, [], unknown),
        ] as [(String, UInt32, [UInt64], UInt32)])
    func `answers a call`(name: String, number: UInt32, arguments: [UInt64], answer: UInt32) throws {
        #expect(run(try Self.standard.get(), number: number, arguments: arguments) == answer)
    }

    @Test(arguments: [
        (Capabilities.sysAdmin, UInt32(165)), (.sysAdmin, 435), (.sysAdmin, 272), (.sysModule, 175), (.sysBoot, 169),
        (.sysTime, 164), (.bpf, 321), (.syslog, 103), (.dacReadSearch, 304), (.sysRawIO, 172),
    ])
    func `gives the calls of a capability to who has it`(capability: Capabilities, number: UInt32) throws {
        let with = try SeccompFilter(compiling: DefaultSeccompProfile.profile(capabilities: capability))
        #expect(run(with, number: number) == allowed)
        #expect(run(try Self.standard.get(), number: number) != allowed)
    }

    @Test func `without CHROOT's capability refuses it`() throws {
        let without = try SeccompFilter(compiling: DefaultSeccompProfile.profile(capabilities: []))
        #expect(run(without, number: 161) == refused)
    }

    @Test func `is compiled once`() async throws {
        let cache = SeccompCache()
        let profile = DefaultSeccompProfile.profile(capabilities: .containerDefaults)
        let first = try await cache.filter(for: profile)
        #expect(try await cache.filter(for: profile) == first)
        #expect(first.bytes.count % 8 == 0 && first.bytes.count < 4096 * 8)
    }
}
#endif

@Suite struct `A seccomp profile` {
    @Test(arguments: [
        RuntimeSpec.Seccomp(defaultAction: "SCMP_ACT_NONSENSE"),
        RuntimeSpec.Seccomp(defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_NONSENSE"]),
        RuntimeSpec.Seccomp(defaultAction: "SCMP_ACT_ALLOW", architectures: ["x86"]),
        RuntimeSpec.Seccomp(defaultAction: "SCMP_ACT_ALLOW", flags: ["SECCOMP_FILTER_FLAG_NONSENSE"]),
        RuntimeSpec.Seccomp(
            defaultAction: "SCMP_ACT_ALLOW",
            syscalls: [
                .init(["read"], action: "SCMP_ACT_ERRNO", args: [.init(index: 6, value: 0, op: "SCMP_CMP_EQ")])
            ]),
    ])
    func `with words that do not exist is refused`(profile: RuntimeSpec.Seccomp) {
        #expect(throws: SeccompError.self) { try SeccompFilter(compiling: profile) }
    }

    @Test func `skips calls that do not exist`() throws {
        let profile = RuntimeSpec.Seccomp(
            defaultAction: "SCMP_ACT_ALLOW",
            syscalls: [.init(["no_such_call", "getcwd"], action: "SCMP_ACT_ERRNO", errnoRet: 5)])
        let filter = try SeccompFilter(compiling: profile)
        #if arch(x86_64)
        #expect(run(filter, number: 79) == 0x0005_0005)
        #expect(run(filter, number: 900) == allowed)
        #endif
    }
}
