import JSONText
import Kubernetes
import SystemPackage

extension KubeletConfiguration {
    /// Takes the values over the defaults, and checks them. Kinds are right: every file was checked.
    init(_ value: JSON) throws(ConfigurationError) {
        self.init()
        let fields = Fields(value)
        takeSources(fields)
        takeNetwork(fields)
        takeResources(fields)
        takeLogs(fields)
        takeImages(fields)
        takeCluster(fields)
        api.take(fields)
        var problems: [String] = []
        for (name, problem) in [takeQuantities(fields)].joined() { problems.append("\(name): \(problem)") }
        do throws(ConfigurationError) { try takeEviction(fields) } catch {
            problems += error.problems.map { "evictionHard: \($0)" }
        }
        problems += invalid
        guard problems.isEmpty else { throw ConfigurationError(problems) }
    }

    private mutating func takeSources(_ fields: Fields) {
        if let path = fields.text("staticPodPath"), !path.isEmpty { staticPodPath = FilePath(path) }
        if let url = fields.text("staticPodURL"), !url.isEmpty { staticPodURL = url }
        if case .object(let headers) = fields["staticPodURLHeader"] {
            for (name, values) in headers.members { staticPodURLHeader[name] = Fields.texts(values) }
        }
        fields.take("fileCheckFrequency", &fileCheckFrequency)
        fields.take("httpCheckFrequency", &httpCheckFrequency)
        fields.take("syncFrequency", &syncFrequency)
        fields.take("crashLoopBackOff.maxContainerRestartPeriod", &maxContainerRestartPeriod, zeroIsUnset: false)
        fields.take("shutdownGracePeriod", &shutdownGracePeriod)
        fields.take("shutdownGracePeriodCriticalPods", &shutdownGracePeriodCriticalPods)
    }

    private mutating func takeCluster(_ fields: Fields) {
        fields.take("registerNode", &registerNode)
        registerWithTaints = (fields["registerWithTaints"]?.array ?? []).map { value in
            var taint = Taint()
            (taint.key, taint.value) = (value["key"]?.string, value["value"]?.string)
            taint.effect = value["effect"]?.string
            return taint
        }
        fields.take("providerID", &providerID)
        if let name = fields.text("configMapAndSecretChangeDetectionStrategy"), !name.isEmpty {
            configMapAndSecretChangeDetectionStrategy = name
        }
        fields.take("rotateCertificates", &rotateCertificates)
        fields.take("serverTLSBootstrap", &serverTLSBootstrap)
        fields.take("nodeStatusUpdateFrequency", &nodeStatusUpdateFrequency)
        fields.take("nodeStatusReportFrequency", &nodeStatusReportFrequency)
        fields.take("nodeLeaseDurationSeconds", &nodeLeaseDurationSeconds)
        fields.take("nodeStatusMaxImages", &nodeStatusMaxImages)
        fields.take("kubeAPIQPS", &kubeAPIQPS)
        fields.take("kubeAPIBurst", &kubeAPIBurst)
        fields.take("eventRecordQPS", &eventRecordQPS)
        fields.take("eventBurst", &eventBurst)
    }

    private mutating func takeNetwork(_ fields: Fields) {
        if let cidr = fields.text("podCIDR"), !cidr.isEmpty { podCIDR = cidr }
        if let servers = fields["clusterDNS"] { clusterDNS = Fields.texts(servers) }
        fields.take("clusterDomain", &clusterDomain)
        if let path = fields.text("resolvConf") { resolvConf = path.isEmpty ? nil : FilePath(path) }
    }

    private mutating func takeResources(_ fields: Fields) {
        fields.take("cgroupRoot", &cgroupRoot)
        fields.take("cgroupsPerQOS", &cgroupsPerQOS)
        if let limit = fields["podPidsLimit"]?.integer { podPidsLimit = limit <= 0 ? nil : Int64(limit) }
        fields.take("cpuCFSQuota", &cpuCFSQuota)
        fields.take("cpuCFSQuotaPeriod", &cpuCFSQuotaPeriod, zeroIsUnset: false)
        fields.take("singleProcessOOMKill", &singleProcessOOMKill)
        if let policies = fields["enforceNodeAllocatable"] { enforceNodeAllocatable = Fields.texts(policies) }
        fields.take("systemReservedCgroup", &systemReservedCgroup)
        fields.take("kubeReservedCgroup", &kubeReservedCgroup)
        fields.take("featureGates.MemoryQoS", &hasMemoryQoS)
        fields.take("memoryThrottlingFactor", &memoryThrottlingFactor)
        if let policy = fields.text("memoryReservationPolicy"), !policy.isEmpty { memoryReservationPolicy = policy }
        fields.take("memorySwap.swapBehavior", &swapBehavior)
        fields.take("maxPods", &maxPods)
        fields.take("podsPerCore", &podsPerCore)
        fields.take("userNamespaces.idsPerPod", &idsPerPod)
        fields.take("protectKernelDefaults", &protectKernelDefaults)
        fields.take("failSwapOn", &failSwapOn)
        fields.take("seccompDefault", &seccompDefault)
        if let names = fields["allowedUnsafeSysctls"] { allowedUnsafeSysctls = Fields.texts(names) }
    }

