import APIServer
import CNI
import FoundationEssentials
import Images
import KubeletAPI
import Kubernetes
import Ledger
import Linux
import Machine
import Node
import OCI
import Pods
import ServiceLifecycle
import Statistics
import SystemPackage
import X509

extension Composition {
    /// The line to the cluster and what goes over it; `nil`: the node stands alone.
    func cluster(_ node: String, _ meter: NodeMeter) -> Cluster? {
        guard let kubeconfig = options.kubeconfig else { return nil }
        let keepsCertificate = configuration.rotateCertificates || options.bootstrapKubeconfig != nil
        let client = APIClient(
            kubeconfig: FilePath(kubeconfig),
            certificate: keepsCertificate ? certificateDirectory.appending("kubelet-client-current.pem") : nil,
            rate: configuration.kubeAPIQPS, burst: configuration.kubeAPIBurst,
            measure: { meter.asked(server: $1, method: $0, in: $2) })
        var reading = ClusterObjects.Reading()
        reading.detection = configuration.changeDetection
        reading.period = configuration.syncFrequency
        return Cluster(
            node: node, client: client, memory: ClusterMemory(ledger: Ledger(root: directories.ledger)),
            events: EventRecorder(
                client: client, node: node, rate: configuration.eventRecordQPS, burst: configuration.eventBurst),
            reading: reading, meter: meter)
    }

    /// In the order in which they start.
    func clusterServices(
        _ cluster: Cluster, _ machine: Machine, _ pods: PodManager, _ policy: Live<NodePolicy>,
        _ meter: NodeMeter
    ) throws -> [any Service] {
        let identity = try options.identity(ofNode: machine.settings.nodeName)
        let name = identity.name
        let facts = try nodeFacts(machine, pods)
        let reporter = NodeReporter(
            name: name, client: cluster.client, settings: .init(configuration), memory: cluster.memory, facts: facts,
            takeLabels: { labels in
                var new = policy.value
                new.identity = NodeIdentity(
                    name: name, architecture: Platform.current.architecture,
                    labels: identity.labels.merging(labels) { $1 })
                policy.replace(with: new)
            },
            note: { cluster.events.record(ClusterEvent($0, node: name, at: .now)) }, passed: { meter.passed($0) })
        let source = APIServerSource(
            client: cluster.client, nodeName: name, memory: cluster.memory,
            ready: { await reporter.waitUntilSeen() },
            deliverServerPods: { found in
                meter.take(found, at: .now)
                await cluster.reporter.take(found)
                await cluster.mirrors.take(found)
            },
            deliver: { found, isRemembered in
                let isRetold = await cluster.objects.keep(for: found)
                await pods.replace(source: .api, pods: found, isRemembered: isRemembered)
                if isRetold { cluster.objects.changes.ring() }
            })
        cluster.late.replace(with: .init(node: reporter, pods: pods, source: source))
        let lease = NodeLease(
            node: name, client: cluster.client, duration: Int32(clamping: configuration.nodeLeaseDurationSeconds),
            owner: { await reporter.owner })
        cluster.events.record(ClusterEvent(NodeEvent.starting, node: name, at: .now))
        return [
            LineKeeper(client: cluster.client), cluster.events, cluster.reporter, reporter, lease, cluster.objects,
            cluster.mirrors, source,
        ] + (try certificateKeepers(cluster, machine, meter))
    }

    /// The certificates that the node renews itself.
    var renewedCertificates: [RenewedCertificate] {
        var kinds: [RenewedCertificate.Kind] = []
        guard options.kubeconfig != nil else { return [] }
        if configuration.rotateCertificates || options.bootstrapKubeconfig != nil { kinds.append(.client) }
        if configuration.serverTLSBootstrap { kinds.append(.serving) }
        return kinds.map { RenewedCertificate(kind: $0, directory: certificateDirectory) }
    }

    /// What sees to the node's certificates.
    private func certificateKeepers(
        _ cluster: Cluster, _ machine: Machine, _ meter: NodeMeter
    ) throws -> [any Service] {
        let node = machine.settings.nodeName
        var keepers: [any Service] = []
        if configuration.rotateCertificates || options.bootstrapKubeconfig != nil {
            let (kubeconfig, bootstrap) = (options.kubeconfig.map { FilePath($0) }, options.bootstrapKubeconfig)
            keepers.append(
                CertificateKeeper(
                    .client(of: node), in: certificateDirectory, client: cluster.client,
                    bootstrap: bootstrap.map { APIClient(kubeconfig: FilePath($0)) },
                    measure: { if $0 == .failed { meter.count(.clientRenewErrors) } },
                    taken: { certificate in
                        if let kubeconfig, let bootstrap, try FileKind(at: kubeconfig) == nil {
                            try Kubeconfig.write(kubeconfig, like: FilePath(bootstrap), certificate: certificate)
                        }
                        await cluster.client.useNewCredentials()
                    }))
        }
        if configuration.serverTLSBootstrap {
            let names: @Sendable () -> SubjectAlternativeNames? = {
                ServerIdentity(name: node, dnsNames: [node], addresses: machine.addresses.current).alternativeNames
            }
            keepers.append(
                CertificateKeeper(
                    .serving(of: node, alternativeNames: names), in: certificateDirectory, client: cluster.client,
                    measure: { meter.passed(servingCertificate: $0) }, taken: { _ in }))
        }
        return keepers
    }

