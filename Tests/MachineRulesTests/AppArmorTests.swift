import Glibc
import Linux
import Pods
import SystemPackage
import Testing

@testable import Machine

@Suite struct `A container's AppArmor profile` {
    typealias Security = Pod.Container.SecurityContext

    /// A machine of which only what AppArmor needs is there. Its parser appends what it is given to `/parsed`, and has
    /// the kernel list the profile.
    private static func machine(
        at root: FilePath, module: Bool = true, parser: Bool = true, agent: String = "unconfined\n"
    ) throws -> AppArmor {
        func write(_ text: String, _ path: String, mode: UInt32 = 0o644) throws {
            let path = root.appending(path)
            try makeDirectories(path.removingLastComponent())
            try replaceFile(at: path, with: text.utf8, durably: false)
            try setMode(mode, of: path)
        }
        try write(agent, "proc/self/attr/current")
        if module { try write("sshd (enforce)\n", "sys/kernel/security/apparmor/profiles") }
        let script = """
            #!/bin/sh
            [ "$*" = '--replace --skip-cache' ] || { echo "what: $*" >&2; exit 1; }
            while read -r line; do echo "$line" >>\(root)/parsed; done
            echo 'swiftlet-default (enforce)' >>\(root)/sys/kernel/security/apparmor/profiles
            """
        if parser { try write(script, "sbin/apparmor_parser", mode: 0o755) }
        return AppArmor(root: root, loaded: root.appending("loaded"))
    }

    private static func parsed(_ root: FilePath) throws -> Int {
        let text = String(decoding: try readFile(at: root.appending("parsed"), ifExists: true) ?? [], as: UTF8.self)
        return text.split(separator: "\n").count { $0.hasPrefix("profile swiftlet-default ") }
    }

    private static func security(_ profile: Security.AppArmor?, privileged: Bool = false) -> Security {
        var security = Security()
        security.appArmor = profile
        security.isPrivileged = privileged
        return security
    }

    @Test(
        arguments: [
            (nil, false, "swiftlet-default"), (.runtimeDefault, false, "swiftlet-default"),
            (.unconfined, false, "unconfined"), (.local("mine"), false, "mine"),
            (nil, true, nil), (.runtimeDefault, true, nil), (.unconfined, true, "unconfined"),
            (.local("mine"), true, nil),
        ] as [(Security.AppArmor?, Bool, String?)])
    func `is the default one unless another is asked for, or all rights are`(
        asked: Security.AppArmor?, isPrivileged: Bool, profile: String?
    ) async throws {
        try await withScratch { root in
            let machine = try Self.machine(at: root)
            #expect(try await machine.profile(of: Self.security(asked, privileged: isPrivileged)) == profile)
            #expect(try Self.parsed(root) == (profile == "swiftlet-default" ? 1 : 0))
        }
    }

