import Cgroups
import Linux
import OCI

extension Cgroup {
    /// Writes limits of the specification into the group's files.
    func apply(_ resources: RuntimeSpec.Resources, isUpdate: Bool) throws {
        var settings = CgroupSettings()
        if let limit = resources.pids?.limit {
            settings.append(.init(.pids, "pids.max", limit < 0 ? "max" : "\(max(limit, 1))"))
        }
        if let limit = resources.memory?.limit {
            settings.append(.init(.memory, "memory.max", limit < 0 ? "max" : "\(limit)"))
        }
        if let weight = resources.cpu?.shares.flatMap({ CPUShares($0).containerWeight }) {
            settings.append(.init(.cpu, "cpu.weight", "\(weight)"))
        }
        if let unenforced = try apply(settings).first { throw Failure("\(unenforced)") }
    }
}
