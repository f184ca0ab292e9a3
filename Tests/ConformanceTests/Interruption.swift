import Foundation
import JSONText
import TestSupport
import Testing

/// One kernel call of a command that fails, or before which the command is killed: the `number`th of its name.
///
/// strace(1) counts in each process by itself, so the runtime's and the container's process may both be hit.
struct Interruption: Hashable, Sendable {
    /// Of the runtime; what is before and after is in ``script``.
    enum Command: String, CaseIterable { case create, run, start, exec, delete }
    enum Way: String, CaseIterable {
        /// No kernel call in question says this by itself: if the message has it, it has the kernel's reason.
        case error = "error=EXFULL"
        case kill = "signal=KILL"
    }

    let command: Command
    let way: Way
    let call: String
    let number: Int
    var words: String { "\(command.rawValue) \(way.rawValue) \(call) \(number)" }

    /// Not interrupted: memory, signals, threads, and what cannot fail. A program without them runs nowhere; without
    /// readlink(2) Swift does not find itself.
    private static let left: Set<String> = [
        "arch_prctl", "brk", "clock_nanosleep", "close", "execve", "exit", "exit_group", "futex", "geteuid", "getpid",
        "getrandom", "gettid", "getuid", "lseek", "mmap", "mprotect", "munmap", "prlimit64", "readlink", "rseq",
        "rt_sigaction",
        "rt_sigprocmask", "sched_getaffinity", "set_robust_list", "set_tid_address", "umask",
    ]

