import Cgroups
import SystemPackage
import Testing

@Suite struct `A kernel file` {
    @Test func `of memory events is read, unknown keys skipped`() throws {
        let events = try MemoryEvents(parsing: "low 0\nhigh 1\nmax 2\noom 3\noom_kill 4\noom_group_kill 5\nnew 6\n")
        #expect(events.high == 1 && events.max == 2 && events.outOfMemory == 3)
        #expect(events.killed == 4 && events.groupKilled == 5)
    }

    @Test(arguments: ["oom_kill", "oom_kill x", "oom_kill 1 2", "oom_kill -1", "oom_kill 99999999999999999999"])
    func `of memory events is refused when it has another form`(text: String) {
        #expect(throws: ParseError.self) { try MemoryEvents(parsing: text) }
    }

    @Test(arguments: [(UInt64(100), UInt64(30), UInt64(70)), (30, 100, 0), (0, 0, 0)])
    func `of memory gives the working set`(usage: UInt64, inactive: UInt64, expected: UInt64) throws {
        let statistics = try MemoryStatistics(parsing: "anon 5\ninactive_file \(inactive)\n")
        #expect(statistics.workingSet(usage: usage) == expected)
    }

    @Test func `of a group is read as a whole`() async throws {
        let files = [
            "memory.current": "4096\n", "memory.max": "max\n", "memory.stat": "anon 1\ninactive_file 96\n",
            "pids.current": "3\n", "pids.max": "100\n", "pids.events": "max 7\n",
            "cpu.stat": "usage_usec 10\nnr_throttled 2\nthrottled_usec 9\n",
        ]
        try await withTemporaryDirectory(files: files) { path throws in
            let group = Cgroup(path: path)
            let memory = try #require(try group.memoryUsage())
            #expect(memory.workingSet == 4000)
            #expect(memory.limit == .unlimited)
            #expect(try group.pidsUsage() == PIDsUsage(current: 3, limit: .at(100), refused: 7))
            #expect(try group.cpuStatistics().throttledPeriods == 2)
            #expect(try group.memoryEvents() == nil)
            #expect(try group.ioStatistics() == nil)
        }
    }

    @Test func `of block devices counts per device`() throws {
        let text = "254:0 rbytes=4096 wbytes=8192 rios=1 wios=2 dbytes=0 dios=0 cost.usage=3\n7:1 \n"
        let io = try IOStatistics.parse(text)
        #expect(io.count == 1)
        #expect(io[0].major == 254 && io[0].readBytes == 4096 && io[0].writtenBytes == 8192 && io[0].writes == 2)
        #expect(throws: ParseError.self) { try IOStatistics.parse("rbytes=1") }
    }

    @Test func `of pressure gives averages and the total`() throws {
        let text = """
            some avg10=0.12 avg60=1.50 avg300=0.00 total=123456
            full avg10=0.00 avg60=0.25 avg300=0.00 total=99
            """
        let pressure = try Pressure(parsing: text)
        #expect(pressure.some.average10 == 0.12 && pressure.some.total == 123_456)
        #expect(pressure.full.average60 == 0.25)
        #expect(throws: ParseError.self) { try Pressure(parsing: "most avg10=0") }
    }

