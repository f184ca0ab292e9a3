import Cgroups
import Containers
import JSONText
import Linux
import OCI
import SystemPackage

/// `update`: other limits for a container that is there.
enum Update {
    static let options: [Option] = [
        .value("resources", "r"), .value("blkio-weight"), .value("cpu-period"), .value("cpu-quota"),
        .value("cpu-burst"), .value("cpu-share"), .value("cpu-rt-period"), .value("cpu-rt-runtime"),
        .value("cpuset-cpus"), .value("cpuset-mems"), .value("cpu-idle"), .value("memory", "m"),
        .value("memory-reservation"), .value("memory-swap"), .value("kernel-memory"), .value("kernel-memory-tcp"),
        .value("pids-limit"), .value("l3-cache-schema"), .value("mem-bw-schema"),
    ]

    static func run(_ runtime: Runtime, _ words: [String]) throws -> Int32 {
        let arguments = try Arguments(words, options)
        let container = try Container(runtime, try arguments.container())
        let lock = try container.lock()
        guard try container.status != .stopped else {
            throw Failure("cannot update container \(container.record.id): it is stopped")
        }
        guard let group = container.cgroup else { throw Failure("container \(container.record.id) has no cgroup") }
        try group.update(try resources(arguments), scope: container.record.scope, runtime.report)
        let shares = ["l3-cache-schema", "mem-bw-schema"].compactMap { arguments[$0] }
        if !shares.isEmpty { try change(shares, of: container) }
        _ = consume lock
        return 0
    }

    /// A container that had no share of its own gets one: as with runc.
    private static func change(_ shares: [String], of container: Container) throws {
        let wish = try container.spec().linux?.intelRdt
        if wish == nil, container.record.hasLaterShare != true {
            var record = container.record
            record.hasLaterShare = true
            try container.directory.write(record)
        }
        var group = try ResourceGroup(
            .init(closID: wish?.closID, schemata: shares), container: container.record.id)
        try group.admit(container.record.pid)
    }

    static func resources(_ arguments: Arguments) throws -> RuntimeSpec.Resources {
        if let file = arguments["resources"] {
            let bytes =
                file == "-"
                ? try FileDescriptor.standardInput.readToEnd(limit: 16 << 20)
                : try readFile(at: FilePath(file), limit: 16 << 20) ?? []
            do {
                return try JSONReader.read(RuntimeSpec.Resources.self, from: bytes)
            } catch {
                throw Failure("\(file): \(error)")
            }
        }
        var resources = RuntimeSpec.Resources(memory: .init(), cpu: .init(), pids: .init())
        resources.memory?.limit = try arguments.bytes("memory")
        resources.memory?.reservation = try arguments.bytes("memory-reservation")
        resources.memory?.swap = try arguments.bytes("memory-swap")
        resources.cpu?.shares = try arguments.number("cpu-share")
        resources.cpu?.quota = try arguments.number("cpu-quota")
        resources.cpu?.period = try arguments.number("cpu-period")
        resources.cpu?.burst = try arguments.number("cpu-burst")
        resources.cpu?.idle = try arguments.number("cpu-idle")
        resources.cpu?.cpus = arguments["cpuset-cpus"]
        resources.cpu?.mems = arguments["cpuset-mems"]
        resources.pids?.limit = try arguments.number("pids-limit")
        if let weight = try arguments.number("blkio-weight", UInt16.self) {
            resources.blockIO = try JSONReader.read(
                RuntimeSpec.BlockIO.self, from: ["weight": .number("\(weight)")] as JSON)
        }
        return resources
    }
}

extension Arguments {
    /// An amount: bytes, or with one of the letters k, m, g, t.
    func bytes(_ name: String) throws(Failure) -> Int64? {
        guard let text = self[name] else { return nil }
        let shifts: [Character: Int64] = ["k": 10, "m": 20, "g": 30, "t": 40]
        let word = text.lowercased().hasSuffix("b") ? text.lowercased().dropLast() : text.lowercased()[...]
        let shift = word.last.flatMap { shifts[$0] }
        guard let number = Int64(shift == nil ? word : word.dropLast()) else {
            throw Failure("option --\(name): \(text) is not an amount")
        }
        let (product, overflow) = number.multipliedReportingOverflow(by: 1 << (shift ?? 0))
        if overflow { throw Failure("option --\(name): \(text) is too much") }
        return product
    }
}
