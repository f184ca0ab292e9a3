import Linux
import SystemPackage
import Testing

@testable import Cgroups

@Suite struct `An update of a group` {
    private func order(_ settings: [(String, String)], _ current: [String: String]) -> [String] {
        CgroupSettings(settings.map { .init(nil, $0.0, $0.1) }).ordered { current[$0] }.settings.map(\.file)
    }

    @Test(arguments: [
        // A burst above the quota is refused: it goes down first, and up last.
        (["cpu.max": "50000 100000", "cpu.max.burst": "10"], ["cpu.max.burst", "cpu.max"]),
        (["cpu.max": "50000 100000", "cpu.max.burst": "9000"], ["cpu.max", "cpu.max.burst"]),
    ])
    func `keeps the burst below the quota`(values: [String: String], expected: [String]) {
        let current = ["cpu.max": "80000 100000", "cpu.max.burst": "1000"]
        #expect(order(values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }, current) == expected)
    }

    @Test func `raises before it lowers`() {
        let wanted = [("memory.max", "100"), ("memory.swap.max", "50"), ("pids.max", "max"), ("cpu.weight", "5")]
        let current = ["memory.max": "200\n", "memory.swap.max": "0\n", "pids.max": "7\n"]
        #expect(order(wanted, current) == ["memory.swap.max", "pids.max", "cpu.weight", "memory.max"])
    }

    @Test func `that is refused leaves the values as they were`() async throws {
        let files = ["cgroup.procs": "", "memory.max": "max\n", "cpu.max": "max 100000\n", "io.max": "8:0 rbps=5\n"]
        try await withTemporaryDirectory(files: files) { path throws in
            let group = Cgroup(path: path)
            let settings = CgroupSettings([
                .init(.memory, "memory.max", "4096"), .init(.cpu, "cpu.max", "5000 100000"),
                .init(.io, "io.max", "8:0 rbps=9"), .init(.pids, "pids.max", "5"),
            ])
            #expect(throws: UnenforcedSetting.self) { try group.update(settings) }
            // A real file would take a value for the whole; this one keeps the bytes behind it.
            #expect(try group.read("memory.max").hasPrefix("max"))
            #expect(try group.read("cpu.max").hasPrefix("max 100000"))
            #expect(try group.read("io.max").hasPrefix("8:0 rbps=5"))
        }
    }

    @Test func `to less memory than is in use is refused where that is asked for`() async throws {
        let files = ["cgroup.procs": "", "memory.max": "max\n", "memory.current": "8192\n"]
        try await withTemporaryDirectory(files: files) { path throws in
            var settings = CgroupSettings([.init(.memory, "memory.max", "4096")])
            settings.keepsMemoryInUse = true
            let error = #expect(throws: LimitBelowUsage.self) { try Cgroup(path: path).update(settings) }
            #expect(error?.description.contains("refused, 8192 are in use") == true)
            #expect(try Cgroup(path: path).read("memory.max") == "max\n")
            settings.keepsMemoryInUse = false
            try Cgroup(path: path).update(settings)
            #expect(try Cgroup(path: path).read("memory.max") == "4096")
        }
    }

    @Test func `of a line of groups reaches all of them, unless one would lose what it uses`() async throws {
        let files = ["cgroup.procs": "", "memory.max": "100\n", "memory.current": "60\n"]
        try await withTemporaryDirectory(files: files) { outer throws in
            try await withTemporaryDirectory(files: files) { inner throws in
                let (pod, app) = (Cgroup(path: outer), Cgroup(path: inner))
                var less = CgroupSettings([.init(.memory, "memory.max", "50")])
                less.keepsMemoryInUse = true
                #expect(throws: LimitBelowUsage.self) { try Cgroup.update([(pod, CgroupSettings()), (app, less)]) }
                let more = CgroupSettings([.init(.memory, "memory.max", "700")])
                try Cgroup.update([(pod, more), (app, CgroupSettings([.init(.memory, "memory.max", "70")]))])
                #expect(try pod.read("memory.max").hasPrefix("700"))
                #expect(try app.read("memory.max").hasPrefix("70"))
            }
        }
    }

    @Test func `of a line of groups splits what rises from what falls`() {
        let settings = CgroupSettings([.init(.memory, "memory.max", "5"), .init(.pids, "pids.max", "9")])
        let (rising, falling) = settings.split { $0 == "memory.max" ? "6" : "8" }
        #expect(rising.settings.map(\.file) == ["pids.max"] && falling.settings.map(\.file) == ["memory.max"])
    }

    @Test func `takes the substitute where the first file is not there`() async throws {
        let files = ["cgroup.procs": "", "io.weight": "default 100\n"]
        try await withTemporaryDirectory(files: files) { path throws in
            let weight = try #require(IOWeight(500))
            try Cgroup(path: path).enforce(CgroupSettings([weight.setting()]))
            #expect(try Cgroup(path: path).read("io.weight").hasPrefix("4950"))
        }
    }
}

@Suite struct `A refusal of the kernel` {
    @Test(arguments: [
        ("cgroup.subtree_control", Errno.resourceBusy, "domain", "processes of its own"),
        ("cgroup.subtree_control", Errno(rawValue: 95), "domain invalid", "invalid as a domain"),
        ("cgroup.subtree_control", Errno(rawValue: 95), "domain threaded", "only the controllers"),
        ("cgroup.procs", .resourceBusy, "domain", "gives controllers to its children"),
        ("cgroup.procs", Errno(rawValue: 95), "threaded", "by cgroup.threads"),
        ("cgroup.procs", .permissionDenied, "domain", "delegated"),
        ("cpu.weight", .invalidArgument, "domain", "cpu.idle"),
        ("cpu.max.burst", .invalidArgument, "domain", "not above the quota"),
        ("io.max", Errno(rawValue: 19), "domain", "whole disk"),
        ("memory.max", Errno(rawValue: 95), "threaded", "threaded"),
    ])
    func `is explained`(file: String, errno: Errno, type: String, words: String) {
        #expect(Refusal.explanation(file: file, errno: errno, type: type)?.contains(words) == true)
    }

    @Test func `that speaks for itself is not`() {
        #expect(Refusal.explanation(file: "memory.max", errno: .invalidArgument, type: "domain") == nil)
    }
}

@Suite struct `A unified resource` {
    @Test func `is written under its name, line by line, in the order of names`() throws {
        let unified = [
            "memory.high": "1M", "io.max": "8:0 rbps=1\n8:16 wbps=2\n", "cpuset.cpus": "", "cgroup.freeze": "0",
        ]
        #expect(
            try CgroupSettings(unified: unified, available: ["memory", "io", "cpuset"]).settings.map {
                "\($0.file)=\($0.value)"
            }
                == ["cgroup.freeze=0", "cpuset.cpus=", "io.max=8:0 rbps=1", "io.max=8:16 wbps=2", "memory.high=1M"])
    }

    @Test(arguments: [
        ("../memory.max", "without slashes"), ("a/b.c", "without slashes"), ("memory", "CONTROLLER.PARAMETER"),
        (".max", "CONTROLLER.PARAMETER"), ("memory.", "CONTROLLER.PARAMETER"), ("", "CONTROLLER.PARAMETER"),
        ("pids.max", "controller pids is not available"), ("a\0b.c", "name of a file"),
    ])
    func `is refused otherwise`(file: String, words: String) {
        let error = #expect(throws: InvalidUnified.self) {
            try CgroupSettings(unified: [file: "1"], available: ["memory"])
        }
        #expect(error?.description.contains(words) == true)
    }
}
