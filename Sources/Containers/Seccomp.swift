import CSeccomp
import Linux
package import OCI
import SystemPackage

/// A seccomp profile as the kernel takes it: `struct sock_filter`s, 8 bytes each.
package struct SeccompFilter: Equatable, Sendable {
    package var bytes: [UInt8]
    /// For `seccomp(2)`: SECCOMP_FILTER_FLAG_*.
    package var flags: UInt32
}

extension SeccompFilter {
    /// Compiles a profile by libseccomp. Calls that the library and ``laterCalls`` do not know are skipped, as the OCI
    /// specification wants it.
    package init(compiling profile: RuntimeSpec.Seccomp) throws {
        let builder = try SeccompBuilder.start(profile)
        var known: Int32 = 0
        var later: [UInt32] = []
        for rule in profile.syscalls ?? [] {
            let action = try SeccompAction(rule.action, errno: rule.errnoRet)
            for name in rule.names {
                let number = unsafe seccomp_syscall_resolve_name(name)
                // Source: seccomp.h: __NR_SCMP_ERROR is -1; other negative numbers are calls of other machines.
                if number == -1 {
                    if let number = Self.laterCalls[name], rule.args?.isEmpty ?? true, action == .allow {
                        later.append(number)
                    }
                    continue
                }
                if action.value == builder.defaultAction.value { continue }
                try builder.add(name, number: number, action: action, arguments: rule.args ?? [])
                known = max(known, number)
            }
        }
        bytes = try builder.export()
        if builder.defaultAction.isErrno { bytes = Self.unknownCalls(allowed: later, above: UInt32(known)) + bytes }
        flags = 0
        for flag in profile.flags ?? [] {
            guard let bit = Self.knownFlags[flag] else { throw SeccompError("flag \(flag) is not supported") }
            flags |= bit
        }
        // One thread has nothing to synchronise, and with a listener the kernel refuses to.
        if profile.listensForCalls { flags &= ~1 }
    }

    /// Source: uapi/linux/seccomp.h. The last one is Linux 5.19.
    private static let knownFlags: [String: UInt32] = [
        "SECCOMP_FILTER_FLAG_TSYNC": 1, "SECCOMP_FILTER_FLAG_LOG": 2, "SECCOMP_FILTER_FLAG_SPEC_ALLOW": 4,
        "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV": 32,
    ]

    /// Calls that are newer than the oldest libseccomp the agent is built with. Since Linux 5.1 a new call has the same
    /// number on every machine.
    ///
    /// Source: the kernel's `scripts/syscall.tbl`.
    private static let laterCalls: [String: UInt32] = [
        "memfd_secret": 447, "process_mrelease": 448, "futex_waitv": 449, "set_mempolicy_home_node": 450,
        "cachestat": 451, "fchmodat2": 452, "map_shadow_stack": 453, "futex_wake": 454, "futex_wait": 455,
        "futex_requeue": 456, "statmount": 457, "listmount": 458, "mseal": 462, "setxattrat": 463,
        "getxattrat": 464, "listxattrat": 465, "removexattrat": 466,
    ]

    /// The head of a filter: lets calls through that libseccomp does not know, and answers ENOSYS to those newer than
    /// the profile.
    ///
    /// A C library that tries a new call first falls back to the old one on ENOSYS only; EPERM would break it.
    /// Source: uapi/linux/filter.h and seccomp.h (`struct seccomp_data`: number at 0).
    static func unknownCalls(allowed: [UInt32], above last: UInt32) -> [UInt8] {
        func instruction(_ code: UInt16, _ value: UInt32, ifTrue: Int = 0, ifFalse: Int = 0) -> [UInt8] {
            [UInt8(truncatingIfNeeded: code), UInt8(truncatingIfNeeded: code >> 8), UInt8(ifTrue), UInt8(ifFalse)]
                + (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) }
        }
        let load: UInt16 = 0x20
        let ifEqual: UInt16 = 0x15
        let ifGreater: UInt16 = 0x25
        let answer: UInt16 = 0x06
        let allowed = Set(allowed).sorted()
        // What is left to jump over from each place: the comparisons after it, then two answers.
        var code = instruction(load, 0)
        // Numbers of the x32 machine have this bit; they are never new.
        code += instruction(ifGreater, 0x3fff_ffff, ifTrue: allowed.count + 3)
        for (index, number) in allowed.enumerated() {
            code += instruction(ifEqual, number, ifTrue: allowed.count - index + 1)
        }
        code += instruction(ifGreater, last, ifTrue: 0, ifFalse: 2)
        code += instruction(answer, 0x0005_0000 | 38)
        code += instruction(answer, 0x7fff_0000)
        return code
    }
}

/// What a filter does on a call. Source: seccomp.h, SCMP_ACT_*.
private struct SeccompAction: Equatable {
    var value: UInt32

    static let allow = SeccompAction(value: 0x7fff_0000)

    var isErrno: Bool { value & 0xffff_0000 == 0x0005_0000 }

