import Cgroups
import Testing

@Suite struct `CPU shares` {
    @Test(arguments: [
        (Int64(0), UInt64(2)), (-5, 2), (1, 2), (2, 2), (3, 3), (10, 10), (100, 102), (250, 256), (500, 512),
        (1000, 1024), (1500, 1536), (256_000, 262_144), (300_000, 262_144), (.max, 262_144),
    ])
    func `are made of thousandths of a CPU within their bounds`(milli: Int64, shares: UInt64) {
        #expect(CPUShares(milliCPU: milli).value == shares)
    }

    @Test(arguments: [
        (UInt64(0), UInt64?.none), (1, 1), (2, 1), (3, 2), (102, 17), (256, 35), (512, 59), (1024, 100), (2048, 174),
        (262_143, 10_000), (262_144, 10_000), (.max, 10_000),
    ])
    func `weigh a container on the runtimes' curve`(shares: UInt64, weight: UInt64?) {
        #expect(CPUShares(shares).containerWeight == weight)
    }

    @Test(arguments: [
        (UInt64(0), UInt64(1)), (2, 1), (1024, 39), (2048, 79), (102, 4), (262_143, 9_999), (262_144, 10_000),
        (300_000, 10_000),
    ])
    func `weigh a group of pods on the kubelet's line`(shares: UInt64, weight: UInt64) {
        #expect(CPUShares(shares).linearWeight == weight)
    }

    @Test(arguments: [(UInt64(1), UInt64(2)), (39, 998), (10_000, 262_144), (0, 2), (.max, 262_144)])
    func `are read back from a weight`(weight: UInt64, shares: UInt64) {
        #expect(CPUShares(weight: weight).value == shares)
    }

    @Test(arguments: [(UInt64(2), Int64(0)), (0, 0), (102, 100), (1024, 1000), (512, 500), (3, 3), (.max, 256_000)])
    func `give the thousandths back, rounded up`(shares: UInt64, milli: Int64) {
        #expect(CPUShares(shares).milliCPU == milli)
    }
}

@Suite struct `A CPU quota` {
    @Test(arguments: [
        (Int64(0), UInt64(100_000), "max 100000"), (-1, 100_000, "max 100000"), (1, 100_000, "1000 100000"),
        (5, 100_000, "1000 100000"), (10, 100_000, "1000 100000"), (11, 100_000, "1100 100000"),
        (500, 100_000, "50000 100000"), (1500, 100_000, "150000 100000"), (1000, 5_000, "5000 5000"),
        (100, 5_000, "1000 5000"), (.max, 100_000, "max 100000"),
    ])
    func `is a part of each period, never less than the kernel takes`(milli: Int64, period: UInt64, text: String) {
        #expect(CPUQuota(milliCPU: milli, period: period).description == text)
    }

    @Test(arguments: ["max 100000", "50000 100000"])
    func `is read back`(text: String) throws {
        #expect(try CPUQuota(parsing: text + "\n").description == text)
    }

    @Test(arguments: ["", "max", "x 100000", "1 2 3", "-1 100000"])
    func `refuses other text`(text: String) {
        #expect(throws: ParseError.self) { try CPUQuota(parsing: text) }
    }
}
