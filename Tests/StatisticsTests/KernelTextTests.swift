import Cgroups
import Testing

@testable import Statistics

@Suite struct `Figures of the kernel` {
    @Test func `are read of interfaces, those of pods' other ends left out`() {
        let text = """
            Inter-|   Receive                                                |  Transmit
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
                lo: 150 5 0 0 0 0 0 0 150 5 0 0 0 0 0 0
              eth0:4866 58 1 2 0 0 0 0 822 6 3 4 0 0 0 0
            veth12: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0
            eth0:1: 7 1 0 0 0 0 0 0 8 1 0 0 0 0 0 0
              bad0: 1 2

            """
        let found = InterfaceCounters.parse(text)
        #expect(found.map(\.name) == ["eth0", "eth0:1"])
        #expect(found[0].received == .init(bytes: 4866, packets: 58, errors: 1, dropped: 2))
        #expect(found[0].sent == .init(bytes: 822, packets: 6, errors: 3, dropped: 4))
        #expect(InterfaceCounters.parse("").isEmpty)
    }

    @Test func `are read of memory, in bytes`() {
        let memory = MachineMemory(
            vmstat: "nr_anon_pages 10\nnr_file_pages 20\nnr_inactive_file 5\nnr_mapped 1\npgfault 7\npgmajfault 2\n",
            meminfo: "MemTotal: 1000 kB\nSwapTotal:       100 kB\nSwapFree: 40 kB\nSlab: 3 kB\n", pageSize: 4096)
        #expect(memory.usage.current == 30 * 4096 && memory.usage.workingSet == 25 * 4096)
        #expect(memory.usage.swap == 60 * 1024 && memory.usage.swapLimit == .at(100 * 1024))
        #expect(memory.usage.statistics.pageFaults == 7 && memory.usage.statistics.kernel == 3072)
    }

    @Test func `are read of disks that have done something`() {
        let disks = DiskCounters.parse(" 254 0 vda 10 1 80 5 20 2 160 6 0 7 8\n 7 0 loop0 0 0 0 0 0 0 0 0 0 0 0\nx\n")
        #expect(disks.map(\.name) == ["vda"] && disks[0].sectorsWritten == 160 && disks[0].weightedTime == 8)
    }

    @Test func `are read of the agent's own process`() throws {
        let stat = "42 (a) b) S 1 1 1 0 -1 0 0 0 0 0 250 50 0 0 20 0 9 0 1000 4096000 500 0"
        let facts = try #require(ProcessFacts(stat: stat, ticks: 100, pageSize: 4096, bootTime: 1000))
        #expect(facts.cpuSeconds == 3 && facts.startSeconds == 1010)
        #expect(facts.virtualBytes == 4_096_000 && facts.residentBytes == 500 * 4096)
        #expect(ProcessFacts(stat: "42 (a) S 1", ticks: 100, pageSize: 4096, bootTime: 0) == nil)
        let limits =
            "Limit  Soft Limit  Hard Limit  Units\nMax open files            1024                 524288               files\n"
        #expect(openFilesLimit(inLimits: limits) == 1024)
    }
}