    private init(value: UInt32) { self.value = value }

    init(_ name: String, errno: UInt32?) throws {
        let number = (errno ?? 1) & 0xffff
        switch name {
        case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD": value = 0
        case "SCMP_ACT_KILL_PROCESS": value = 0x8000_0000
        case "SCMP_ACT_TRAP": value = 0x0003_0000
        case "SCMP_ACT_ERRNO": value = 0x0005_0000 | number
        case "SCMP_ACT_TRACE": value = 0x7ff0_0000 | number
        case "SCMP_ACT_NOTIFY": value = 0x7fc0_0000
        case "SCMP_ACT_LOG": value = 0x7ffc_0000
        case "SCMP_ACT_ALLOW": value = 0x7fff_0000
        default: throw SeccompError("action \(name) is not supported")
        }
    }
}

/// libseccomp's filter under construction. Owns the library's handle.
@safe private struct SeccompBuilder: ~Copyable {
    private let context: scmp_filter_ctx
    let defaultAction: SeccompAction

    private init(_ context: scmp_filter_ctx, _ defaultAction: SeccompAction) {
        unsafe self.context = unsafe context
        self.defaultAction = defaultAction
    }

    static func start(_ profile: RuntimeSpec.Seccomp) throws -> SeccompBuilder {
        let action = try SeccompAction(profile.defaultAction, errno: profile.defaultErrnoRet)
        guard let context = unsafe seccomp_init(action.value) else {
            throw SeccompError("default action \(profile.defaultAction) is not supported")
        }
        let builder = unsafe SeccompBuilder(context, action)
        try builder.configure(profile.architectures ?? [])
        return builder
    }

    private func configure(_ architectures: [String]) throws {
        // The agent gives no_new_privs by a step of its own, or not at all.
        try check(unsafe seccomp_attr_set(context, SCMP_FLTATR_CTL_NNP, 0), "switch off no_new_privs")
        // What the kernel said, where it refused, instead of "canceled"; an older library goes without.
        unsafe _ = seccomp_attr_set(context, SCMP_FLTATR_API_SYSRAWRC, 1)
        // A binary tree instead of a chain of comparisons; an older library goes without.
        unsafe _ = seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2)
        for architecture in architectures {
            let name = architecture.hasPrefix("SCMP_ARCH_") ? String(architecture.dropFirst(10)).lowercased() : ""
            let token = unsafe seccomp_arch_resolve_name(name)
            guard token != 0 else { throw SeccompError("architecture \(architecture) is not known") }
            let code = unsafe seccomp_arch_add(context, token)
            // EEXIST: the machine's own is there from the start.
            if code != -17 { try check(code, "add architecture \(architecture)") }
        }
    }

    deinit { unsafe seccomp_release(context) }

    func add(
        _ name: String, number: Int32, action: SeccompAction, arguments: [RuntimeSpec.Seccomp.Argument]
    ) throws {
        let comparisons = try arguments.map { argument in
            guard let op = Self.operators[argument.op], argument.index < 6 else {
                throw SeccompError("condition \(argument.op) on argument \(argument.index) of \(name) is not supported")
            }
            return scmp_arg_cmp(
                arg: argument.index, op: op, datum_a: argument.value, datum_b: argument.valueTwo ?? 0)
        }
        // The library takes one condition an argument. More of them are rules of their own, as in runc.
        let isRepeated = Set(arguments.map(\.index)).count < arguments.count
        for group in isRepeated ? comparisons.map({ [$0] }) : [comparisons] {
            let code = unsafe group.withUnsafeBufferPointer {
                unsafe seccomp_rule_add_array(context, action.value, number, UInt32($0.count), $0.baseAddress)
            }
            try check(code, "add rule for \(name)")
        }
    }

    /// Source: seccomp.h, `enum scmp_compare`.
    private static let operators: [String: scmp_compare] = [
        "SCMP_CMP_NE": SCMP_CMP_NE, "SCMP_CMP_LT": SCMP_CMP_LT, "SCMP_CMP_LE": SCMP_CMP_LE,
        "SCMP_CMP_EQ": SCMP_CMP_EQ, "SCMP_CMP_GE": SCMP_CMP_GE, "SCMP_CMP_GT": SCMP_CMP_GT,
        "SCMP_CMP_MASKED_EQ": SCMP_CMP_MASKED_EQ,
    ]

    func export() throws -> [UInt8] {
        try readingMemoryFile("seccomp") { file in
            try check(unsafe seccomp_export_bpf(context, file.rawValue), "export filter")
        }
    }
}

/// The library answers with a negative errno.
private func check(_ code: Int32, _ operation: String) throws {
    if code < 0 { throw SyscallError("seccomp: \(operation)", Errno(rawValue: -code)) }
}

/// A profile that cannot be applied.
package struct SeccompError: Error, Equatable, CustomStringConvertible {
    package let message: String

    package init(_ message: String) { self.message = message }

    package var description: String { "seccomp profile: \(message)" }
}
