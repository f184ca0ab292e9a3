import Cgroups
import Testing

@testable import Units

@Suite struct `A unit's properties` {
    @Test(arguments: [
        (("memory.max", "4096"), [UnitProperty("MemoryMax", .uint64(4096))]),
        (("memory.max", "max"), [UnitProperty("MemoryMax", .uint64(.max))]),
        (("memory.low", "1"), [UnitProperty("MemoryLow", .uint64(1))]),
        (("memory.swap.max", "0"), [UnitProperty("MemorySwapMax", .uint64(0))]),
        (("pids.max", "max"), [UnitProperty("TasksMax", .uint64(.max))]),
        (("cpu.weight", "79"), [UnitProperty("CPUWeight", .uint64(79))]),
        (("cpu.idle", "1"), [UnitProperty("CPUWeight", .uint64(0))]), (("cpu.idle", "0"), []),
        (
            ("cpu.max", "50000 100000"),
            [
                UnitProperty("CPUQuotaPeriodUSec", .uint64(100_000)),
                UnitProperty("CPUQuotaPerSecUSec", .uint64(500_000)),
            ]
        ),
        (
            ("cpu.max", "12345 100000"),
            [
                UnitProperty("CPUQuotaPeriodUSec", .uint64(100_000)),
                UnitProperty("CPUQuotaPerSecUSec", .uint64(130_000)),
            ]
        ),
        (
            ("cpu.max", "max 50000"),
            [UnitProperty("CPUQuotaPeriodUSec", .uint64(50_000)), UnitProperty("CPUQuotaPerSecUSec", .uint64(.max))]
        ),
        (("cpuset.cpus", "0-1,9"), [UnitProperty("AllowedCPUs", .bytes([3, 2]))]),
        (("cpuset.mems", "0"), [UnitProperty("AllowedMemoryNodes", .bytes([1]))]),
        (("io.weight", "500"), [UnitProperty("IOWeight", .uint64(500))]),
        (("hugetlb.2MB.max", "0"), []), (("cpu.max", "rubbish"), []), (("memory.max", "-1"), []),
    ])
    func `say what the group's files will hold`(file: (String, String), properties: [UnitProperty]) {
        #expect(UnitProperty.properties(for: CgroupSettings([.init(nil, file.0, file.1)])) == properties)
    }

    @Test func `have one weight, none beside idle`() {
        let settings = CgroupSettings([.init(.cpu, "cpu.idle", "1"), .init(.cpu, "cpu.weight", "5")])
        #expect(UnitProperty.properties(for: settings) == [UnitProperty("CPUWeight", .uint64(0))])
    }

    @Test func `let the rules' devices through, by their numbers and groups`() {
        let rules = [
            DeviceRule(allow: false), DeviceRule(allow: true, kind: .character, major: 1, minor: 3, access: [.read]),
            DeviceRule(allow: true, kind: .character, major: 136),
            DeviceRule(allow: true, kind: .block, access: .makeNode),
        ]
        let places = [("/dev/char/1:3", "r"), ("char-136", "rwm"), ("block-*", "m")]
        #expect(
            UnitProperty.properties(for: rules) == [
                UnitProperty("DevicePolicy", .string("strict")),
                UnitProperty(
                    "DeviceAllow",
                    .array(of: "(ss)", places.map { .structure([.string($0.0), .string($0.1)]) })),
            ])
        #expect(UnitProperty.properties(for: DeviceRule.everything)[0].value == .string("auto"))
    }

    @Test func `of a container's scope name its slice and process, and give way to its annotations`() throws {
        let scope = ContainerScope(
            name: try ScopeName(parsing: "a.slice:p:n"), description: "Container n",
            extra: [UnitProperty("Delegate", .bool(false))])
        let properties = scope.properties(processes: [7], settings: CgroupSettings(), devices: DeviceRule.everything)
        let values = Dictionary(grouping: properties, by: \.name).mapValues { $0.map(\.value) }
        #expect(values["Slice"] == [.string("a.slice")])
        #expect(values["PIDs"] == [.array(of: "u", [.uint32(7)])])
        #expect(values["Delegate"] == [.bool(false)])
        #expect(values["DefaultDependencies"] == [.bool(false)])
    }
}

@Suite struct `A property in an annotation` {
    @Test(arguments: [
        ("true", BusValue.bool(true)), ("'x y'", .string("x y")), ("\"q\"", .string("q")), ("5", .int32(5)),
        ("uint64 5", .uint64(5)), ("uint32 0", .uint32(0)), ("int64 -5", .int64(-5)), ("1.5", .double(1.5)),
        ("['a', 'b, c']", .strings(["a", "b, c"])), ("[uint64 1]", .array(of: "t", [.uint64(1)])),
        ("objectpath '/a'", .objectPath("/a")), (" byte 255 ", .byte(255)),
    ])
    func `is read in GVariant's text form`(text: String, value: BusValue) {
        #expect(UnitProperty.parse(text) == value)
    }

    @Test(arguments: [
        "", "x", "'x", "'a'b'", "uint64 -1", "uint64", "[]", "['a', 5]", "['a", "99999999999", "byte 256", "[", "'",
        "@as []", "inf.", "'\\u0041'",
    ])
    func `is refused otherwise`(text: String) throws {
        #expect(UnitProperty.parse(text) == nil)
        #expect(throws: InvalidUnitProperty.self) {
            try UnitProperty.properties(inAnnotations: ["org.systemd.property.Thing": text])
        }
    }

    @Test func `in seconds becomes systemd's microseconds`() throws {
        let annotations = ["org.systemd.property.TimeoutStopSec": "uint64 2", "other": "x"]
        #expect(
            try UnitProperty.properties(inAnnotations: annotations) == [
                UnitProperty("TimeoutStopUSec", .uint64(2_000_000))
            ])
        for (name, value) in [("TimeoutStopSec", "'x'"), ("TimeoutStopSec", "-1"), ("a-b", "1"), ("", "1")] {
            #expect(throws: InvalidUnitProperty.self) {
                try UnitProperty.properties(inAnnotations: ["org.systemd.property.\(name)": value])
            }
        }
    }
}