    @Test(arguments: [(false, true), (true, false), (false, false)])
    func `is none without module and parser, and an error where it was asked for`(
        module: Bool, parser: Bool
    ) async throws {
        try await withScratch { root in
            let machine = try Self.machine(at: root, module: module, parser: parser)
            try await machine.settle()
            #expect(try await machine.profile(of: Self.security(nil)) == nil)
            await #expect(throws: AppArmor.NotSupported.self) {
                try await machine.profile(of: Self.security(.runtimeDefault))
            }
            #expect(try await machine.profile(of: Self.security(.unconfined)) == (module ? "unconfined" : nil))
            #expect(try await machine.profile(of: Self.security(.local("mine"))) == "mine")
            #expect(try Self.parsed(root) == 0)
        }
    }

    @Test func `is loaded once a boot, anew when it has changed, and again when somebody has removed it`() async throws
    {
        try await withScratch { root in
            let machine = try Self.machine(at: root)
            for _ in 1...2 {
                try await machine.settle()
                _ = try await machine.profile(of: Self.security(nil))
            }
            #expect(try Self.parsed(root) == 1)
            // The agent runs under another label now.
            let confined = try Self.machine(at: root, agent: "my agent (enforce)\n")
            _ = try await confined.profile(of: Self.security(nil))
            #expect(try Self.parsed(root) == 2, "the list of what is loaded was written anew")
            try replaceFile(at: root.appending("loaded"), with: "another".utf8)
            try await confined.settle()
            #expect(try Self.parsed(root) == 3)
            try await confined.settle()
            #expect(try Self.parsed(root) == 3)
        }
    }

    @Test func `that cannot be loaded says why`() async throws {
        try await withScratch { root in
            let machine = try Self.machine(at: root)
            try replaceFile(
                at: root.appending("sbin/apparmor_parser"),
                with: "#!/bin/sh\necho no 1 >&2\necho no 2 >&2\nexit 3\n".utf8)
            try setMode(0o755, of: root.appending("sbin/apparmor_parser"))
            let error = await #expect(throws: AppArmor.NotLoaded.self) { try await machine.settle() }
            #expect(error.map { "\($0)" } == "load AppArmor profile swiftlet-default: apparmor_parser: no 1, no 2")
            #expect(try !fileExists(at: root.appending("loaded")))
        }
    }

    @Test(arguments: [
        ("unconfined\n", "unconfined"), ("a (enforce)\n", "a"), ("my (own) app (complain)\0", "my (own) app"), ("", ""),
    ])
    func `has a name before its mode`(label: String, name: String) { #expect(AppArmor.name(inLabel: label) == name) }

    @Test func `lets the agent signal its processes, whatever that runs under`() {
        #expect(!AppArmorProfile().text.contains("abi <"))
        #expect(AppArmorProfile().text.components("signal (receive) peer=") == ["\"unconfined\","])
        let text = AppArmorProfile(agent: "my agent", knowsOlderKernel: true).text
        #expect(
            text.hasPrefix("abi <abi/3.0>,\nprofile swiftlet-default flags=(attach_disconnected, mediate_deleted) {"))
        #expect(text.components("signal (receive) peer=") == ["\"unconfined\",", "\"my agent\","])
    }

    /// Patterns of AppArmor's without slashes in `[]` and with `**` at the end are those of fnmatch(3).
    private static func isDenied(_ path: String, _ patterns: [String]) -> Bool {
        patterns.contains { unsafe fnmatch($0, path, 0) == 0 }
    }

    @Test(arguments: [
        ("/proc/sys/kernel/shmmax", false), ("/proc/sys/kernel/shm_rmid_forced", false),
        ("/proc/1/oom_score_adj", false),
        ("/proc/77/attr/exec", false), ("/proc/sys/kernel/core_pattern", true), ("/proc/sys/kernel/sem", true),
        ("/proc/sys/kernel/sysrq", true), ("/proc/sys/vm/overcommit_memory", true), ("/proc/sysrq-trigger", true),
        ("/proc/sys/net/ipv4/ip_forward", true), ("/proc/sys/kernel/keys/maxkeys", true), ("/proc/swaps", true),
        ("/proc/irq/1/smp_affinity", true), ("/proc/kcore", true), ("/proc/sysvipc/shm", true),
        ("/proc/scsi/scsi", true),
    ])
    func `forbids writing to what is the machine's in proc`(path: String, isDenied: Bool) {
        #expect(
            Self.isDenied(path, AppArmorProfile.all(below: "/proc/", besides: "sys/kernel/shm", or: "0-9")) == isDenied)
    }

    @Test(arguments: [
        ("/sys/fs/cgroup/cgroup.procs", false), ("/sys/fs/cgroup/a/memory.max", false), ("/sys/fs/bpf/x", true),
        ("/sys/kernel/uevent_helper", true), ("/sys/fs/ext4/x", true), ("/sys/class/net/eth0/mtu", true),
        ("/sys/firmware/x", true), ("/sys/fs/fuse/x", true),
    ])
    func `forbids writing to what is the machine's in sys`(path: String, isDenied: Bool) {
        #expect(Self.isDenied(path, AppArmorProfile.all(below: "/sys/", besides: "fs/cgroup")) == isDenied)
    }
}

extension String {
    /// What follows `prefix` on each line that has it.
    fileprivate func components(_ prefix: String) -> [String] {
        split(separator: "\n").map { $0.drop { $0 == " " } }.filter { $0.hasPrefix(prefix) }
            .map { String($0.dropFirst(prefix.count)) }
    }
}
