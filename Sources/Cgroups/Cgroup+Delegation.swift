import Linux
package import SystemPackage

extension Cgroup {
    /// Gives the group to a user, e.g. root of a user namespace: it may then make groups below and move its processes
    /// among them, but not raise the group's own limits.
    ///
    /// Source: `cgroups(7)`, "Cgroups delegation"; the OCI runtime specification, "Cgroup ownership".
    package func delegate(owner: UInt32, group: UInt32, files: [String]? = nil) throws {
        let directory = try DirectoryHandle(path: path)
        try directory.borrow { fd throws(SyscallError) in try OpenFile.setOwner(fd, owner, group) }
        for file in try files ?? Self.delegatedFiles() {
            guard try hasFile(file), let component = FilePath.Component(file) else { continue }
            try directory.setOwner(component, owner, group)
        }
    }

    /// Files that the owner of a delegated group may write. Source: `/sys/kernel/cgroup/delegate`, Linux 4.15.
    package static func delegatedFiles(in list: FilePath = "/sys/kernel/cgroup/delegate") throws -> [String] {
        guard let bytes = try readFile(at: list, ifExists: true, limit: 1 << 16) else {
            return ["cgroup.procs", "cgroup.subtree_control", "cgroup.threads"]
        }
        return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
            .map { String($0) }.filter { !$0.contains("/") && !$0.isEmpty && $0 != ".." && $0 != "." }
    }
}
