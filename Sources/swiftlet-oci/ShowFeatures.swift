import Containers
import JSONText

/// `features`: what this runtime can do.
///
/// Source: runtime-spec, features.md and features-linux.md.
enum ShowFeatures {
    static let newestSpec = "1.3.0"

    static func run(_ runtime: Runtime, _ words: [String]) throws -> Int32 {
        _ = try Arguments(words, [])
        let features: JSON = [
            "ociVersionMin": "1.0.0", "ociVersionMax": .string(newestSpec),
            "hooks": list(["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"]),
            "mountOptions": list(mountOptions.sorted()),
            "linux": [
                "namespaces": list(["cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"]),
                "capabilities": list(Capabilities.all.names),
                "cgroup": ["v1": false, "v2": true, "systemd": true, "systemdUser": true, "rdma": true],
                "seccomp": seccomp, "apparmor": ["enabled": true], "selinux": ["enabled": true],
                "intelRdt": ["enabled": true, "schemata": true, "monitoring": true],
                "mountExtensions": ["idmap": ["enabled": true]],
                "netDevices": ["enabled": true], "memoryPolicy": memoryPolicy,
            ],
            "annotations": ["io.swiftlet.oci.version": .string(CommandLineProgram.version)],
        ]
        Report.print(features.indented + "\n")
        return 0
    }

    private static func list(_ words: [String]) -> JSON { .array(words.map { .string($0) }) }

    private static let mountOptions: [String] =
        ["async", "atime", "bind", "defaults", "dev", "diratime", "dirsync", "exec", "iversion", "lazytime", "loud"]
        + ["noatime", "nodev", "nodiratime", "noexec", "noiversion", "nolazytime", "norelatime", "nostrictatime"]
        + ["nosuid", "nosymfollow", "private", "ratime", "rbind", "rdev", "rdiratime", "relatime", "remount", "rexec"]
        + ["rnoatime", "rnodev", "rnodiratime", "rnoexec", "rnorelatime", "rnostrictatime", "rnosuid", "rnosymfollow"]
        + ["ro", "rprivate", "rrelatime", "rro", "rrw", "rshared", "rslave", "rstrictatime", "rsuid", "rsymfollow"]
        + ["runbindable", "rw", "shared", "silent", "slave", "strictatime", "suid", "symfollow", "sync", "tmpcopyup"]
        + ["unbindable", "idmap", "ridmap"]

    private static let seccomp: JSON = [
        "enabled": true,
        "actions": list([
            "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD",
            "SCMP_ACT_LOG", "SCMP_ACT_NOTIFY", "SCMP_ACT_TRACE", "SCMP_ACT_TRAP",
        ]),
        "operators": list([
            "SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT",
            "SCMP_CMP_MASKED_EQ",
        ]),
        "archs": list([
            "SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM", "SCMP_ARCH_MIPS", "SCMP_ARCH_MIPS64", "SCMP_ARCH_MIPS64N32",
            "SCMP_ARCH_MIPSEL", "SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_PPC", "SCMP_ARCH_PPC64",
            "SCMP_ARCH_PPC64LE", "SCMP_ARCH_RISCV64", "SCMP_ARCH_S390", "SCMP_ARCH_S390X", "SCMP_ARCH_X32",
            "SCMP_ARCH_X86", "SCMP_ARCH_X86_64",
        ]),
        "knownFlags": list([
            "SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_LOG",
            "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
        ]),
        "supportedFlags": list([
            "SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_LOG",
            "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
        ]),
    ]

    private static let memoryPolicy: JSON = [
        "modes": list([
            "MPOL_DEFAULT", "MPOL_BIND", "MPOL_INTERLEAVE", "MPOL_WEIGHTED_INTERLEAVE", "MPOL_PREFERRED",
            "MPOL_PREFERRED_MANY", "MPOL_LOCAL",
        ]),
        "flags": list(["MPOL_F_NUMA_BALANCING", "MPOL_F_RELATIVE_NODES", "MPOL_F_STATIC_NODES"]),
    ]
}
