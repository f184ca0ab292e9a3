package import Cgroups
package import SystemPackage

/// A container's group that systemd makes and removes: the systemd cgroup driver.
///
/// Systemd is told what it knows of; the rest the caller writes into the files, as it does without systemd. Both
/// together, since systemd writes its own values again when it reloads.
package struct ContainerScope: Equatable, Sendable {
    package var name: ScopeName
    package var description: String
    /// What the container's annotations ask for: it overrules what is said here.
    package var extra: [UnitProperty]

    package init(name: ScopeName, description: String, extra: [UnitProperty] = []) {
        self.name = name
        self.description = description
        self.extra = extra
    }

    /// What systemd is asked for. Pure: compared in tests.
    ///
    /// Source: opencontainers/cgroups, `UnifiedManager.Apply`; crun, `enter_systemd_cgroup_scope`.
    package func properties(
        processes: [Int32], settings: CgroupSettings, devices: [DeviceRule]
    ) -> [UnitProperty] {
        var properties = [UnitProperty("Description", .string(description))]
        if name.unit.hasSuffix(".slice") {
            properties.append(UnitProperty("Wants", .strings([name.slice])))
        } else {
            properties += [
                UnitProperty("Slice", .string(name.slice)), UnitProperty("Delegate", .bool(true)),
                UnitProperty("PIDs", .array(of: "u", processes.map { .uint32(UInt32(bitPattern: $0)) })),
            ]
        }
        properties += ["CPUAccounting", "IOAccounting", "MemoryAccounting", "TasksAccounting"].map {
            UnitProperty($0, .bool(true))
        }
        // At the machine's shutdown containers go before what systemd orders against units of their own.
        properties.append(UnitProperty("DefaultDependencies", .bool(false)))
        properties += UnitProperty.properties(for: devices) + UnitProperty.properties(for: settings)
        let asked = Set(extra.map(\.name))
        return properties.filter { !asked.contains($0.name) } + extra
    }

    /// Makes the scope with the container's process in it.
    ///
    /// - Returns: its group below the cgroup mount, as systemd tells it.
    package func start(
        _ manager: UnitManager, processes: [Int32], settings: CgroupSettings, devices: [DeviceRule]
    ) throws -> FilePath {
        do {
            try manager.startTransient(
                name.unit, properties(processes: processes, settings: settings, devices: devices))
        } catch let error as BusError {
            throw ScopeNotStarted(
                scope: Scope(name: name.unit, slice: name.slice, description: description), cause: error)
        }
        let kind = name.unit.hasSuffix(".slice") ? "Slice" : "Scope"
        let path = try manager.property("ControlGroup", of: name.unit, kind: kind)?.text ?? ""
        return path.isEmpty ? try name.cgroup() : FilePath(path)
    }

    /// Tells systemd the new limits; the files are the caller's. What can be said only at the start is left out.
    package func update(_ manager: UnitManager, settings: CgroupSettings, devices: [DeviceRule]? = nil) throws {
        try Self.update(name.unit, manager, settings: settings, devices: devices)
    }

    /// As above, of a scope that is known by its unit's name.
    package static func update(
        _ unit: String, _ manager: UnitManager, settings: CgroupSettings, devices: [DeviceRule]? = nil
    ) throws {
        let properties = UnitProperty.properties(for: settings).filter { $0.name != "OOMPolicy" }
        let rules = devices.map { UnitProperty.properties(for: $0) } ?? []
        try manager.set(properties + rules, of: unit)
    }

    /// Ends what is left in the scope and lets systemd forget it. One that is not there is no error.
    package func remove(_ manager: UnitManager) throws { try manager.stop(name.unit) }
}