    private mutating func takeLogs(_ fields: Fields) {
        if let path = fields.text("podLogsDir"), !path.isEmpty { podLogsDir = FilePath(path) }
        fields.take("containerLogMaxFiles", &containerLogMaxFiles)
        fields.take("containerLogMonitorInterval", &containerLogMonitorInterval, zeroIsUnset: false)
        fields.take("logging.verbosity", &logVerbosity)
        if let format = fields.text("logging.format"), !format.isEmpty { logFormat = format }
    }

    private mutating func takeImages(_ fields: Fields) {
        fields.take("registryPullQPS", &registryPullQPS)
        fields.take("registryBurst", &registryBurst)
        if let count = fields["maxParallelImagePulls"]?.integer { maxParallelImagePulls = count }
        // Several at once were asked for, so they are not one after the other: facts of kubelet, §1.1, 71.
        if let count = maxParallelImagePulls, count >= 2 { serializeImagePulls = false }
        fields.take("serializeImagePulls", &serializeImagePulls)
        fields.take("imageMinimumGCAge", &imageMinimumGCAge)
        if let age = fields.duration("imageMaximumGCAge"), age != .zero { imageMaximumGCAge = age }
        fields.take("imageGCHighThresholdPercent", &imageGCHighThresholdPercent)
        fields.take("imageGCLowThresholdPercent", &imageGCLowThresholdPercent)
    }

    /// Source: facts of kubelet, §1.2: whoever sets one threshold has no others, unless they are to be merged.
    private mutating func takeEviction(_ fields: Fields) throws(ConfigurationError) {
        guard case .object(let object) = fields["evictionHard"] else { return }
        var texts = object.members.reduce(into: [:]) { $0[$1.name] = $1.value.string }
        var isMerged = false
        fields.take("mergeDefaultEvictionSettings", &isMerged)
        if isMerged { texts.merge(EvictionThreshold.defaults) { own, _ in own } }
        evictionHard = try EvictionThreshold.parse(texts)
    }

    /// Amounts, whose texts may be wrong in themselves.
    private mutating func takeQuantities(_ fields: Fields) -> [(String, String)] {
        var problems: [(String, String)] = []
        func reserved(_ field: String) -> [String: Quantity] {
            guard case .object(let object) = fields[field] else { return [:] }
            return object.members.reduce(into: [:]) { amounts, member in
                guard let amount = Quantity(member.value.string ?? "") else {
                    problems.append(("\(field)[\(member.name)]", "not a quantity: \(member.value.summary)"))
                    return
                }
                amounts[member.name] = amount
            }
        }
        systemReserved = reserved("systemReserved")
        kubeReserved = reserved("kubeReserved")
        if let text = fields.text("containerLogMaxSize"), !text.isEmpty {
            if let size = Quantity(text) {
                containerLogMaxSize = size.isNegative ? nil : size.value
            } else {
                problems.append(("containerLogMaxSize", "not a quantity: \"\(text)\""))
            }
        }
        return problems.sorted { $0.0 < $1.0 }
    }

    /// The members of the configuration by path.
    struct Fields {
        let root: JSON
        init(_ root: JSON) { self.root = root }

        subscript(path: String) -> JSON? {
            path.split(separator: ".").reduce(root) { value, key in value?[String(key)] }
        }

        func text(_ path: String) -> String? { self[path]?.string }
        func duration(_ path: String) -> Duration? { text(path).flatMap { GoDuration($0)?.value } }
        /// `nil`: none is given.
        func path(_ path: String) -> FilePath? { text(path).flatMap { $0.isEmpty ? nil : FilePath($0) } }
        static func texts(_ value: JSON) -> [String] {
            guard case .array(let elements) = value else { return [] }
            return elements.compactMap(\.string)
        }

        func take(_ path: String, _ target: inout Bool) { if case .bool(let value) = self[path] { target = value } }
        func take(_ path: String, _ target: inout String) { if let value = text(path) { target = value } }
        func take(_ path: String, _ target: inout Int) { if let value = self[path]?.integer { target = value } }
        func take(_ path: String, _ target: inout Double) {
            if case .number(let text) = self[path], let value = Double(text) { target = value }
        }
        /// The kubelet's defaults replace a duration of zero, except where the field is a pointer.
        func take(_ path: String, _ target: inout Duration, zeroIsUnset: Bool = true) {
            guard let value = duration(path), !(zeroIsUnset && value == .zero) else { return }
            target = value
        }
    }
}
