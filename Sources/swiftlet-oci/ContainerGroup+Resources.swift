import Cgroups
import Containers
import Linux
import OCI
import Units

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
    ///
    /// - Parameter scope: the unit of systemd's that has the group.
    func update(_ resources: RuntimeSpec.Resources, scope: String?, _ report: Report) throws {
        let resources = resources.withoutEmptyLimits
        for left in CgroupSettings.ignored(in: resources) { report.warning(left) }
        let settings = try CgroupSettings(resources, controllers: try controllerNames())
        let devices = resources.devices == nil ? nil : try DeviceRule.rules(for: resources)
        try update(settings)
        if let devices { try setDevices(devices) }
        guard let scope else { return }
        // Once the kernel has taken them; and again after it, since what systemd writes is rounded.
        try ContainerScope.update(scope, .ofCaller(), settings: settings, devices: devices)
        try update(settings)
    }
}

extension RuntimeSpec.Resources {
    /// A limit of 0 tasks is what podman writes for "no limit": crun and runc up to 1.2 leave the group as it is then.
    var withoutEmptyLimits: Self {
        var resources = self
        if resources.pids?.limit == 0 { resources.pids = nil }
        return resources
    }
}
