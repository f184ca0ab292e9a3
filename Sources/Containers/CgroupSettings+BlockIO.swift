import Cgroups
import OCI

extension CgroupSettings {
    /// Weights and limits of disks. Limits of one disk make one line of `io.max`.
    init(_ io: RuntimeSpec.BlockIO) throws {
        self.init()
        if (io.leafWeight ?? 0) != 0 { throw UnsupportedResource.leafWeight }
        if let weight = try IOWeight(specified: io.weight) { append(weight.setting()) }
        for entry in io.weightDevice ?? [] {
            if (entry.leafWeight ?? 0) != 0 { throw UnsupportedResource.leafWeight }
            let device = try BlockDevice(entry.major, entry.minor)
            if let weight = try IOWeight(specified: entry.weight) { append(weight.setting(for: device)) }
        }
        var limits: [BlockDevice: IOLimits] = [:]
        let kinds: [(entries: [RuntimeSpec.BlockIO.Throttle]?, limit: WritableKeyPath<IOLimits, Limit?>)] = [
            (io.throttleReadBpsDevice, \.readBytes), (io.throttleWriteBpsDevice, \.writtenBytes),
            (io.throttleReadIOPSDevice, \.reads), (io.throttleWriteIOPSDevice, \.writes),
        ]
        for kind in kinds {
            for entry in kind.entries ?? [] {
                // Source: cgroup v1, blkio.throttle.*: 0 lifts the limit. The kernel refuses 0 in io.max.
                limits[try BlockDevice(entry.major, entry.minor), default: IOLimits()][keyPath: kind.limit] =
                    entry.rate == 0 ? .unlimited : .at(entry.rate)
            }
        }
        for (device, limits) in limits.sorted(by: { $0.key < $1.key }) { append(limits.setting(for: device)) }
    }
}

extension UnsupportedResource {
    static let leafWeight = UnsupportedResource(
        "blockIO.leafWeight", "cgroup v2 has no processes beside groups to weigh")
}

extension IOWeight {
    fileprivate init?(specified value: UInt16?) throws(UnsupportedResource) {
        guard let value, value != 0 else { return nil }
        guard let weight = IOWeight(value) else {
            throw UnsupportedResource("blockIO.weight", "\(value) is not within 10 to 1000")
        }
        self = weight
    }
}

extension BlockDevice {
    fileprivate init(_ major: Int64, _ minor: Int64) throws(UnsupportedResource) {
        guard let major = UInt32(exactly: major), let minor = UInt32(exactly: minor) else {
            throw UnsupportedResource("blockIO", "\(major):\(minor) are not a device's numbers")
        }
        self.init(major: major, minor: minor)
    }
}
