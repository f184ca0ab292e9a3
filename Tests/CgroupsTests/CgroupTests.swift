import Cgroups
import Linux
import SystemPackage
import Testing

@Suite struct `The cgroup tree` {
    @Test(arguments: [
        ("29 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate", "/sys/fs/cgroup"),
        (
            "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup c rw\n"
                + "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime shared:5 - cgroup2 cgroup2 rw",
            "/sys/fs/cgroup/unified"
        ),
        ("1 2 0:3 /sub /a rw - cgroup2 c rw\n2 2 0:3 / /b rw - cgroup2 c rw", "/b"),
        ("1 2 0:3 /sub /a rw - cgroup2 c rw", "/a"),
        (#"1 2 0:3 / /my\040cgroups\134x rw - cgroup2 c rw"#, #"/my cgroups\x"#),
        ("1 2 0:3 / /cgroup2 rw - tmpfs cgroup2 rw", nil), ("", nil), ("- cgroup2", nil), ("a b c", nil),
    ])
    func `is found in the mount table wherever it is`(mountinfo: String, expected: String?) {
        #expect(CgroupMount.parse(mountinfo) == expected)
    }

    @Test(arguments: [("0::/a/b\n", "/a/b"), ("4:memory:/x\n0::/\n", "/"), ("4:memory:/x\n", nil)])
    func `says where a process is`(text: String, expected: String?) {
        #expect(CgroupMount.group(inProcFile: text) == expected)
    }

    @Test func `is made downwards, and controllers that it lacks are reported`() async throws {
        try await withTemporaryDirectory(files: [
            "cgroup.controllers": "hugetlb memory misc\n", "cgroup.subtree_control": "\n",
        ]) { path throws in
            let missing = try Cgroup(path: path).enable([.memory, .hugetlb, .cpu, .pids])
            #expect(missing.map(\.controller) == [.cpu, .pids])
            #expect(missing[0].description == "cgroup controller cpu in \(path): not available")
            let written = try Cgroup(path: path).read("cgroup.subtree_control")
            #expect(written.hasPrefix("+hugetlb +memory"))
        }
    }

    @Test func `is left alone where the controllers are enabled`() async throws {
        try await withTemporaryDirectory(files: [
            "cgroup.controllers": "memory\n", "cgroup.subtree_control": "memory\n",
        ]) { path throws in
            #expect(try Cgroup(path: path).enable([.memory]).isEmpty)
            #expect(try Cgroup(path: path).read("cgroup.subtree_control") == "memory\n")
        }
    }
}

@Suite struct `A group that is given to a user` {
    @Test(arguments: [
        ("cgroup.procs\ncgroup.threads\nmemory.reclaim\n", ["cgroup.procs", "cgroup.threads", "memory.reclaim"]),
        ("../x\n..\n.\n\na/b\ncgroup.procs", ["cgroup.procs"]),
    ])
    func `has the files that the kernel names`(list: String, files: [String]) async throws {
        try await withTemporaryDirectory(files: ["delegate": list]) { path throws in
            #expect(try Cgroup.delegatedFiles(in: path.appending("delegate")) == files)
            #expect(try Cgroup.delegatedFiles(in: path.appending("none")).contains("cgroup.subtree_control"))
        }
    }

    @Test(.enabled(if: processIsRoot, "needs root")) func `is owned by him, and so are those files, no others`()
        async throws
    {
        try await withTemporaryDirectory(files: ["cgroup.procs": "", "memory.max": ""]) { path throws in
            try Cgroup(path: path).delegate(owner: 1234, group: 1235, files: ["cgroup.procs", "cgroup.threads"])
            let owners = try [path, path.appending("cgroup.procs"), path.appending("memory.max")].map {
                try fileStatus($0)?.owner
            }
            #expect(owners == [1234, 1234, 0])
        }
    }
}

private let processIsRoot = (try? fileStatus("/proc/self"))??.owner == 0

@Suite struct `A group's settings` {
    @Test func `are written to its files, and what it lacks is reported`() async throws {
        let files = ["cgroup.procs": "", "cgroup.controllers": "", "memory.max": "max\n"]
        try await withTemporaryDirectory(files: files) { path throws in
            let settings = CgroupSettings([
                .init(.memory, "memory.max", "4096"), .init(.pids, "pids.max", "5"),
                .init(.memory, "memory.swap.max", "0", isDefault: true),
            ])
            let unenforced = try Cgroup(path: path).apply(settings)
            #expect(try Cgroup(path: path).read("memory.max") == "4096")
            #expect(unenforced.map(\.setting.file) == ["pids.max"])
            #expect(
                unenforced.first?.description
                    == "pids.max = 5 in \(path): not enforced (cgroup controller pids not available)")
        }
    }

    @Test func `are an error where there is no group`() async throws {
        try await withTemporaryDirectory { path throws in
            let group = Cgroup(path: path).child("gone")
            #expect(throws: SyscallError.self) { try group.apply(CgroupSettings([.init(.memory, "memory.max", "1")])) }
            #expect(try !group.exists)
            try await group.remove()
        }
    }

    @Test func `know their controllers and the last value for a file`() {
        let settings = CgroupSettings([
            .init(.cpu, "cpu.weight", "1"), .init(.cpu, "cpu.weight", "2"), .init(nil, "cgroup.freeze", "0"),
        ])
        #expect(settings.controllers == [.cpu])
        #expect(settings["cpu.weight"] == "2")
    }
}
