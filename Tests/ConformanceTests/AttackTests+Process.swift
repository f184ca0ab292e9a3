import JSONText
import Testing

/// What a process of a container tries on the runtime that started it, or starts another beside it.
@Suite(.tags(.conformance), .needsRoot, .timeLimit(.minutes(3)))
struct `A hostile process` {
    /// CVE-2019-5736: the program that the container's process is until its exec.
    @Test(arguments: RuntimeProgram.onlyOurs)
    func `finds nothing to write to behind /proc/self/exe`(runtime: RuntimeProgram) async throws {
        try await Bundle.with(runtime) { bundle async throws in
            #expect(try await bundle.create(Config("sleep", "100")).code == 0)
            let answer = try await bundle.shell(
                """
                pid=$($OCI state $ID | tr -d ' ",' | sed -n 's/.*pid.*:\\([0-9]*\\).*/\\1/p' | head -1)
                pid=${pid:-$($OCI state $ID | grep -o '"pid":[0-9]*' | tr -dc 0-9)}
                exec 6</proc/$pid/exe
                $OCI delete --force $ID
                # Nobody runs it there any more: a writable file would no longer be busy.
                dd of=/proc/self/fd/6 count=0 conv=notrunc </dev/null
                """)
            #expect(answer.code != 0, "\(answer.text)")
            let isRefused = ["Read-only file system", "Operation not permitted"].contains { answer.text.contains($0) }
            #expect(isRefused, "\(answer.text)")
        }
    }

    static let ownPrograms: [Attack] = [
        Attack("CVE-2019-5736", "the program is the runtime", Config("/proc/self/exe", "--version"), .harmless),
        Attack(
            "CVE-2019-5736", "the program is a link to the runtime", prepare: "ln -s /proc/self/exe bin/evil",
            Config("evil"),
            .harmless),
        Attack(
            "CVE-2019-5736", "the interpreter is the runtime",
            prepare: "echo '#!/proc/self/exe' >bin/evil; chmod 755 bin/evil",
            Config("evil"), .harmless),
        Attack("-", "the program is a descriptor", Config("/proc/self/fd/5"), .refused("/proc/self/fd/5")),
        Attack("-", "the program is a directory", Config("/tmp"), .refused("/tmp")),
        Attack("-", "the program is a FIFO", prepare: "mkfifo bin/evil", Config("evil"), .refused("evil")),
        Attack("-", "the program is a device", Config("/dev/null"), .refused("/dev/null")),
    ]

    @Test(arguments: ownPrograms)
    func `is nothing that the host suffers from`(attack: Attack) async throws { try await attack.attempt() }

    /// CVE-2024-21626: whoever calls the runtime may have files open.
    @Test func `has no descriptor that nobody gave it`() async throws {
        try await Bundle.with(.ours) { bundle async throws in
            try bundle.write(.shell("for f in /proc/self/fd/*; do echo $f $(readlink $f); done"))
            let open = "exec 3</etc 4</ 5<$OUT 9<$OUT 20<$OUT;"
            for (words, most) in [("", "2"), ("--preserve-fds 1", "3"), ("--preserve-fds 3", "5")] {
                let answer = try await bundle.shell("mkdir -p $OUT; \(open) $OCI run \(words) $ID")
                let numbers = answer.text.split(separator: "\n").filter { !$0.hasSuffix("/proc/self/fd/*") }
                    .compactMap { $0.split(separator: " ").first?.split(separator: "/").last }.compactMap { Int($0) }
                // The shell that looks has one of its own open: the directory that it reads.
                #expect(numbers.filter { $0 <= 20 }.max() ?? 0 <= (Int(most) ?? 0) + 1, "\(answer.text)")
                #expect(!answer.text.contains("outside") || words.contains("3"), "\(answer.text)")
            }
            for count in ["6", "100", "1048577", "4294967295", "4294967296", "-1"] {
                let answer = try await bundle.shell("\(open) $OCI run --preserve-fds \(count) $ID")
                #expect(answer.code == 1, "\(count): \(answer.text)")
                #expect(answer.text.contains("preserve"), "\(answer.text)")
            }
        }
    }

    /// The same before its exec, seen from outside: `create` leaves it waiting.
    @Test func `has no descriptor of the host before its exec either`() async throws {
        try await Bundle.with(.ours) { bundle async throws in
            #expect(try await bundle.create(Config("sleep", "100")).code == 0)
            let pid = try await bundle.state()["pid"]?.integer ?? 0
            // A mount that this process sees as well is the host's.
            let answer = try await bundle.shell(
                """
                for f in /proc/\(pid)/fd/*; do
                    id=$(sed -n 's/^mnt_id:\\s*//p' /proc/\(pid)/fdinfo/${f##*/})
                    if grep -q "^$id " /proc/self/mountinfo; then readlink $f; fi
                done
                readlink /proc/\(pid)/root /proc/\(pid)/cwd
                """)
            let given = answer.text.split(separator: "\n").filter { $0 != "/dev/null" && !$0.contains("/output-") }
            #expect(given == ["/", "/"], "\(answer.text)")
        }
    }

