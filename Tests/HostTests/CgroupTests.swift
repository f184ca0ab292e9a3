import Cgroups
import Foundation
import Linux
import SystemPackage
import Testing

/// The tree of this machine, when tests may make groups in it.
private let tree: Cgroup? = {
    guard let root = try? CgroupMount.find() else { return nil }
    let probe = root.child("swiftlet-probe-\(UInt32.random(in: 0 ... .max))")
    guard (try? probe.create()) != nil else { return nil }
    try? removeDirectory(at: probe.path)
    return root
}()

/// Runs `body` with a group of its own, and removes it.
private func withGroup(_ body: (Cgroup) async throws -> Void) async throws {
    let root = try #require(tree)
    let group = root.child("swiftlet-test-\(UInt64.random(in: 0 ... .max))")
    try group.create()
    do {
        try await body(group)
    } catch {
        try await group.remove()
        throw error
    }
    try await group.remove()
    #expect(try !group.exists)
}

@Suite(.enabled(if: tree != nil, "needs root and a cgroup2 tree")) struct `A cgroup of the kernel` {
    /// Starts a shell that first moves itself into the group; so it and all its children are in it.
    private func shell(_ script: String, in group: Cgroup) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "echo $$ > \(group.path)/cgroup.procs && \(script)"]
        process.standardError = nil
        try process.run()
        return process
    }

    private func until(_ condition: () throws -> Bool) async throws {
        for _ in 0..<1000 {
            if try condition() { return }
            try await Task.sleep(for: .milliseconds(5))
        }
        Issue.record("the condition never held")
    }

    @Test func `is removed with the processes and groups in it`() async throws {
        try await withGroup { group in
            let inner = group.child("inner")
            try inner.create()
            let process = try shell("{ sleep 100 & sleep 100; }", in: inner)
            try await until { try inner.processes().count == 3 }
            #expect(try group.isPopulated())
            try await group.remove()
            process.waitUntilExit()
            #expect(process.terminationReason == .uncaughtSignal)
            #expect(try !group.exists)
        }
    }

    @Test func `is frozen and thawed`() async throws {
        try await withGroup { group in
            let process = try shell("exec sleep 100", in: group)
            try await until { try !group.processes().isEmpty }
            try await group.setFrozen(true)
            #expect(try group.read("cgroup.events").contains("frozen 1"))
            try await group.setFrozen(false)
            try group.kill()
            process.waitUntilExit()
        }
    }

    @Test func `lets its processes use only the devices of its rules`() async throws {
        try await withGroup { group in
            try group.setDevices(DeviceRule.containerDefaults)
            let denied = try shell("! head -c1 /dev/kmsg >/dev/null && head -c1 /dev/zero >/dev/null", in: group)
            denied.waitUntilExit()
            #expect(denied.terminationStatus == 0)

            let closed = DeviceRule.containerDefaults + [DeviceRule(allow: false, kind: .character, major: 1, minor: 5)]
            try group.setDevices(closed)
            let replaced = try shell("! head -c1 /dev/zero && : >/dev/null", in: group)
            replaced.waitUntilExit()
            #expect(replaced.terminationStatus == 0)

            let programs = try group.devicePrograms()
            #expect(programs.count == 1 && programs.first?.isOwn == true)
            try group.setDevices(DeviceRule.everything)
            #expect(try group.devicePrograms().map(\.tag) != programs.map(\.tag))
            let open = try shell("head -c1 /dev/zero >/dev/null", in: group)
            open.waitUntilExit()
            #expect(open.terminationStatus == 0)
        }
    }

    @Test func `keeps its device rules while they are replaced under a process that tries them`() async throws {
        try await withGroup { group in
            try group.setDevices(DeviceRule.containerDefaults)
            // Ends with 1 as soon as a node that no rule ever allows can be opened.
            let process = try shell(
                "while [ -e \(group.path) ] && ! head -c0 /dev/kmsg 2>/dev/null; do :; done; exit 1", in: group)
            try await until { try !group.processes().isEmpty }
            for count in 0..<200 {
                let more = [DeviceRule(allow: count % 2 == 0, kind: .character, major: 1, minor: 5)]
                try group.setDevices(DeviceRule.containerDefaults + more)
            }
            #expect(process.isRunning)
            #expect(try group.devicePrograms().count == 1)
            try group.removeDevices()
            #expect(try group.devicePrograms().isEmpty)
            process.waitUntilExit()
            #expect(process.terminationStatus == 1)
        }
    }

    @Test func `without the kernel's kill loses all its processes, in groups below it, too`() async throws {
        try await withGroup { group in
            let inner = group.child("inner")
            try inner.create()
            let process = try shell("{ sleep 100 & sleep 100; }", in: inner)
            try await until { try group.allProcesses().count == 3 }
            try group.send(9)
            process.waitUntilExit()
            try await until { try group.allProcesses().isEmpty }
        }
    }

    @Test func `is given to another user with the files that he needs`() async throws {
        try await withGroup { group in
            try group.delegate(owner: 4242, group: 4242)
            #expect(try fileStatus(group.path)?.owner == 4242)
            #expect(try fileStatus(group.path.appending("cgroup.procs"))?.owner == 4242)
            #expect(try fileStatus(group.path.appending("cgroup.controllers"))?.owner == 0)
        }
    }

    @Test func `says why it cannot give controllers on beside processes of its own`() async throws {
        try await withGroup { group in
            guard try group.controllers().contains(.hugetlb) || !((try? tree?.enable([.hugetlb])) ?? []).isEmpty else {
                return
            }
            let process = try shell("exec sleep 100", in: group)
            try await until { try !group.processes().isEmpty }
            let refused = try group.enable([.hugetlb])
            #expect(refused.first?.cause.contains("processes of its own") == true, "\(refused)")
            try await group.killAll()
            process.waitUntilExit()
        }
    }

    @Test func `counts what there is to count`() async throws {
        try await withGroup { group in
            let all = try group.statistics()
            #expect(all.cpu != nil)
            #expect(try all.memory != nil || !group.controllers().contains(.memory))
        }
    }

    @Test func `has the controllers of its parent, or the lack is reported`() async throws {
        try await withGroup { group in
            let (pod, missing) = try group.makeDescendant(["kubepods", "pod1"], controllers: Controller.allCases)
            let present = try pod.controllers()
            let needed = Controller.allCases.filter { !$0.isOptional }
            #expect(present.union(missing.map(\.controller)).isSuperset(of: needed))
            #expect(present.isDisjoint(with: missing.map(\.controller)))
            let unenforced = try pod.apply(CgroupSettings([.init(.pids, "pids.max", "100")]))
            #expect(unenforced.isEmpty == present.contains(.pids))
        }
    }

    @Test func `limits huge pages`() async throws {
        let root = try #require(tree)
        guard try root.controllers().contains(.hugetlb), let size = try HugePageSize.all().first else { return }
        try await withGroup { group in
            _ = try root.enable([.hugetlb])
            try group.apply(.hugePages([size: size.bytes * 3], sizes: HugePageSize.all()))
            #expect(try group.read("hugetlb.\(size.kernelName).max") == "\(size.bytes * 3)\n")
            #expect(try group.hugePageUsage(size) == 0)
        }
    }
}
