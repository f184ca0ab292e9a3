import Linux
package import SystemPackage

/// A size of huge pages that the machine has.
package struct HugePageSize: Hashable, Comparable, Sendable, CustomStringConvertible {
    package var bytes: UInt64

    package init(bytes: UInt64) { self.bytes = bytes }

    package static func < (one: Self, other: Self) -> Bool { one.bytes < other.bytes }

    /// As the kernel names it in files: `64KB`, `2MB`, `1GB`.
    ///
    /// Source: `mm/hugetlb_cgroup.c`, `mem_fmt`: the largest unit that the size reaches.
    package var kernelName: String {
        if bytes >= 1 << 30 { return "\(bytes >> 30)GB" }
        if bytes >= 1 << 20 { return "\(bytes >> 20)MB" }
        return "\(bytes >> 10)KB"
    }

    package var description: String { kernelName }

    /// As the API writes it: `64Ki`, `2Mi`, `1Gi`.
    package var apiName: String {
        if bytes >= 1 << 30 { return "\(bytes >> 30)Gi" }
        if bytes >= 1 << 20 { return "\(bytes >> 20)Mi" }
        return "\(bytes >> 10)Ki"
    }

    /// Reads `2MB`, or the `2Mi` of the API.
    package init?(_ text: some StringProtocol) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let shift: Int? =
            switch text.dropFirst(digits.count) {
            case "KB", "Ki": 10
            case "MB", "Mi": 20
            case "GB", "Gi": 30
            default: nil
            }
        guard let shift, let count = UInt64(digits), count > 0, count < 1 << 20 else { return nil }
        bytes = count << UInt64(shift)
    }

    /// The sizes that the kernel has: names such as `hugepages-2048kB`.
    package static func all(
        in directory: FilePath = "/sys/kernel/mm/hugepages"
    ) throws -> [HugePageSize] {
        try directoryEntries(directory).compactMap { name in
            guard name.hasPrefix("hugepages-"), name.hasSuffix("kB") else { return nil }
            return UInt64(name.dropFirst(10).dropLast(2)).map { HugePageSize(bytes: $0 << 10) }
        }.sorted()
    }

    /// The bytes that the kernel keeps in pages of this size, in use or not.
    package func kept(in directory: FilePath = "/sys/kernel/mm/hugepages") throws -> UInt64 {
        let file = "hugepages-\(bytes >> 10)kB/nr_hugepages"
        guard let text = try readFile(at: directory.appending(file), ifExists: true) else { return 0 }
        return try number(String(decoding: text, as: UTF8.self), file: file) * bytes
    }
}

extension CgroupSettings {
    /// Limits of both counters: pages in use, and pages reserved by mappings before they are touched.
    ///
    /// The reservation counter refuses `mmap`, where the other one kills at the first touch. Every size that the
    /// machine has is written; one that is not asked for gets nothing.
    package static func hugePages(_ limits: [HugePageSize: UInt64], sizes: [HugePageSize]) -> CgroupSettings {
        var settings = CgroupSettings()
        for size in sizes.sorted() {
            let value = limits[size] ?? 0
            // A file that is missing matters only to who was promised pages.
            settings.append(.init(.hugetlb, "hugetlb.\(size.kernelName).max", "\(value)", isDefault: value == 0))
            settings.append(.init(.hugetlb, "hugetlb.\(size.kernelName).rsvd.max", "\(value)", isDefault: true))
        }
        return settings
    }
}

/// Huge pages of one size that a group has, in bytes.
package struct HugePageUsage: Equatable, Sendable {
    package var current: UInt64
    package var limit: Limit
    /// Reserved by mappings, touched or not. Linux 5.7.
    package var reserved: UInt64?
    /// Allocations refused because of the limit: `max` of `hugetlb.<size>.events`.
    package var refused: UInt64

    package init(current: UInt64, limit: Limit, reserved: UInt64?, refused: UInt64) {
        self.current = current
        self.limit = limit
        self.reserved = reserved
        self.refused = refused
    }
}

extension Cgroup {
    /// Bytes in use, of one size; `nil` without the controller.
    package func hugePageUsage(_ size: HugePageSize) throws -> UInt64? {
        try amount("hugetlb.\(size.kernelName).current")
    }

    /// Of every size that the group has files for.
    package func hugePageUsages() throws -> [HugePageSize: HugePageUsage] {
        var usages: [HugePageSize: HugePageUsage] = [:]
        for file in try directoryEntries(path) {
            let parts = file.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[0] == "hugetlb", parts[2] == "current", let size = HugePageSize(parts[1]),
                let current = try amount(file)
            else { continue }
            let name = "hugetlb.\(parts[1])"
            let events = try read("\(name).events", ifExists: true) ?? ""
            usages[size] = HugePageUsage(
                current: current, limit: try limit("\(name).max") ?? .unlimited,
                reserved: try amount("\(name).rsvd.current"),
                refused: try flatKeyed(events, file: "\(name).events")["max"] ?? 0)
        }
        return usages
    }
}
