package import Linux
package import OCI
package import SystemPackage

/// A share of cache and memory bandwidth: a directory of the resctrl file system.
///
/// Source: Documentation/filesystems/resctrl.rst; runtime-spec, config-linux.md, "IntelRdt".
package struct ResourceGroup: Equatable, Sendable {
    package let directory: FilePath
    package let wish: RuntimeSpec.IntelRDT
    /// One that was there before belongs to whoever made it, and stays.
    package private(set) var isOwn = false
    private let container: String

    /// - Parameter mount: where resctrl is mounted.
    /// - Throws: where it is not.
    package init(
        _ wish: RuntimeSpec.IntelRDT, container: String, mount: FilePath = "/sys/fs/resctrl"
    ) throws(SpecError) {
        guard (try? filesystem(of: mount).type) == Self.resctrl else {
            throw SpecError("linux.intelRdt", "no resctrl file system is mounted at \(mount)")
        }
        self.wish = wish
        self.container = container
        directory = wish.closID == "/" ? mount : mount.appending(wish.closID ?? container)
    }

    /// Source: uapi/linux/magic.h, RDTGROUP_SUPER_MAGIC.
    private static let resctrl: UInt64 = 0x0765_5821

    /// The lines of its `schemata`.
    ///
    /// Source: as runc does: the two old fields first, then `schemata`, which may say the same again and wins.
    package static func schemata(of wish: RuntimeSpec.IntelRDT) -> [String] {
        ([wish.l3CacheSchema, wish.memBwSchema].compactMap(\.self) + (wish.schemata ?? []))
            .flatMap { $0.split(separator: "\n").map(String.init) }
    }

    /// Makes the group, if it is not there; sets it up; puts the process into it.
    ///
    /// To be called at ``InitProgram/Stage/surroundings``. What a failure leaves is removed by ``remove()``.
    package mutating func admit(_ pid: Int32) throws {
        let schemata = Self.schemata(of: wish)
        if try fileStatus(directory) == nil {
            if wish.closID != nil, schemata.isEmpty {
                throw SpecError(
                    "linux.intelRdt.closID", "\(directory) is not there, and nothing says what it should be")
            }
            try makeDirectories(directory)
            isOwn = true
        }
        if !schemata.isEmpty { try write(schemata.joined(separator: "\n") + "\n", to: directory.appending("schemata")) }
        try write("\(pid)", to: directory.appending("tasks"))
        guard wish.enableMonitoring == true else { return }
        try makeDirectories(monitoring)
        try write("\(pid)", to: monitoring.appending("tasks"))
    }

    private var monitoring: FilePath { directory.appending("mon_groups").appending(container) }

    /// Removes what ``admit(_:)`` made for this container alone.
    package func remove() throws(SyscallError) {
        if wish.enableMonitoring == true { try removeDirectory(at: monitoring) }
        if wish.closID == nil { try removeDirectory(at: directory) }
    }

    /// As ``remove()``; where no resctrl is mounted, there is nothing to remove.
    package static func remove(_ wish: RuntimeSpec.IntelRDT, of container: String) throws {
        guard let group = try? ResourceGroup(wish, container: container) else { return }
        try group.remove()
    }

    private func write(_ text: String, to path: FilePath) throws {
        try openFile(path, .writeOnly).borrow { fd in try naming("write \(path)") { _ = try fd.writeAll(text.utf8) } }
    }
}
