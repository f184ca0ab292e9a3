import Cgroups
import Linux
import Logging
import Machine
import Node
import Pods
import SystemPackage
import Systemd
import Units

// Where pods' cgroups lie, and what stands in those above them.

extension Composition {
    /// The cgroups below which pods live: a scope of systemd's where it runs the machine, delegated to the agent and
    /// outside its unit, so that the unit can be started anew while pods run; else the tree itself.
    func cgroups() async throws -> PodCgroups {
        guard let mount = try CgroupMount.find() else { throw NoCgroups() }
        for group in configuration.reservedGroups {
            try await onOwnThread { try group.enforce(below: mount.path, isSystemd: ServiceManager.isRunning) }
        }
        var base = mount.path
        if ServiceManager.isRunning, configuration.cgroupRoot.isEmpty {
            // Where no logind holds the shutdown up, this is the time that pods have.
            let scope = Scope(
                name: "swiftlet-pods.scope", slice: "swiftlet.slice", description: "Pods of Swiftlet",
                stopTimeout: max(.seconds(30), configuration.shutdownGracePeriod))
            base = try await delegated(scope, below: mount.path)
        }
        for component in FilePath(configuration.cgroupRoot).components { base.append(component) }
        var settings = PodCgroups.Settings()
        settings.enforcesCPULimits = configuration.cpuCFSQuota
        settings.cpuPeriod = UInt64(max(1000, configuration.cpuCFSQuotaPeriod / .microseconds(1)))
        settings.podPIDsLimit = configuration.podPidsLimit
        settings.killsSingleProcesses = configuration.singleProcessOOMKill
        settings.hugePageSizes = try HugePageSize.all()
        settings.podLimit = try podLimit()
        settings.memory = try memoryPolicy()
        settings.requiresControllers = options.requireControllers
        let cgroups = PodCgroups(root: Cgroup(path: base), settings: settings)
        let missing = try cgroups.prepare()
        if let first = missing.first, options.requireControllers { throw MissingControllers(first: first) }
        if !missing.isEmpty {
            Logger.current.warning(
                "Cgroup controllers are missing: what they limit is not enforced",
                metadata: ["controllers": "\(missing.map(\.controller.rawValue).joined(separator: ", "))"])
        }
        return cgroups
    }

    /// What pods may use together; `nil` where nothing is kept from them. More than they may ask for: what is evicted
    /// for is in it.
    private func podLimit() throws -> NodeResources? {
        let capacity = try NodeResources.capacity(root: directories.root)
        // Source: kubernetes `validateNodeAllocatable`: together it must not be more than there is.
        _ = try capacity.without(configuration.reserved + [configuration.kept(of: capacity)])
        let rest = try capacity.without(configuration.reserved)
        return configuration.enforceNodeAllocatable.contains("pods") ? rest : capacity
    }

    private func memoryPolicy() throws -> MemoryPolicy {
        var policy = MemoryPolicy()
        if configuration.hasMemoryQoS {
            // Source: kubernetes `GetNodeAllocatableAbsolute`: without what is reserved, with what is evicted for.
            let allocatable = try NodeResources.capacity(root: directories.root).without(configuration.reserved)
                .allocatable
            policy.qos = .init(
                reservation: .init(rawValue: configuration.memoryReservationPolicy) ?? .none,
                throttlingFactor: configuration.memoryThrottlingFactor,
                allocatable: allocatable.memory ?? ByteCount(0), pageSize: pageSize())
        }
        if configuration.swapBehavior == "LimitedSwap" {
            policy.swap = .init(memory: ByteCount(memoryCapacity()), swap: ByteCount(try Swap.capacity()))
        }
        return policy
    }

    /// A scope lives as long as a process is in it: one that only waits keeps it while no pod runs.
    private func delegated(_ scope: Scope, below mount: FilePath) async throws -> FilePath {
        let keeper = try Keeper.start(companion("pause"))
        let (cgroup, isNew) = try await scope.start(with: [keeper.pid])
        // systemd delegates what it uses itself; huge pages are given on from the root of the tree by whoever needs them.
        var path = mount
        for component in cgroup.components {
            _ = try Cgroup(path: path).enable(Controller.allCases)
            path.append(component)
        }
        // Controllers can be given on only by a group without processes of its own.
        let home = Cgroup(path: path).child("keeper")
        try home.create()
        if isNew { try home.add(process: keeper.pid) } else { try keeper.end() }
        return path
    }
}