    /// All of a command, from what it does when nobody interrupts it.
    static func all(in bundle: Bundle) async throws -> [Interruption] {
        let answer = try await bundle.shell(
            """
            strace -f -D -o create.trace $OCI create $ID; strace -f -o exec.trace $OCI exec $ID true
            strace -f -o start.trace $OCI start $ID; strace -f -o delete.trace $OCI delete --force $ID
            strace -f -D -o run.trace $OCI run --detach --pid-file pid $ID; $OCI delete --force $ID
            for command in create run start exec delete; do
                sed -nE "s/^([0-9]+) +([a-z_0-9]+)\\\\(.*/$command \\\\2 \\\\1/p" $command.trace
            done | sort | uniq -c; rm *.trace
            """)
        var most: [String: Int] = [:]
        for line in answer.text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 4, let count = Int(words[0]), !left.contains(String(words[2])) else { continue }
            most["\(words[1]) \(words[2])", default: 0] = max(most["\(words[1]) \(words[2])"] ?? 0, count)
        }
        return most.sorted { $0.key < $1.key }.flatMap { key, count in
            let words = key.split(separator: " ")
            let command = Command(rawValue: String(words[0])) ?? .create
            return Way.allCases.flatMap { way in
                (1...count).map { Interruption(command: command, way: way, call: String(words[1]), number: $0) }
            }
        }
    }

    /// Of each call of each command the first and the last, and of those between as many as fit, drawn by the seed.
    static func chosen(from all: [Interruption], count: Int, seed: UInt64) -> [Interruption] {
        let groups = Dictionary(grouping: all) { "\($0.command) \($0.way) \($0.call)" }
        let ends = all.filter { point in
            let last = groups["\(point.command) \(point.way) \(point.call)"]?.count
            return point.number == 1 || point.number == last
        }
        var random = SeededGenerator(state: seed)
        let between = Set(all).subtracting(ends).sorted { $0.words < $1.words }.shuffled(using: &random)
        return ends + between.prefix(max(0, count - ends.count))
    }

    /// Reads interruptions and tells what each has left behind, or did not say; nothing is said of one that went well.
    static let script = #"""
        export PATH=$PATH:/usr/sbin:/sbin
        mounts=$(</proc/self/mountinfo)
        files() { find . -path ./state -prune -o ! -name 'output-*' ! -name said ! -name pid -print | sort; }
        before=$(files)
        group() { [ ! -d "/sys/fs/cgroup/$ID" ] || echo "/sys/fs/cgroup/$ID"; }
        # What is there and should not be. A process that was traced may take a moment to go.
        left() {
            for wait in {1..25}; do
                local found=''
                [ -z "$(ls state 2>/dev/null)" ] || found+=" state"
                [ -z "$(group)" ] || found+=" cgroup"
                ! pgrep -f "^[s]leep $NAP|[r]oot $PWD/state" >/dev/null || found+=" process"
                [ "$(</proc/self/mountinfo)" = "$mounts" ] || found+=" mount"
                [ "$(files)" = "$before" ] || found+=" file"
                [ -n "$found" ] || return
                sleep 0.05
            done
            echo "$found"
        }
        complain() { echo "$command $way $call $number:" "$@" "[$code: $(head -c 300 said | tr '\n' ' ')]"; }
        while read -r command way call number; do
            hit=(strace -f --seccomp-bpf -D -qq -o /dev/null -e "trace=$call" -e "inject=$call:$way:when=$number")
            echo "$command $way $call $number" >output-point
            code=0
            case $command in create | run) ;; *) $OCI create $ID >said 2>&1 || complain "cannot be created" ;; esac
            [ $command != exec ] || $OCI start $ID >said 2>&1 || complain "cannot be started"
            case $command in
            create) "${hit[@]}" $OCI create $ID ;;
            run) "${hit[@]}" $OCI run --detach --pid-file pid $ID ;;
            start) "${hit[@]}" $OCI start $ID ;;
            exec) "${hit[@]}" $OCI exec $ID true ;;
            delete) "${hit[@]}" $OCI delete --force $ID ;;
            esac >said 2>&1 </dev/null || code=$?
            if [ $way = error=EXFULL ] && [ $code != 0 ]; then
                grep -q "Exchange full" said || complain "does not say why"
                if [ $command = create ] || [ $command = run ]; then found=$(left); [ -z "$found" ] || complain "left:$found"; fi
            fi
            if [ $command = exec ] && [ "$(wc -l <"$(group)/cgroup.procs")" != 1 ]; then
                sleep 0.3; [ "$(wc -l <"$(group)/cgroup.procs")" = 1 ] || complain "left: a process of the exec"
            fi
            if [ $command = delete ] && [ $code = 0 ]; then found=$(left); [ -z "$found" ] || complain "left:$found"; fi
            $OCI delete --force $ID >said 2>&1 || [ ! -e state/$ID ] || complain "cannot be deleted"
            found=$(left)
            if [ -n "$found" ]; then
                complain "left after delete:$found"
                for group in $(group); do echo 1 >"$group/cgroup.kill"; sleep 0.1; rmdir "$group"; done
                rm -rf state/*
            fi
        done
        echo done
        """#
}

extension Config {
    /// Of everything a little: each kind of kernel call that makes a container.
    ///
    /// - Parameter nap: seconds; what no other process sleeps tells this container's from theirs.
    static func full(sleeping nap: UInt32) -> Config {
        Config("sleep", "\(nap)")
            .with("process", "oomScoreAdj", be: 100).with("process", "user", be: ["uid": 7, "gid": 8])
            .with("process", "rlimits", be: [["type": "RLIMIT_NOFILE", "hard": 512, "soft": 256]])
            .with("hostname", be: "box").with("root", "readonly", be: true)
            .mounting([
                "destination": "/dev/pts", "type": "devpts", "source": "devpts", "options": ["newinstance"],
            ])
            .mounting(["destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["ro"]])
            .binding("/etc", at: "/tmp", ["rbind", "ro"])
            .with("linux", "sysctl", be: ["net.ipv4.ip_forward": "1"])
            .with("linux", "maskedPaths", be: ["/proc/kcore", "/proc/acpi", "/sys/firmware"])
            .with("linux", "readonlyPaths", be: ["/proc/sys"])
            .with("linux", "resources", be: ["devices": [["allow": false, "access": "rwm"]]])
            .with(
                "linux", "seccomp",
                be: [
                    "defaultAction": "SCMP_ACT_ALLOW",
                    "syscalls": [["names": ["mkdir"], "action": "SCMP_ACT_ERRNO"]],
                ])
    }
}
