import Cgroups
import Containers
import Linux
import OCI

extension Cgroup {
    /// Gives a new group the limits of the specification, and its rules for devices.
    ///
    /// The rules come last: a container without any of its own has those that every container has.
    func enforce(_ resources: RuntimeSpec.Resources?, _ report: Report) throws {
        let resources = resources?.withoutEmptyLimits
        if let resources {
            for left in CgroupSettings.ignored(in: resources) { report.warning(left) }
            try enforce(try CgroupSettings(resources, controllers: try controllerNames()))
        }
        try setDevices(try DeviceRule.rules(for: resources ?? .init()))
    }

    /// Gives a group that is in use other limits, all or none.
    func update(_ resources: RuntimeSpec.Resources, _ report: Report) throws {
        let resources = resources.withoutEmptyLimits
        for left in CgroupSettings.ignored(in: resources) { report.warning(left) }
        try update(try CgroupSettings(resources, controllers: try controllerNames()))
        if resources.devices != nil { try setDevices(try DeviceRule.rules(for: resources)) }
    }

    private func controllerNames() throws -> Set<String> {
        Set(try read("cgroup.controllers").split(whereSeparator: \.isWhitespace).map(String.init))
    }
}

extension RuntimeSpec.Resources {
    /// A limit of 0 tasks is what podman writes for "no limit": crun and runc up to 1.2 leave the group as it is then.
    fileprivate var withoutEmptyLimits: Self {
        var resources = self
        if resources.pids?.limit == 0 { resources.pids = nil }
        return resources
    }
}
