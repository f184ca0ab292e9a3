import Cgroups
import Linux
import SystemPackage

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
        guard try exists else { return }
        for attempt in 0... {
            do {
                return try removeAll()
            } catch let error as SyscallError where error.errno == .noSuchFileOrDirectory {
                // Systemd removes the empty groups of its scopes, too.
                return
            } catch let error as SyscallError where error.errno == .resourceBusy && attempt < 1000 {
                // Each time: an exec may come late, and who is killed stays in the group until it is gone altogether.
                if try isPopulated() { try kill() }
                pause(milliseconds: attempt < 20 ? 1 : 10)
            }
        }
    }

    private func removeAll() throws {
        // Most have no groups below, and need not be looked through for them.
        if (try? removeDirectory(at: path)) != nil { return }
        for child in try children() { try child.removeAll() }
        try removeDirectory(at: path)
    }
}

extension Container {
    var cgroup: Cgroup? { record.cgroup.map { Cgroup(path: FilePath($0)) } }
}
