import Cgroups
import Containers
import FoundationEssentials
import Linux
import OCI
import SystemPackage
import Testing

private let root = Cgroup(path: "/sys/fs/cgroup")

/// Limits as a container's `config.json` has them, as settings.
private func settings(_ json: String) throws -> CgroupSettings {
    try CgroupSettings(JSONDecoder().decode(RuntimeSpec.Resources.self, from: Data(json.utf8)))
}

/// The machine's disk; it has no partitions.
private func diskPath() async throws -> String { try await shell("findmnt -no SOURCE /") }

/// Runs `body` with a group of its own that has every controller, and removes it.
private func withGroup(_ body: (Cgroup) async throws -> Void) async throws {
    try root.enableAll()
    let group = root.child("machine-tests-\(UInt32.random(in: 0 ... .max))")
    try group.create()
    let outcome: Result<Void, any Error>
    do {
        outcome = .success(try await body(group))
    } catch {
        outcome = .failure(error)
    }
    try await group.remove()
    #expect(try !group.exists)
    try outcome.get()
}

/// Starts a script in the group that outlives the shell of the test.
private func start(_ script: String, in group: Cgroup) async throws {
    let inner = script.replacing("'", with: #"'\''"#)
    try await shell("setsid bash -c 'echo $$ >\(group.path)/cgroup.procs; \(inner)' </dev/null >/dev/null 2>&1 &")
    try await until("it is in the group") { try (!group.allProcesses().isEmpty).orNil }
}

/// Runs a script in the group to its end.
@discardableResult
private func run(_ script: String, in group: Cgroup) async throws -> String {
    try await shell("(echo $BASHPID >\(group.path)/cgroup.procs; \(script))")
}

@Suite(.serialized, .boot(1)) struct `A cgroup with every controller` {
    @Test(arguments: [
        (
            #"{"cpu": {"shares": 2048, "quota": 50000, "burst": 20000}}"#,
            ["cpu.weight": "174", "cpu.max": "50000 100000", "cpu.max.burst": "20000"]
        ),
        (#"{"cpu": {"idle": 1, "shares": 2048}}"#, ["cpu.idle": "1"]),
        (
            #"{"cpu": {"cpus": "0", "mems": "0"}}"#,
            ["cpuset.cpus": "0", "cpuset.mems": "0", "cpuset.cpus.effective": "0"]
        ),
        (
            #"{"memory": {"limit": 67108864, "swap": 100663296, "reservation": 33554432}}"#,
            ["memory.max": "67108864", "memory.swap.max": "33554432", "memory.low": "33554432"]
        ),
        (#"{"pids": {"limit": 7}}"#, ["pids.max": "7"]), (#"{"pids": {"limit": 0}}"#, ["pids.max": "1"]),
        (
            #"{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}"#,
            ["hugetlb.2MB.max": "4194304", "hugetlb.2MB.rsvd.max": "4194304"]
        ),
        (
            #"{"unified": {"memory.high": "16777216", "memory.min": "4096", "memory.oom.group": "1", "pids.max": "9"}}"#,
            ["memory.high": "16777216", "memory.min": "4096", "memory.oom.group": "1", "pids.max": "9"]
        ),
    ])
    func `has what a container's configuration says`(json: String, files: [String: String]) async throws {
        try await withGroup { group in
            try group.enforce(settings(json))
            for (file, value) in files { #expect(try group.read(file) == value + "\n", "\(file)") }
        }
    }

    @Test func `is updated to each of two settings from the other, in an order that the kernel takes`() async throws {
        try await withGroup { group in
            let small =
                #"{"cpu": {"idle": 1, "quota": 5000, "burst": 1000}, "memory": {"limit": 8388608, "swap": 8388608}}"#
            let large =
                #"{"cpu": {"idle": 0, "shares": 1024, "quota": 90000, "burst": 50000}, "memory": {"limit": 67108864, "swap": -1}}"#
            for _ in 0..<2 {
                try group.update(settings(small))
                #expect(try group.read("cpu.max.burst") == "1000\n")
                try group.update(settings(large))
                #expect(try group.read("cpu.weight") == "100\n")
            }
            // One that is refused takes the others with it.
            let error = #expect(throws: SyscallError.self) {
                try group.update(settings(#"{"pids": {"limit": 5}, "cpu": {"quota": 1000, "burst": 60000}}"#))
            }
            #expect(error?.description.contains("nor below cpu.max.burst") == true, "\(error.map { "\($0)" } ?? "")")
            #expect(try group.read("cpu.max") == "90000 100000\n")
            #expect(try group.read("pids.max") == "max\n")
        }
    }

    @Test func `refuses less memory than is in use, where that is asked for`() async throws {
        try await withGroup { group in
            // bash holds the text, and so the memory; it would make way for a last command.
            try await start("x=$(head -c 8000000 /dev/zero | tr '\\0' x); sleep 1000; :", in: group)
            try await until("it has the memory") { try ((group.memoryUsage()?.current ?? 0) > 8_000_000).orNil }
            #expect(throws: LimitBelowUsage.self) {
                try group.update(settings(#"{"memory": {"limit": 4194304, "checkBeforeUpdate": true}}"#))
            }
            #expect(try group.read("memory.max") == "max\n")
        }
    }

    @Test func `rings when it runs out of memory`() async throws {
        try await withGroup { group in
            try group.enforce(settings(#"{"memory": {"limit": 16777216, "swap": 16777216}}"#))
            let watch = try CgroupWatch(group, files: ["memory.events"])
            try await start("sleep 2; exec tail /dev/zero", in: group)
            while try (group.memoryEvents()?.killed ?? 0) == 0 { #expect(try await watch.change()) }
            let all = try group.statistics()
            #expect(all.localMemoryEvents?.killed == 1 && (all.memory?.peak ?? 0) > 8 << 20)
        }
    }

    @Test func `refuses tasks, and counts them`() async throws {
        try await withGroup { group in
            try group.enforce(settings(#"{"pids": {"limit": 3}}"#))
            _ = try? await run("for i in 1 2 3 4 5; do sleep 1 & done; wait", in: group)
            let usage = try #require(try group.pidsUsage())
            #expect(usage.refused > 0 && usage.limit == .at(3) && usage.peak.map { $0 <= 3 } != false)
        }
    }

    @Test func `slows a disk down by its path, and counts`() async throws {
        let disk = try await BlockDevice(node: FilePath(diskPath()))
        try await withGroup { group in
            let limits = IOLimits(writtenBytes: .at(1 << 20))
            try group.enforce(CgroupSettings([limits.setting(for: disk)]))
            // Not every kernel is built with it: then that is said.
            let latency = try group.apply(CgroupSettings([.ioLatency(disk, target: 50_000)]))
            #expect(try latency.isEmpty == group.hasFile("io.latency"))
            #expect(latency.first?.description.contains("no such file") != false)
            #expect(try IOLimits.parse(group.read("io.max"))[disk]?.writtenBytes == .at(1 << 20))
            let clock = ContinuousClock()
            let took = try await clock.measure {
                try await run(
                    "dd if=/dev/zero of=/var/tmp/io-test bs=256k count=16 oflag=direct status=none", in: group)
            }
            try await shell("rm /var/tmp/io-test")
            #expect(took > .seconds(2), "\(took)")
            let written = try #require(try group.ioStatistics()).first {
                $0.major == disk.major && $0.minor == disk.minor
            }
            #expect((written?.writtenBytes ?? 0) >= 4 << 20)
            let weight = try #require(IOWeight(500))
            try group.apply(CgroupSettings([weight.setting()]))
        }
    }

    @Test func `is frozen, thawed and killed`() async throws {
        try await withGroup { group in
            let inner = group.child("inner")
            try inner.create()
            try await start("while :; do :; done", in: inner)
            try await group.setFrozen(true)
            #expect(try group.isFrozen() == true && inner.isFrozen() == true)
            let before = try group.cpuStatistics().usage
            try await Task.sleep(for: .milliseconds(300))
            #expect(try group.cpuStatistics().usage - before < 50_000)
            try await group.setFrozen(false)
            try await until("it goes on") { try (group.cpuStatistics().usage > before + 100_000).orNil }
            #expect(try group.pressure(.cpu) != nil)
            try await group.killAll()
            try await until("all are gone") { try (!group.isPopulated()).orNil }
        }
    }

    @Test func `is made with all above it, and nothing is left when one of them cannot be`() async throws {
        try await withGroup { group in
            let made = try group.makeGroup(at: "a/b/c", needing: [.cpu, .cpuset, .io, .memory, .pids, .hugetlb])
            #expect(made.path == group.path.appending("a").appending("b").appending("c"))
            #expect(try group.child("a").controllerNames() == made.controllerNames())
            // Beside a threaded group there is no domain.
            let threaded = group.child("x").child("t")
            try threaded.create()
            try threaded.write("threaded", to: "cgroup.type")
            for needed: Set<Controller> in [[.memory], [.cpu]] {
                let error = #expect(throws: UnusableGroup.self) {
                    try group.makeGroup(at: "x/d/e", needing: needed)
                }
                #expect(error?.type == (needed == [.cpu] ? "domain invalid" : "domain threaded"))
                #expect(try group.child("x").children().map { $0.path.lastComponent?.string } == ["t"])
            }
        }
    }

    @Test func `says why threads and domains do not mix`() async throws {
        try await withGroup { group in
            let threaded = group.child("threaded")
            let invalid = group.child("invalid")
            for child in [threaded, invalid] { try child.create() }
            try threaded.write("threaded", to: "cgroup.type")
            #expect(try invalid.type() == "domain invalid")
            let process = try await shell("sleep 1000 >/dev/null 2>&1 & echo $!")
            let pid = try #require(Int32(process))
            let error = #expect(throws: SyscallError.self) { try invalid.add(process: pid) }
            #expect(error?.description.contains("invalid as a domain") == true, "\(error.map { "\($0)" } ?? "")")
            let refused = try group.enable([.memory])
            #expect(refused.first?.cause.contains("threaded subtree") == true, "\(refused)")
            try await shell("kill \(pid)")
        }
    }

    @Test func `lets a container use the devices of its rules, changed under it`() async throws {
        let disk = try await diskPath()
        let device = try BlockDevice(node: FilePath(disk))
        func rules(_ json: String) throws -> [DeviceRule] {
            try DeviceRule.rules(for: JSONDecoder().decode(RuntimeSpec.Resources.self, from: Data(json.utf8)))
        }
        let closed = try rules(#"{"devices": [{"allow": false, "access": "rwm"}]}"#)
        let open = try rules(
            #"{"devices": [{"allow": false, "access": "rwm"}, {"allow": true, "type": "b", "major": \#(device.major), "minor": \#(device.minor), "access": "r"}]}"#
        )
        try await withGroup { group in
            try group.setDevices(closed)
            try await run(
                "head -c 1 /dev/zero >/dev/null; ! head -c 1 \(disk) 2>&1; ! head -c 1 /dev/kmsg 2>&1", in: group)
            try group.setDevices(open)
            try await run("head -c 512 \(disk) >/dev/null; ! dd if=/dev/null of=\(disk) conv=notrunc 2>&1", in: group)
            #expect(try group.devicePrograms().map(\.isOwn) == [true])
            try group.setDevices(closed)
            try await run("! head -c 1 \(disk) 2>&1", in: group)
            // Any node may be made; opening it is another matter.
            try await run(
                "mknod /run/node b \(device.major) \(device.minor); ! head -c 1 /run/node 2>&1; rm /run/node", in: group
            )
        }
    }
}
