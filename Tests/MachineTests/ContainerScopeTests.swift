import Cgroups
import Linux
import SystemPackage
import Testing
import Units

/// The systemd cgroup driver, on a systemd.
@Suite(.serialized, .boot(1)) struct `A container's scope` {
    private func scope(_ name: String, _ annotations: [String: String] = [:]) throws -> ContainerScope {
        ContainerScope(
            name: try ScopeName(parsing: "driver-a.slice:test:\(name)"), description: "Container \(name)",
            extra: try UnitProperty.properties(inAnnotations: annotations))
    }

    private func process() async throws -> Int32 {
        try #require(Int32(try await shell("setsid sleep 1000 </dev/null >/dev/null 2>&1 & echo $!")))
    }

    private func shown(_ property: String, of scope: ContainerScope) async throws -> String {
        try await shell("systemctl show -P \(property) \(scope.name.unit)")
    }

    @Test func `has the limits in systemd and in the files, is updated, survives a reload, and goes`() async throws {
        let manager = try UnitManager()
        let scope = try scope("one", ["org.systemd.property.TimeoutStopSec": "uint64 7"])
        let settings = CgroupSettings([
            .init(.memory, "memory.max", "67108864"), .init(.pids, "pids.max", "50"),
            .init(.cpu, "cpu.max", "12345 100000"), .init(.cpu, "cpu.weight", "79"), .init(.cpuset, "cpuset.cpus", "0"),
            .init(.memory, "memory.oom.group", "1"),
        ])
        let path = try await scope.start(
            manager, processes: [process()], settings: settings, devices: DeviceRule.containerDefaults)
        #expect(path == "/driver.slice/driver-a.slice/test-one.scope")
        #expect(try path == scope.name.cgroup())
        let group = Cgroup(path: FilePath("/sys/fs/cgroup\(path)"))
        try group.enforce(settings)
        try group.setDevices(DeviceRule.containerDefaults)

        #expect(try await shown("MemoryMax", of: scope) == "67108864")
        #expect(try await shown("TasksMax", of: scope) == "50")
        #expect(try await shown("CPUQuotaPerSecUSec", of: scope) == "130ms")
        #expect(try await shown("AllowedCPUs", of: scope) == "0")
        #expect(try await shown("DevicePolicy", of: scope) == "strict")
        #expect(try await shown("DeviceAllow", of: scope).contains("/dev/char/1:3 rwm"))
        #expect(try await shown("Delegate", of: scope) == "yes")
        #expect(try await shown("TimeoutStopUSec", of: scope) == "7s")
        #expect(try group.read("memory.max") == "67108864\n")
        #expect(try group.read("cpu.max") == "12345 100000\n")
        // Systemd's program and ours stand beside each other, and ours is replaced alone.
        try group.setDevices(
            DeviceRule.containerDefaults + [DeviceRule(allow: false, kind: .character, major: 1, minor: 5)])
        let programs = try group.devicePrograms()
        #expect(programs.filter(\.isOwn).count == 1 && programs.count == 2, "\(programs)")

        let more = CgroupSettings([.init(.memory, "memory.max", "134217728"), .init(.memory, "memory.oom.group", "1")])
        try scope.update(manager, settings: more)
        try group.update(more)
        try await shell("systemctl daemon-reload")
        #expect(try await shown("MemoryMax", of: scope) == "134217728")
        #expect(try group.read("memory.max") == "134217728\n")
        #expect(try group.devicePrograms().filter(\.isOwn).count == 1)

        try scope.remove(manager)
        #expect(try manager.cgroup(ofScope: scope.name.unit) == nil)
        #expect(try !group.exists)
        try scope.remove(manager)
    }

    @Test func `that cannot be made says why, in systemd's words`() async throws {
        let manager = try UnitManager()
        let scope = try scope("two", ["org.systemd.property.NoSuchThing": "true"])
        var words = ""
        do {
            let process = try await process()
            _ = try scope.start(manager, processes: [process], settings: CgroupSettings(), devices: [])
        } catch {
            words = "\(error)"
        }
        #expect(words.contains("test-two.scope") && words.contains("NoSuchThing"), "\(words)")
        let again = try self.scope("two")
        let path = try await again.start(manager, processes: [process()], settings: CgroupSettings(), devices: [])
        #expect(!path.isEmpty)
        // A name that is taken is refused.
        await #expect(throws: (any Error).self) {
            _ = try await again.start(manager, processes: [process()], settings: CgroupSettings(), devices: [])
        }
        try again.remove(manager)
    }

    /// Again and again, each time on a connection whose first call is so short that systemd may read it with the login.
    @Test func `is told of by its systemd`() async throws {
        for _ in 1...50 {
            let manager = try UnitManager()
            #expect(try manager.property("ActiveState", of: "none.scope", kind: "Unit")?.text == "inactive")
        }
        #expect(throws: BusError.self) {
            try UnitManager().set([UnitProperty("MemoryMax", .uint64(1))], of: "none.scope")
        }
    }
}
