import CNI
import Cgroups
import Images
import Kubernetes
import Ledger
import Linux
import Logging
import Machine
import Node
import Pods
import Server
import ServiceLifecycle
import Shim
import SystemPackage
import Systemd
import Units

/// Builds the tree of services out of what the agent was told.
struct Composition {
    let configuration: KubeletConfiguration
    let options: RunOptions
    let stateDirectory: FilePath

    private var directories: Directories {
        Directories(
            root: FilePath(options.rootDir), state: stateDirectory, podLogs: configuration.podLogsDir,
            containerLogs: FilePath(options.containerLogsDir))
    }

    /// In the order in which they start; they are told to end in the reverse one.
    func services() async throws -> [any Service] {
        let node = try options.nodeName(hostname: hostName())
        let machine = try await machine(node)
        await machine.giveBackStrays()
        let statuses = StatusFiles(directory: directories.statuses)
        await statuses.keep(only: Set(try await machine.leftovers().map(\.id)))
        let pods = PodManager(
            environment: PodEnvironment(runtime: machine, sink: statuses) { .now }, sources: sourceKinds)
        let control = ControlSocket(
            path: directories.controlSocket, control: NodeControl(node: node, machine: machine, pods: pods))
        var services: [any Service] = [control, pods]
        services += sources(nodeName: node) { await pods.replace(source: $0, pods: $1) }
        services += [Reload(options: options, configuration: configuration), Watchdog()]
        return services
    }

    private func machine(_ node: String) async throws -> Machine {
        let directories = directories
        try makeDirectories(directories.root, mode: 0o711)
        try makeDirectories(directories.state, mode: 0o700)
        let ledger = Ledger(root: directories.ledger)
        try ledger.removeUnfinished()
        let cgroups = try await cgroups()
        let zygote = Zygote(executable: try companion("swiftlet-shim"), cgroup: cgroups.shims.path)
        try await zygote.start()
        let images = try await imageStore(ledger)
        let networks = Networks(
            configDirectory: FilePath(options.cniConfDir), binaryDirectories: options.cniBinDir.map { FilePath($0) },
            cache: directories.networkCache, ledger: ledger,
            podCIDRs: (configuration.podCIDR ?? "10.85.0.0/16").split(separator: ",").map(String.init),
            environment: try inheritableEnvironment(), timeouts: options.pluginTimeouts)
        return Machine(
            directories: directories, settings: settings(node), ledger: ledger, images: images, networks: networks,
            cgroups: cgroups, zygote: zygote, pause: try companion("pause"))
    }

    private func settings(_ node: String) -> Machine.Settings {
        var settings = Machine.Settings(nodeName: node)
        settings.clusterDNS = configuration.clusterDNS
        settings.clusterDomain = configuration.clusterDomain
        settings.resolvConf = configuration.resolvConf
        settings.logMaxSize = UInt64(max(0, configuration.containerLogMaxSize ?? 0))
        settings.logMaxFiles = UInt32(clamping: configuration.containerLogMaxFiles)
        settings.seccompDefault = configuration.seccompDefault
        settings.memoryCapacity = memoryCapacity()
        return settings
    }

    /// The cgroups below which pods live: a scope of systemd's where it runs the machine, delegated to the agent and
    /// outside its unit, so that the unit can be started anew while pods run; else the tree itself.
    private func cgroups() async throws -> PodCgroups {
        guard let mount = try CgroupMount.find() else { throw NoCgroups() }
        var base = mount.path
        if ServiceManager.isRunning, configuration.cgroupRoot.isEmpty {
            let scope = Scope(name: "swiftlet-pods.scope", slice: "swiftlet.slice", description: "Pods of Swiftlet")
            base = try await delegated(scope, below: mount.path)
        }
        for component in FilePath(configuration.cgroupRoot).components { base.append(component) }
        var settings = PodCgroups.Settings()
        settings.enforcesCPULimits = configuration.cpuCFSQuota
        settings.cpuPeriod = UInt64(max(1000, configuration.cpuCFSQuotaPeriod / .microseconds(1)))
        settings.podPIDsLimit = configuration.podPidsLimit
        settings.killsSingleProcesses = configuration.singleProcessOOMKill
        settings.hugePageSizes = try HugePageSize.all()
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

    /// A program that is installed beside this one, or beside the tests that run it.
    private func companion(_ name: String) throws -> FilePath {
        let path = try programPath().removingLastComponent().appending(name)
        guard try FileKind(at: path) == .regular else { throw NoCompanion(path: path) }
        return path
    }

    private func imageStore(_ ledger: Ledger) async throws -> ImageStore {
        let registries = RegistryConfiguration(
            directory: FilePath(options.registriesDir),
            credentialFiles: [directories.root.appending("config.json")])
        let store = try ImageStore(
            root: directories.images, registries: registries, limits: ImageLimits(image: options.maxImageSize.value))
        if let directory = options.preloadDir {
            await Preload(directory: FilePath(directory), store: store, ledger: ledger).importAll()
        }
        return store
    }

    /// Which sources of pods there are: each must have spoken before anything is removed.
    var sourceKinds: Set<PodSource> {
        var kinds: Set<PodSource> = []
        if configuration.staticPodPath != nil { kinds.insert(.file) }
        if configuration.staticPodURL != nil { kinds.insert(.http) }
        return kinds
    }

    /// The sources of pods, which hand over whole sets.
    func sources(
        nodeName: String, deliver: @escaping @Sendable (PodSource, [Pods.Pod]) async -> Void
    ) -> [any Service] {
        var sources: [any Service] = []
        if let path = configuration.staticPodPath {
            sources.append(
                ManifestSource(path: path, nodeName: nodeName, relist: configuration.fileCheckFrequency) {
                    await deliver(.file, $0)
                })
        }
        if let url = configuration.staticPodURL {
            sources.append(
                URLSource(
                    url: url, headers: configuration.staticPodURLHeader, nodeName: nodeName,
                    interval: configuration.httpCheckFrequency
                ) { await deliver(.http, $0) })
        }
        return sources
    }
}

/// Tells systemd that the agent has started, and from then on that it lives.
struct Watchdog: Service {
    func run() async throws {
        try ServiceManager.notify(.ready, .status("Running pods"))
        await cancelWhenGracefulShutdown {
            try? await ServiceManager.keepWatchdogQuiet()
            // The first service that returns ends the agent.
            while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
        }
        try ServiceManager.notify(.stopping)
    }
}

struct NoCgroups: Error, CustomStringConvertible {
    var description: String { "no cgroup2 file system is mounted: pods need one, e.g. at /sys/fs/cgroup" }
}

struct MissingControllers: Error, CustomStringConvertible {
    let first: MissingController
    var description: String { "\(first), and --require-controllers asks for it" }
}

struct NoCompanion: Error, CustomStringConvertible {
    let path: FilePath
    var description: String { "\(path) is missing: it is installed with swiftlet" }
}
