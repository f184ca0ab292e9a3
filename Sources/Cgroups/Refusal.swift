import Linux
import SystemPackage

/// What the kernel means when it refuses a value for a group's file: the errno alone tells a person little.
enum Refusal {
    /// Pressure files say EOPNOTSUPP when the kernel has PSI switched off; a file that was open while its group went
    /// says ENODEV.
    static func isAbsence(_ errno: Errno) -> Bool { errno == .unsupported || errno == .noDevice }

    /// One clause for the error's text, or `nil` when there is nothing to add.
    ///
    /// - Parameters:
    ///   - file: the group's file.
    ///   - errno: the kernel's answer.
    ///   - type: what `cgroup.type` says, `nil` for the root of the tree.
    ///
    /// Source: `Documentation/admin-guide/cgroup-v2.rst`, "No Internal Process Constraint", "Threads", "Delegation
    /// Containment"; kernel/cgroup/cgroup.c, `cgroup_migrate_vet_dst`, `cgroup_attach_permissions`,
    /// `cgroup_subtree_control_write`.
    static func explanation(file: String, errno: Errno, type: String?) -> String? {
        let isThreaded = type?.hasPrefix("threaded") == true
        switch (file, errno) {
        case ("cgroup.subtree_control", .resourceBusy):
            return "the group has processes of its own, and only one without may give controllers to its children"
        case ("cgroup.subtree_control", .unsupported), ("cgroup.procs", .unsupported):
            return notSupported(file: file, type: type)
        case ("cgroup.subtree_control", .noSuchFileOrDirectory):
            return "its parent does not give it that controller"
        case ("cgroup.procs", .resourceBusy):
            return "the group gives controllers to its children, so processes may only be in those"
        case ("cgroup.procs", .noSuchProcess): return "there is no such process"
        case ("cgroup.procs", .permissionDenied), ("cgroup.procs", .noSuchFileOrDirectory):
            return "a process may be moved only within what was delegated to the caller"
        case (_, .unsupported) where isThreaded: return "a threaded group has no such control"
        case ("cpu.weight", .invalidArgument): return "1 to 10000, and not while cpu.idle is 1"
        case ("cpu.max", .invalidArgument): return "not below 1 ms, nor below cpu.max.burst; periods 1 ms to 1 s"
        case ("cpu.max.burst", .invalidArgument): return "not above the quota of cpu.max"
        case ("cpuset.cpus", .noSpace), ("cpuset.mems", .noSpace): return "tasks of the group would be left with none"
        case ("io.max", .noDevice), ("io.latency", .noDevice), ("io.weight", .noDevice):
            return "no such whole disk; a partition has no limits of its own"
        default: return nil
        }
    }

    private static func notSupported(file: String, type: String?) -> String {
        switch type {
        case "domain invalid":
            "the group is invalid as a domain, since it lies below a threaded one: make its parent a domain, or it threaded"
        case "threaded" where file == "cgroup.procs":
            "the group is threaded: it takes the threads of its domain's processes, by cgroup.threads"
        case "threaded", "domain threaded":
            "in a threaded subtree there are only the controllers cpu, cpuset, perf_event and pids"
        default: "the group is not a domain"
        }
    }
}

extension Errno {
    /// ENODEV, 19.
    static let noDevice = Errno(rawValue: 19)
    /// EOPNOTSUPP, 95. Source: asm-generic/errno.h.
    static let unsupported = Errno(rawValue: 95)
}
