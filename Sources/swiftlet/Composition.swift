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
import Probes
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
    let log: Live<LogSettings>
    /// The configuration as it is in force, which a reload may change.
    let inForce: Live<KubeletConfiguration>

    init(
        configuration: KubeletConfiguration, options: RunOptions, stateDirectory: FilePath, log: Live<LogSettings>
    ) {
        (self.configuration, self.options, self.stateDirectory) = (configuration, options, stateDirectory)
        self.log = log
        inForce = Live(configuration)
    }

    var directories: Directories {
        Directories(
            root: FilePath(options.rootDir), state: stateDirectory, podLogs: configuration.podLogsDir,
            containerLogs: FilePath(options.containerLogsDir))
    }

    /// In the order in which they start; they are told to end in the reverse one.
    func services() async throws -> [any Service] {
        let node = try options.nodeName(hostname: hostName())
        if configuration.failSwapOn { try Swap.refuse() }
        try KernelTunable.settle(isProtected: configuration.protectKernelDefaults)
        let policy = Live(NodePolicy(configuration, identity: try options.identity(ofNode: node)))
        let meter = NodeMeter()
        let cluster = cluster(node, meter)
        let histories = PodHistories(
            directory: directories.histories, statuses: StatusFiles(directory: directories.statuses), meter: meter,
            cluster: cluster)
        let machine = try await machine(node, cluster, meter) { await histories.note($0, of: $1) }
        await machine.giveBackStrays()
        await machine.settleAppArmor()
        await histories.keep(only: Set(try await machine.leftovers().map(\.id)))
        let pods = PodManager(environment: environment(machine, histories, meter, policy), sources: sourceKinds)
        let questions = NodeControl(
            node: node, machine: machine, pods: pods, histories: histories, cluster: cluster)
        let control = ControlSocket(path: directories.controlSocket, control: questions)
        let figures = NodeFigures(
            node: node, machine: machine, meter: meter, pods: pods, cluster: cluster,
            certificates: renewedCertificates)
        let api = try kubeletAPI(node, machine, pods, histories, questions, figures)
        let volumes = VolumeKeeper(
            machine: machine, pods: pods, meter: meter, changes: cluster?.objects.changes ?? Wakeup())
        let sources = sources(nodeName: node, volumes, cluster)
        // Histories are told to end last: what the others do is still written down.
        var services: [any Service] = [histories, MemoryTrim(bell: histories.bell), control, api, pods, volumes]
        services += sources.services
        if let cluster {
            services += try clusterServices(cluster, machine, pods, policy, meter)
        }
        return services + (try await housekeeping(machine, pods, policy, sources, meter, cluster))
    }

    /// What keeps the node in order, and ends last of all that it starts.
    private func housekeeping(
        _ machine: Machine, _ pods: PodManager, _ policy: Live<NodePolicy>, _ sources: Sources,
        _ meter: NodeMeter, _ cluster: Cluster?
    ) async throws -> [any Service] {
        let collector = ImageCollector(machine: machine, pods: pods, limits: .init(configuration), meter: meter)
        let shutdown = NodeShutdown(pods: pods, periods: .init(configuration), meter: meter)
        let reload = Reload(options: options, configuration: configuration) { [log, inForce] new in
            inForce.replace(with: new)
            log.replace(with: LogSettings(new))
            policy.replace(with: NodePolicy(new, identity: policy.value.identity))
            machine.liveSettings.replace(
                with: Machine.Settings(
                    new, nodeName: machine.settings.nodeName, root: directories.root,
                    handlers: machine.settings.runtimeHandlers))
            await machine.pulls.limit(PullLimits(new))
            await collector.setLimits(.init(new))
            await shutdown.setPeriods(.init(new))
            await sources.files?.setRelist(new.fileCheckFrequency)
            await sources.url?.setInterval(new.httpCheckFrequency)
            await cluster?.objects.setPeriod(new.syncFrequency)
        }
        var services: [any Service] = [collector, shutdown, reload, LogCompression(machine: machine)]
        if let preload = preload(machine) {
            await preload.importAll()
            services.append(preload)
        }
        return services + [Watchdog()]
    }

    private func environment(
        _ machine: Machine, _ histories: PodHistories, _ meter: NodeMeter, _ policy: Live<NodePolicy>
    ) -> PodEnvironment {
        let prober = Prober(machine, version: BuildVersion.text)
        return PodEnvironment(
            runtime: MeteredRuntime(runtime: machine, meter: meter), sink: histories, policy: policy,
            allocatable: { [configuration, directories] in configuration.allocatable(root: directories.root) },
            hostIPs: { machine.addresses.current },
            ask: { try await prober.ask($0) },
            lastStatus: { await histories.lastStatus(of: $0) }, meter: meter.ofPods,
            swaps: { [cgroups = machine.cgroups] in cgroups.swaps($0, of: $1) }, wallClock: { .now })
    }

    /// A runtime that is not there is told of now, not with the first pod that wants it.
    private func runtimeHandlers() throws -> RuntimeHandlers {
        let handlers = try RuntimeHandlers(options.runtimeHandler)
        for (name, path) in handlers.programs where (try? FileKind(at: FilePath(path))) != .regular {
            throw RuntimeHandlers.Unknown(description: "runtime handler \(name): \(path) is no program")
        }
        return handlers
    }

    private func machine(
        _ node: String, _ cluster: Cluster?, _ meter: NodeMeter,
        note: @escaping @Sendable (PodEvent, Pods.Pod) async -> Void
    ) async throws -> Machine {
        let directories = directories
        try makeDirectories(directories.root, mode: 0o711)
        try makeDirectories(directories.state, mode: 0o700)
        let ledger = Ledger(root: directories.ledger)
        try ledger.removeUnfinished()
        let userIDs = try await UserIDPool.found(configuration)
        let cgroups = try await cgroups()
        let zygote = Zygote(executable: try companion("swiftlet-shim"), cgroup: cgroups.shims.path)
        try await zygote.start()
        let images = try imageStore(meter)
        let networks = Networks(
            configDirectory: FilePath(options.cniConfDir), binaryDirectories: options.cniBinDir.map { FilePath($0) },
            cache: directories.networkCache, ledger: ledger,
            podCIDRs: (configuration.podCIDR ?? "10.85.0.0/16").split(separator: ",").map(String.init),
            environment: try inheritableEnvironment(), timeouts: options.pluginTimeouts)
        var machine = try Machine(
            directories: directories,
            settings: Machine.Settings(
                configuration, nodeName: node, root: directories.root,
                handlers: try runtimeHandlers()),
            ledger: ledger,
            images: images, networks: networks, cgroups: cgroups, zygote: zygote, pause: try companion("pause"),
            users: PodUsers(userIDs),
            cluster: cluster?.references, note: note, addresses: NodeAddresses(try options.addresses(ofNode: node)),
            sendHook: { try await HookRequest($0, host: $1, port: $2, version: BuildVersion.text).send() })
        machine.pulled = { meter.pulled(in: $0, bytes: $1) }
        await machine.pulls.limit(PullLimits(configuration))
        return machine
    }

    /// A program that is installed beside this one, or beside the tests that run it.
    func companion(_ name: String) throws -> FilePath {
        let path = try programPath().removingLastComponent().appending(name)
        guard try FileKind(at: path) == .regular else { throw NoCompanion(path: path) }
        return path
    }

    private func imageStore(_ meter: NodeMeter) throws -> ImageStore {
        var registries = RegistryConfiguration(
            directory: FilePath(options.registriesDir),
            credentialFiles: [directories.root.appending("config.json")])
        registries.credentialProviders = try options.credentialProviders {
            meter.asked(provider: $0, in: $1, hasFailed: $2)
        }
        registries.progressTimeout = .seconds(max(1, options.registryTimeout))
        registries.connectTimeout = min(registries.connectTimeout, registries.progressTimeout)
        return try ImageStore(
            root: directories.images, registries: registries, limits: ImageLimits(image: options.maxImageSize.value))
    }

    private func preload(_ machine: Machine) -> Preload? {
        options.preloadDir.map { Preload(directory: FilePath($0), store: machine.images, ledger: machine.ledger) }
    }

    /// Which sources of pods there are: each must have spoken before anything is removed.
    var sourceKinds: Set<PodSource> {
        var kinds: Set<PodSource> = []
        if configuration.staticPodPath != nil { kinds.insert(.file) }
        if configuration.staticPodURL != nil { kinds.insert(.http) }
        if options.kubeconfig != nil { kinds.insert(.api) }
        return kinds
    }

    /// The sources of pods, which hand over whole sets.
    struct Sources {
        var files: ManifestSource?
        var url: URLSource?
        var services: [any Service] { [files as (any Service)?, url as (any Service)?].compactMap(\.self) }
    }

    private func sources(nodeName: String, _ volumes: VolumeKeeper, _ cluster: Cluster?) -> Sources {
        let (machine, pods) = (volumes.machine, volumes.pods)
        let memory = ManifestMemory(ledger: machine.ledger)
        var sources = Sources()
        if let path = configuration.staticPodPath {
            sources.files = ManifestSource(
                path: path, nodeName: nodeName, relist: configuration.fileCheckFrequency, memory: memory,
                deliverObjects: { await volumes.take($0) }
            ) {
                _ = await pods.replace(source: .file, pods: $0)
                cluster?.mirrors.ring()
            }
        }
        if let url = configuration.staticPodURL {
            sources.url = URLSource(
                url: url, headers: configuration.staticPodURLHeader, nodeName: nodeName,
                interval: configuration.httpCheckFrequency,
                // The kubelet's ten seconds; but an answer that comes when the next is due comes too late.
                timeout: min(.seconds(10), max(.seconds(2), configuration.httpCheckFrequency)), memory: memory
            ) { found in
                let objects = machine.objects.value
                _ = await pods.replace(source: .http, pods: found.map { $0.taking(overheadOf: objects) })
                cluster?.mirrors.ring()
            }
        }
        return sources
    }
}

/// Compresses logs for as long as the agent runs.
struct LogCompression: Service {
    let machine: Machine
    func run() async { await cancelWhenGracefulShutdown { await machine.keepLogsCompressed() } }
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
