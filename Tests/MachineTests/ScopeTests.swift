import SystemPackage
import Systemd
import Testing
import Units

@Suite(.serialized, .boot(1)) struct `A scope` {
    private let scope = Scope(name: "machine-tests.scope", slice: "scopes.slice", description: "Made by a test")

    /// A process of systemd's own, so that it is nobody's child and in another cgroup.
    private func process() async throws -> Int32 {
        try await shell(
            "systemd-run -q --collect -p KillMode=none --unit=scope-source sleep 1000"
        )
        return try #require(Int32(try await shell("systemctl show -P MainPID scope-source")))
    }

    @Test func `takes processes in, is delegated, and goes with the last of them`() async throws {
        #expect(ServiceManager.isRunning)
        #expect(try await scope.cgroup() == nil)
        let pid = try await process()
        let (cgroup, isNew) = try await scope.start(with: [pid])
        #expect(isNew)
        #expect(cgroup == "/scopes.slice/machine-tests.scope")
        #expect(try await shell("cat /proc/\(pid)/cgroup") == "0::\(cgroup)")
        #expect(try await shell("systemctl show -P Delegate machine-tests.scope") == "yes")
        #expect(try await shell("cat /sys/fs/cgroup\(cgroup)/cgroup.controllers").contains("memory"))

        let again = try await scope.start(with: [])
        #expect(!again.isNew)
        #expect(again.cgroup == cgroup)
        #expect(try await scope.cgroup() == cgroup)

        try await shell("kill \(pid)")
        try await until("it is gone") { try await scope.cgroup() == nil ? true : nil }
    }

    @Test func `that cannot be made says why`() async throws {
        await #expect(throws: (any Error).self) {
            _ = try await Scope(name: "no-such-type.bogus", slice: "scopes.slice", description: "").start(with: [
                1
            ])
        }
    }
}
