import Cgroups
import Linux
import OCI
import SystemPackage

/// Where a container's group lies in the cgroup tree.
enum ContainerGroup {
    /// - Returns: `nil` when the machine has no cgroup2 tree, or the caller wants none.
    static func find(_ spec: RuntimeSpec, id: String, _ runtime: Runtime) throws -> Cgroup? {
        switch runtime.cgroupManager {
        case .disabled: return nil
        case .systemd:
            throw Failure("cgroup manager systemd: systemd cannot be asked by this program; use cgroupfs")
        case .cgroupfs: break
        }
        guard let mount = try CgroupMount.find() else { return nil }
        return Cgroup(path: mount.path.pushing(FilePath(relative(spec.linux?.cgroupsPath, id: id))))
    }

    /// Below the tree's root. Source: runtime-spec, config-linux.md, "Cgroups Path": a relative one is the runtime's to place.
    static func relative(_ path: String?, id: String) -> String {
        guard let path, !path.isEmpty else { return id }
        let normal = FilePath("/").pushing(FilePath(path.drop { $0 == "/" }.description)).lexicallyNormalized()
        return String(normal.string.drop { $0 == "/" })
    }

    /// Makes the group with all that the machine can measure and limit.
    ///
    /// - Returns: whether it was not there before.
    static func make(_ group: Cgroup) throws -> Bool {
        if group.exists { return false }
        guard let mount = try CgroupMount.find() else { return false }
        let names = group.path.string.dropFirst(mount.path.string.count).split(separator: "/").map(String.init)
        _ = try mount.makeDescendant(names, controllers: try mount.controllers())
        return true
    }
}

extension Container {
    var cgroup: Cgroup? { record.cgroup.map { Cgroup(path: FilePath($0)) } }
}

extension Cgroup {
    /// Stops all processes of the group, or lets them go on, and returns when they have.
    func freezeAndWait(_ frozen: Bool) throws {
        try write(frozen ? "1" : "0", to: "cgroup.freeze")
        for _ in 0..<5000 {
            if try isFrozen() == frozen { return }
            pause(milliseconds: 2)
        }
        if frozen { try? write("0", to: "cgroup.freeze") }
        throw Failure("\(frozen ? "freeze" : "thaw") \(path): it takes too long")
    }

    /// Kills what is left in the group and below it, then removes the groups, the deepest first.
    func removeAndWait() throws {
        guard exists else { return }
        if try isPopulated() { try kill() }
        for attempt in 0... {
            do {
                return try removeAll()
            } catch let error as SyscallError where error.errno == .resourceBusy && attempt < 1000 {
                // A killed process stays in its group until it is gone altogether.
                pause(milliseconds: attempt < 20 ? 1 : 10)
            }
        }
    }

    private func removeAll() throws {
        for child in try children() { try child.removeAll() }
        try removeDirectory(at: path)
    }
}