    /// CVE-2016-9962: of another user's process, and not dumpable, `/proc` shows root as the owner.
    @Test func `cannot be traced until its exec`() async throws {
        try await Bundle.with(.ours) { bundle async throws in
            let user: JSON = ["uid": 1000, "gid": 1000]
            #expect(try await bundle.create(Config("sleep", "100").with("process", "user", be: user)).code == 0)
            let pid = try await bundle.state()["pid"]?.integer ?? 0
            #expect(try await bundle.shell("stat -c %u /proc/\(pid)/fd /proc/\(pid)/maps").text == "0\n0\n")
            #expect(try await bundle("start", bundle.id).code == 0)
            #expect(try await bundle.shell("sleep 0.2; stat -c %u /proc/\(pid)/fd").text == "1000\n")
        }
    }

    /// CVE-2016-9962: the container watches who enters it, as the same user.
    @Test func `sees nothing of a process that enters`() async throws {
        try await Bundle.with(.ours) { bundle async throws in
            let watch = """
                while true; do for p in /proc/[0-9]*; do
                case $(readlink $p/exe) in ''|/bin/busybox) ;; *) echo exe $(readlink $p/exe);; esac
                for f in $p/fd/*; do case $(readlink $f) in ''|/dev/null|pipe:*|/|/proc*|/dev/pts/*) ;;
                */output-*|/tmp/seen) ;; *) echo fd $f $(readlink $f);; esac; done; done; done >/tmp/seen
                """
            var config = Config.shell(watch)
            config = config.with("process", "user", be: ["uid": 1000, "gid": 1000]).with(
                "process", "capabilities", be: [:])
            _ = try await bundle.shell("chmod 1777 rootfs/tmp")
            #expect(try await bundle.create(config).code == 0)
            #expect(try await bundle("start", bundle.id).code == 0)
            let answer = try await bundle.shell(
                "for i in {1..60}; do $OCI exec --user 1000:1000 $ID true || echo failed; done")
            #expect(answer.text == "")
            #expect(bundle.text("rootfs/tmp/seen") == "")
        }
    }

    /// CVE-2026-30892, CVE-2024-40635.
    @Test(arguments: [
        "", "x", "0x0", "1000junk", " 5", "+5", "-1", "4294967295", "4294967296", "5:", ":5", "5:x", "5:4294967295",
    ])
    func `becomes no user that was not named`(user: String) async throws {
        try await Bundle.with(.ours) { bundle async throws in
            #expect(try await bundle.create(Config("sleep", "100")).code == 0)
            #expect(try await bundle("start", bundle.id).code == 0)
            let answer = try await bundle("exec", "--user", user, bundle.id, "id")
            #expect(answer.code != 0, "\(answer.text)")
            #expect(answer.text.contains("user") && !answer.text.contains("uid="), "\(answer.text)")
        }
    }

    /// CVE-2022-29162, CVE-2022-27652: whoever calls the runtime may have capabilities to pass on.
    @Test(arguments: [true, false]) func `inherits no capabilities`(areNamed: Bool) async throws {
        try await Bundle.with(.ours) { bundle async throws in
            let config = Config("grep", "-E", "Cap(Inh|Amb|Prm)", "/proc/self/status")
            try bundle.write(areNamed ? config : config.with("process", "capabilities", be: .null))
            let answer = try await bundle.shell(
                "setpriv --inh-caps +net_admin,+sys_admin --ambient-caps +net_admin,+sys_admin $OCI run $ID")
            let none = "0000000000000000"
            let permitted = areNamed ? "0000000000000020" : none
            #expect(answer.text == "CapInh:\t\(none)\nCapPrm:\t\(permitted)\nCapAmb:\t\(none)\n")
        }
    }

    /// CVE-2021-41103, CVE-2020-15257: what the runtime keeps is nobody else's to read or to speak to.
    @Test func `finds the runtime's files closed`() async throws {
        try await Bundle.with(.ours) { bundle async throws in
            #expect(try await bundle.create(Config("sleep", "100")).code == 0)
            let answer = try await bundle.shell("stat -c %a state state/$ID; grep -c @.*$ID /proc/net/unix")
            #expect(answer.text == "700\n700\n0\n")
        }
    }
}
