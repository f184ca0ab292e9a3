import Testing

@testable import Cgroups

/// Whatever stands in a file, reading it ends with a value or an error.
@Suite struct `Text that no kernel writes` {
    static let texts: [String] = [
        "", "\n", " ", "  \n  ", "\0", "=", "==", "a=", "=1", ":", "::", "8:", ":0", "8:0", "8:0 =", "8:0 a=b=c", "-",
        "--",
        "0-", "-0", "1-2-3", "65535", "65536", "0-65535", "4294967296:0 rbytes=1", "max", "max max", "max\nmax", "+1",
        "-1", "18446744073709551615", "18446744073709551616", "1e9", "0x10", "some", "full avg10", "some avg10=nan",
        "some avg10=inf total=-1", "some avg10=1e999", "usage_usec", "usage_usec  5", "a 1\na 2", "ä 1", "\u{202e} 1",
        String(repeating: "a", count: 300), String(repeating: "1", count: 400),
        String(repeating: "a 1\n", count: 20),
        "mlx5_0 hca_handle=", "mlx5_0 hca_handle=max", " hca_handle=1", "sev 1\r\nsev_es 2\r\n", "oom_kill 5\u{0}",
    ]

    @Test(arguments: texts)
    func `is read or refused`(text: String) {
        _ = try? flatKeyed(text, file: "x")
        _ = nestedKeyed(text)
        _ = try? number(text, file: "x")
        _ = try? Limit(parsing: text, file: "x")
        _ = try? CPUStatistics(parsing: text)
        _ = try? CPUQuota(parsing: text)
        _ = try? MemoryEvents(parsing: text)
        _ = try? MemoryStatistics(parsing: text)
        _ = try? IOStatistics.parse(text)
        _ = try? IOLimits.parse(text)
        _ = try? RDMAUsage.parse(text)
        _ = try? Pressure(parsing: text)
        _ = try? NumberList(parsing: text)
        _ = Controller.parse(text)
        _ = CgroupMount.parse(text)
        _ = CgroupMount.group(inProcFile: text)
        _ = HugePageSize(text)
        _ = BlockDevice(parsing: text)
        _ = try? CgroupSettings(unified: [text: text])
        for file in ["cpu.max", "io.max", "memory.max"] {
            _ = CgroupSettings.Setting(nil, file, text).restoring(text)
        }
    }

    @Test(arguments: 0..<64)
    func `is read or refused when it was once the kernel's`(seed: UInt64) {
        var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
        func next(_ bound: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(bound))
        }
        let kernel = """
            8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6
            some avg10=0.12 avg60=1.50 avg300=0.00 total=123456
            29 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw
            usage_usec 18446744073709551615
            """
        for _ in 0..<100 {
            var bytes = Array(kernel.utf8)
            for _ in 0...next(6) { bytes[next(bytes.count)] = UInt8(next(256)) }
            `is read or refused`(text: String(decoding: bytes.prefix(next(bytes.count) + 1), as: UTF8.self))
        }
    }
}
