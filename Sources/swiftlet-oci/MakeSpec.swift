import JSONText
import Linux
import SystemPackage

/// `spec`: a config.json to start from.
enum MakeSpec {
    static func run(_ runtime: Runtime, _ words: [String]) throws -> Int32 {
        let arguments = try Arguments(words, [.value("bundle", "b"), .flag("rootless")])
        let file = FilePath(arguments["bundle"] ?? ".").appending("config.json")
        guard try !fileExists(at: file) else { throw Failure("file \(file) exists; remove it first") }
        try openFile(file, [.writeOnly, .create, .exclusive], mode: 0o644).borrow { fd in
            _ = try fd.writeAll((document(isRootless: arguments.has("rootless")).indented + "\n").utf8)
        }
        return 0
    }

    /// Source: runc, `specconv.Example` and `ToRootless`.
    static func document(isRootless: Bool) -> JSON {
        let capabilities: JSON = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]
        return [
            "ociVersion": .string(ShowFeatures.newestSpec),
            "process": [
                "terminal": true, "user": ["uid": 0, "gid": 0], "args": ["sh"],
                "env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
                "cwd": "/",
                "capabilities": ["bounding": capabilities, "effective": capabilities, "permitted": capabilities],
                "rlimits": [["type": "RLIMIT_NOFILE", "hard": 1024, "soft": 1024]], "noNewPrivileges": true,
            ],
            "root": ["path": "rootfs", "readonly": true], "hostname": "swiftlet",
            "mounts": .array(mounts(isRootless: isRootless)), "linux": linux(isRootless: isRootless),
        ]
    }

    private static func mount(_ place: String, _ type: String, _ source: String, _ options: [String]) -> JSON {
        [
            "destination": .string(place), "type": .string(type), "source": .string(source),
            "options": .array(options.map { .string($0) }),
        ]
    }

    private static func mounts(isRootless: Bool) -> [JSON] {
        let common = ["nosuid", "noexec", "nodev"]
        return [
            mount("/proc", "proc", "proc", common),
            mount("/dev", "tmpfs", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k"]),
            mount(
                "/dev/pts", "devpts", "devpts",
                ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"] + (isRootless ? [] : ["gid=5"])),
            mount("/dev/shm", "tmpfs", "shm", common + ["mode=1777", "size=65536k"]),
            mount("/dev/mqueue", "mqueue", "mqueue", common),
            isRootless
                ? mount("/sys", "none", "/sys", ["rbind"] + common + ["ro"])
                : mount("/sys", "sysfs", "sysfs", common + ["ro"]),
            mount("/sys/fs/cgroup", "cgroup", "cgroup", common + ["relatime", "ro"]),
        ]
    }

    private static func linux(isRootless: Bool) -> JSON {
        let kinds = ["pid", "ipc", "uts", "mount", "cgroup"] + (isRootless ? ["user"] : ["network"])
        var linux = JSON.Object([
            ("namespaces", .array(kinds.map { ["type": .string($0)] })),
            (
                "maskedPaths",
                [
                    "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
                    "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi",
                ]
            ),
            (
                "readonlyPaths",
                ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
            ),
        ])
        if isRootless {
            let map: JSON = [["containerID": 0, "hostID": .number("\(effectiveUser())"), "size": 1]]
            linux["uidMappings"] = map
            linux["gidMappings"] = map
        } else {
            linux["resources"] = ["devices": [["allow": false, "access": "rwm"]]]
        }
        return .object(linux)
    }
}