    @Test func `that a group does not have is nothing, and all others are read`() async throws {
        let files = [
            "memory.current": "4096\n", "memory.stat": "anon 1\nslab 7\n", "memory.peak": "9000\n",
            "memory.swap.current": "5\n", "memory.swap.max": "0\n", "memory.swap.events": "high 0\nmax 0\nfail 3\n",
            "memory.events": "low 0\noom_kill 2\n", "memory.events.local": "low 1\noom_kill 1\n",
            "pids.current": "3\n", "pids.max": "max\n", "pids.peak": "8\n",
            "cpu.stat": "usage_usec 10\nnr_bursts 2\nburst_usec 9\ncore_sched.force_idle_usec 1\n",
            "hugetlb.2MB.current": "2097152\n", "hugetlb.2MB.max": "max\n", "hugetlb.2MB.rsvd.current": "0\n",
            "hugetlb.2MB.events": "max 4\n", "misc.current": "sev 1\n", "misc.events": "sev.max 6\n",
            "irq.pressure": "full avg10=0.00 avg60=0.00 avg300=0.00 total=7\n", "rdma.current": "",
        ]
        try await withTemporaryDirectory(files: files) { path throws in
            let all = try Cgroup(path: path).statistics()
            #expect(all.memory?.limit == .unlimited && all.memory?.peak == 9000 && all.memory?.swap == 5)
            #expect(all.memory?.swapLimit == .at(0) && all.memory?.swapRefused == 3 && all.memory?.swapPeak == nil)
            #expect(all.memory?.statistics.all["slab"] == 7)
            #expect(
                all.memoryEvents?.killed == 2 && all.localMemoryEvents?.killed == 1 && all.localMemoryEvents?.low == 1)
            #expect(all.pids == PIDsUsage(current: 3, limit: .unlimited, refused: 0, peak: 8))
            #expect(all.cpu?.bursts == 2 && all.cpu?.burst == 9)
            let pages = HugePageUsage(current: 2 << 20, limit: .unlimited, reserved: 0, refused: 4)
            #expect(all.hugePages.values.first == pages && all.hugePages.count == 1)
            #expect(all.misc?.current == ["sev": 1] && all.misc?.events == ["sev.max": 6])
            #expect(all.pressure[.irq]?.full.total == 7 && all.pressure[.cpu] == nil)
            #expect(all.io == nil && all.rdma == [])
        }
        try await withTemporaryDirectory { path throws in
            #expect(try Cgroup(path: path).statistics() == CgroupStatistics())
        }
    }

    @Test func `of disks' limits is read`() throws {
        let limits = try IOLimits.parse("8:0 rbps=1024 wbps=max riops=max wiops=5\n")
        #expect(limits[BlockDevice(major: 8, minor: 0)]?.readBytes == .at(1024))
        #expect(limits[BlockDevice(major: 8, minor: 0)]?.writtenBytes == .unlimited)
    }

    @Test func `of RDMA devices gives handles and objects`() throws {
        let usage = try RDMAUsage.parse("mlx4_0 hca_handle=2 hca_object=2000\nocrdma1 hca_handle=0 hca_object=3\n")
        #expect(usage[0] == RDMAUsage(device: "mlx4_0", handles: 2, objects: 2000))
        #expect(usage.count == 2)
    }
}

@Suite struct `A list of CPUs` {
    @Test(arguments: [
        ("", ""), ("0", "0"), ("0-3", "0-3"), ("0,1,2", "0-2"), ("8,0-1\n", "0-1,8"), ("3-3", "3"),
    ])
    func `is read and written as the kernel does`(text: String, expected: String) throws {
        #expect(try NumberList(parsing: text).description == expected)
    }

    @Test(arguments: ["a", "3-1", "1-2-3", "-1", "0-99999999"])
    func `refuses other text`(text: String) {
        #expect(throws: ParseError.self) { try NumberList(parsing: text) }
    }
}

@Suite struct `A size of huge pages` {
    @Test(arguments: [
        ("2Mi", "2MB"), ("1Gi", "1GB"), ("64Ki", "64KB"), ("2MB", "2MB"), ("1024Mi", "1GB"), ("2048Ki", "2MB"),
    ])
    func `has the kernel's name`(text: String, name: String) { #expect(HugePageSize(text)?.kernelName == name) }

    @Test(arguments: ["", "2", "Mi", "2M", "-2Mi", "0Mi", "2MiB"])
    func `refuses other text`(text: String) { #expect(HugePageSize(text) == nil) }

    @Test func `is found in the kernel's directory`() async throws {
        try await withTemporaryDirectory { path throws in
            for name in ["hugepages-2048kB", "hugepages-1048576kB", "other"] {
                try Cgroup(path: path.appending(name)).create()
            }
            #expect(try HugePageSize.all(in: path).map(\.kernelName) == ["2MB", "1GB"])
        }
    }

    @Test func `that is not asked for is limited to nothing, in both counters`() throws {
        let two = try #require(HugePageSize("2MB"))
        let one = try #require(HugePageSize("1GB"))
        let settings = CgroupSettings.hugePages([two: 4 << 20], sizes: [one, two])
        #expect(
            settings.settings.map { "\($0.file)=\($0.value)" } == [
                "hugetlb.2MB.max=4194304", "hugetlb.2MB.rsvd.max=4194304", "hugetlb.1GB.max=0",
                "hugetlb.1GB.rsvd.max=0",
            ])
        #expect(settings.controllers == [.hugetlb])
    }
}