    var certificateDirectory: FilePath { options.certDir.map { FilePath($0) } ?? directories.root.appending("pki") }

    /// What the node says of itself, as it is whenever it is asked.
    private func nodeFacts(_ machine: Machine, _ pods: PodManager) throws -> @Sendable () async -> NodeFacts {
        var fixed = NodeFacts()
        fixed.name = machine.settings.nodeName
        fixed.hostname = fixed.name
        fixed.labels = try NodeIdentity.labels(options.nodeLabels)
        fixed.taints = configuration.registerWithTaints
        fixed.providerID = configuration.providerID
        fixed.system = .ofThisMachine
        if configuration.api.isEnabled { fixed.port = Int32(configuration.api.port) }
        fixed.runtimeHandlers = machine.settings.runtimeHandlers.told
        let configuration = configuration
        let root = directories.root
        return { [fixed] in
            var facts = fixed
            facts.addresses = machine.addresses.current
            if let capacity = try? NodeResources.capacity(root: root) {
                facts.capacity = capacity.quantities(maxPods: configuration.maxPods)
                facts.allocatable = configuration.allocatable(root: root).quantities(maxPods: configuration.maxPods)
            } else {
                facts.problems.append("missing node capacity for resources: ephemeral-storage")
            }
            facts.images = await images(of: machine, most: configuration.nodeStatusMaxImages)
            if case .notReady(let message) = await machine.networks.status() {
                facts.problems.append(
                    "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady "
                        + "message:Network plugin returns error: \(message)")
            }
            facts.isShuttingDown = await pods.isShuttingDown
            return facts
        }
    }
}

extension NodeReporter.Settings {
    init(_ configuration: KubeletConfiguration) {
        self.init()
        registers = configuration.registerNode
        updatePeriod = configuration.nodeStatusUpdateFrequency
        reportPeriod = configuration.nodeStatusReportFrequency
    }
}

/// Source: facts of kubelet, §10.2: the largest first, of each at most five names, digests before tags.
private func images(of machine: Machine, most: Int) async -> [ContainerImage] {
    let all = ((try? await machine.images.list()) ?? []).sorted { $0.size > $1.size }
    return all.prefix(most < 0 ? .max : most).map { image in
        var told = ContainerImage()
        told.names = Array((image.digests + image.names).prefix(5))
        told.sizeBytes = image.size
        return told
    }
}

extension NodeSystemInfo {
    /// Source: facts of kubelet, §10.2.
    static var ofThisMachine: NodeSystemInfo {
        func text(_ paths: String...) -> String {
            for path in paths {
                guard let content = try? readFile(at: FilePath(path), ifExists: true) else { continue }
                let text = String(decoding: content, as: UTF8.self).split(whereSeparator: \.isWhitespace).first
                if let text { return String(text) }
            }
            return ""
        }
        var info = NodeSystemInfo()
        info.machineID = text("/etc/machine-id", "/var/lib/dbus/machine-id")
        info.systemUUID = text(
            "/sys/class/dmi/id/product_uuid", "/proc/device-tree/vm,uuid", "/etc/machine-id")
        info.bootID = text("/proc/sys/kernel/random/boot_id")
        info.kernelVersion = text("/proc/sys/kernel/osrelease")
        info.osImage = osName
        info.containerRuntimeVersion = "swiftlet://\(BuildVersion.text)"
        info.kubeletVersion = "v1.36.2+swiftlet"
        info.kubeProxyVersion = ""
        info.operatingSystem = "linux"
        info.architecture = Platform.current.architecture
        if let swap = try? Swap.capacity(), swap > 0 {
            var status = NodeSwapStatus()
            status.capacity = swap
            info.swap = status
        }
        return info
    }

    private static var osName: String {
        let content = (try? readFile(at: "/etc/os-release", ifExists: true)).flatMap(\.self) ?? []
        let lines = String(decoding: content, as: UTF8.self).split(separator: "\n")
        let name = lines.first { $0.hasPrefix("PRETTY_NAME=") }?.dropFirst("PRETTY_NAME=".count) ?? "Linux"
        return String(name).replacing("\"", with: "")
    }
}

extension NodeResources {
    /// As the API writes them.
    fileprivate func quantities(maxPods: Int) -> [String: Quantity] {
        var amounts = ResourceAmounts(cpu: cpu, memory: memory, hugePages: hugePages)
        amounts.disk = disk
        return amounts.quantities(maxPods: maxPods)
    }
}

extension ResourceAmounts {
    fileprivate func quantities(maxPods: Int) -> [String: Quantity] {
        var quantities: [String: Quantity] = ["pods": Quantity(Int64(maxPods), format: .decimalSI)]
        quantities["cpu"] = cpu.flatMap { Quantity("\($0.thousandths)m") }
        quantities["memory"] = memory.map { Quantity($0.bytes, format: .binarySI) }
        quantities["ephemeral-storage"] = disk.map { Quantity($0.bytes, format: .binarySI) }
        for (size, amount) in hugePages {
            quantities["hugepages-\(size)"] = Quantity(amount.bytes, format: .binarySI)
        }
        return quantities
    }
}
