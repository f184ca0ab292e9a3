import Linux
package import SystemPackage

/// A whole disk, by its numbers. Partitions have no limits of their own.
package struct BlockDevice: Hashable, Comparable, Sendable, CustomStringConvertible {
    package var major: UInt32
    package var minor: UInt32

    package init(major: UInt32, minor: UInt32) {
        self.major = major
        self.minor = minor
    }

    /// Reads `8:0`, as files of a group name a device.
    package init?(parsing text: some StringProtocol) {
        let numbers = text.split(separator: ":", omittingEmptySubsequences: false)
        guard numbers.count == 2, let major = UInt32(numbers[0]), let minor = UInt32(numbers[1]) else { return nil }
        self.init(major: major, minor: minor)
    }

    /// Finds the numbers of a device node, e.g. `/dev/vda`.
    package init(node: FilePath) throws {
        guard case .blockDevice(let major, let minor)? = try fileStatus(node)?.kind else {
            throw SyscallError("\(node) is not a block device", Errno(rawValue: 15))  // ENOTBLK
        }
        self.init(major: major, minor: minor)
    }

    package static func < (one: Self, other: Self) -> Bool { (one.major, one.minor) < (other.major, other.minor) }

    package var description: String { "\(major):\(minor)" }
}

/// A group's part in the time of disks, as the OCI specification counts: 10 to 1000.
package struct IOWeight: Equatable, Sendable {
    package var value: UInt16

    package init?(_ value: UInt16) {
        guard 10...1000 ~= value else { return nil }
        self.value = value
    }

    /// For `io.weight`, 1 to 10000, of the `iocost` policy.
    ///
    /// Source: opencontainers/cgroups, `ConvertBlkIOToIOWeightValue`; crun does the same.
    package var costWeight: UInt64 { 1 + (UInt64(value) - 10) * 9999 / 990 }

    /// `io.bfq.weight`, 1 to 1000, where the disks are scheduled by BFQ; else `io.weight`.
    package func setting(for device: BlockDevice? = nil) -> CgroupSettings.Setting {
        let key = device.map { "\($0) " } ?? ""
        return .init(
            .io, "io.bfq.weight", "\(key)\(value)", substitute: .init("io.weight", "\(key)\(costWeight)"))
    }
}

/// How fast a group may read from and write to one disk: a line of `io.max`. `nil` leaves a limit as it is.
package struct IOLimits: Equatable, Sendable {
    package var readBytes: Limit?
    package var writtenBytes: Limit?
    package var reads: Limit?
    package var writes: Limit?

    package init(
        readBytes: Limit? = nil, writtenBytes: Limit? = nil, reads: Limit? = nil, writes: Limit? = nil
    ) {
        self.readBytes = readBytes
        self.writtenBytes = writtenBytes
        self.reads = reads
        self.writes = writes
    }

    package func setting(for device: BlockDevice) -> CgroupSettings.Setting {
        let limits = [("rbps", readBytes), ("wbps", writtenBytes), ("riops", reads), ("wiops", writes)]
        let words = limits.compactMap { key, limit in limit.map { "\(key)=\($0)" } }
        let isDefault = limits.allSatisfy { $0.1 == nil || $0.1 == .unlimited }
        return .init(.io, "io.max", (["\(device)"] + words).joined(separator: " "), isDefault: isDefault)
    }

    /// Reads `io.max`.
    package static func parse(_ text: some StringProtocol) throws(ParseError) -> [BlockDevice: IOLimits] {
        var all: [BlockDevice: IOLimits] = [:]
        for (name, values) in nestedKeyed(text) {
            guard let device = BlockDevice(parsing: name) else { throw ParseError(file: "io.max", line: name) }
            func limit(_ key: String) throws(ParseError) -> Limit? {
                guard let value = values[key] else { return nil }
                return try Limit(parsing: value, file: "io.max")
            }
            all[device] = IOLimits(
                readBytes: try limit("rbps"), writtenBytes: try limit("wbps"), reads: try limit("riops"),
                writes: try limit("wiops"))
        }
        return all
    }
}

extension CgroupSettings.Setting {
    /// How long a request of the group to a disk should take at most: groups with a longer target give way. `nil` ends
    /// it. Microseconds. Source: `io.latency`, Linux 4.19.
    package static func ioLatency(_ device: BlockDevice, target: UInt64?) -> Self {
        Self(.io, "io.latency", "\(device) target=\(target ?? 0)", isDefault: target == nil)
    }
}
