import Cgroups
import Containers
import Linux
import OCI

extension Cgroup {
    /// Gives a new group the limits of the specification, and its rules for devices.
    ///
    /// The rules come last: a container without any of its own has those that every container has.
    func enforce(_ resources: RuntimeSpec.Resources?, _ report: Report) throws {
        if let resources {
            for left in CgroupSettings.ignored(in: resources) { report.warning(left) }
            try enforce(try CgroupSettings(resources, controllers: try controllerNames()))
        }
        try setDevices(try DeviceRule.rules(for: resources ?? .init()))
    }

    /// Gives a group that is in use other limits, all or none.
    func update(_ resources: RuntimeSpec.Resources, _ report: Report) throws {
        for left in CgroupSettings.ignored(in: resources) { report.warning(left) }
        try update(try CgroupSettings(resources, controllers: try controllerNames()))
        if resources.devices != nil { try setDevices(try DeviceRule.rules(for: resources)) }
    }

    private func controllerNames() throws -> Set<String> {
        Set(try read("cgroup.controllers").split(whereSeparator: \.isWhitespace).map(String.init))
    }
}
