import Kubernetes

/// Checks a defaulted pod as the API server does, and collects what is wrong in its words.
///
/// Source: `pkg/apis/core/validation/validation.go`, `apimachinery/pkg/util/validation`.
struct Validation {
    var problems: [String] = []
    var volumeNames: Set<String> = []
    var hostPorts: Set<String> = []
    var usesHostNetwork = false
    var usesHostUsers = true

    mutating func check(_ pod: Kubernetes.Pod) {
        checkMetadata(pod.metadata ?? ObjectMeta())
        guard let spec = pod.spec else { return required(FieldPath("spec")) }
        let path = FieldPath("spec")
        usesHostNetwork = spec.hostNetwork ?? false
        usesHostUsers = spec.hostUsers ?? true
        checkChoices(spec, path)
        checkUsers(spec, path)
        if let seconds = spec.terminationGracePeriodSeconds, seconds < 0 {
            invalid(path.child("terminationGracePeriodSeconds"), seconds, "must be greater than or equal to 0")
        }
        if spec.shareProcessNamespace == true, spec.hostPID == true {
            invalid(
                path.child("securityContext").child("shareProcessNamespace"), true,
                "ShareProcessNamespace and HostPID cannot both be enabled")
        }
        for (index, volume) in (spec.volumes ?? []).enumerated() {
            checkVolume(volume, path.child("volumes").index(index))
        }
        checkContainers(of: spec, path)
        checkResources(of: spec, path)
        checkOverhead(spec.overhead, path.child("overhead"))
    }

    /// Source: kubernetes `pkg/apis/core/validation`, `validatePodHostName`, whose words these are.
    private mutating func checkHostnameOverride(_ spec: PodSpec, _ path: FieldPath) {
        guard let name = spec.hostnameOverride else { return }
        let place = path.child("hostnameOverride")
        if name.utf8.count > 64 { problems.append("\(place): Too long: may not be more than 64 bytes") }
        if spec.setHostnameAsFQDN == true {
            invalid(path.child("setHostnameAsFQDN"), true, "may not be set to true when hostnameOverride is set")
        }
        if spec.hostNetwork == true {
            invalid(place, name, "cannot be set when hostNetwork is true")
        }
        dnsSubdomain(name, place)
    }

    private mutating func checkMetadata(_ metadata: ObjectMeta) {
        let path = FieldPath("metadata")
        dnsSubdomain(metadata.name ?? "", path.child("name"))
        dnsLabel(metadata.namespace ?? "", path.child("namespace"))
        for (key, value) in (metadata.labels ?? [:]).sorted(by: { $0.key < $1.key }) {
            label(key, value, path.child("labels"))
        }
        for (key, value) in (metadata.annotations ?? [:]).sorted(by: { $0.key < $1.key }) {
            labelKey(key.lowercased(), path.child("annotations"))
            checkAppArmorAnnotation(key, value, path.child("annotations"))
        }
    }

    private mutating func checkChoices(_ spec: PodSpec, _ path: FieldPath) {
        choice(spec.restartPolicy, path.child("restartPolicy"), ["Always", "OnFailure", "Never"])
        choice(
            spec.dnsPolicy, path.child("dnsPolicy"), ["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"])
        if let name = spec.runtimeClassName.unlessEmpty { dnsSubdomain(name, path.child("runtimeClassName")) }
        if let hostname = spec.hostname.unlessEmpty { dnsLabel(hostname, path.child("hostname")) }
        checkHostnameOverride(spec, path)
        if let affinity = spec.affinity?.nodeAffinity {
            checkNodeAffinity(affinity, path.child("affinity").child("nodeAffinity"))
        }
        if let subdomain = spec.subdomain.unlessEmpty { dnsLabel(subdomain, path.child("subdomain")) }
        let nameservers = spec.dnsConfig?.nameservers ?? []
        if spec.dnsPolicy == "None", nameservers.isEmpty {
            required(
                path.child("dnsConfig").child("nameservers"),
                "must provide at least one DNS nameserver when `dnsPolicy` is None")
        }
        if nameservers.count > 3 {
            invalid(
                path.child("dnsConfig").child("nameservers"), nameservers.count, "must not have more than 3 nameservers"
            )
        }
        for (index, server) in nameservers.enumerated() where !Pod.isAddress(server) {
            invalid(path.child("dnsConfig").child("nameservers").index(index), server, Self.addressRule)
        }
        for (index, option) in (spec.dnsConfig?.options ?? []).enumerated() where option.name.unlessEmpty == nil {
            required(path.child("dnsConfig").child("options").index(index))
        }
        for (index, alias) in (spec.hostAliases ?? []).enumerated() {
            let path = path.child("hostAliases").index(index)
            if !Pod.isAddress(alias.ip ?? "") { invalid(path.child("ip"), alias.ip ?? "", Self.addressRule) }
            for (index, name) in (alias.hostnames ?? []).enumerated() {
                dnsSubdomain(name, path.child("hostnames").index(index))
            }
        }
        checkSecurity(spec.securityContext ?? PodSecurityContext(), path.child("securityContext"))
    }

    private mutating func checkSecurity(_ security: PodSecurityContext, _ path: FieldPath) {
        checkAppArmor(security.appArmorProfile, path.child("appArmorProfile"))
        choice(security.seLinuxChangePolicy, path.child("seLinuxChangePolicy"), ["MountOption", "Recursive"])
        checkIDs(
            path, user: security.runAsUser, group: security.runAsGroup, groups: security.supplementalGroups ?? [])
    }

    mutating func checkIDs(_ path: FieldPath, user: Int64?, group: Int64?, groups: [Int64] = []) {
        let rule = "must be between 0 and 2147483647, inclusive"
        func isValid(_ id: Int64) -> Bool { (0...2_147_483_647).contains(id) }
        if let user, !isValid(user) { invalid(path.child("runAsUser"), user, rule) }
        if let group, !isValid(group) { invalid(path.child("runAsGroup"), group, rule) }
        for (index, group) in groups.enumerated() where !isValid(group) {
            invalid(path.child("supplementalGroups").index(index), group, rule)
        }
    }
}

extension Validation {
    mutating func required(_ path: FieldPath, _ detail: String = "") {
        problems.append("\(path): Required value" + (detail.isEmpty ? "" : ": \(detail)"))
    }
    mutating func invalid(_ path: FieldPath, _ value: String, _ rule: String) {
        problems.append("\(path): Invalid value: \"\(value)\": \(rule)")
    }
    mutating func invalid(_ path: FieldPath, _ value: some BinaryInteger, _ rule: String) {
        problems.append("\(path): Invalid value: \(value): \(rule)")
    }
    mutating func invalid(_ path: FieldPath, _ value: Bool, _ rule: String) {
        problems.append("\(path): Invalid value: \(value): \(rule)")
    }
    mutating func duplicate(_ path: FieldPath, _ value: String) {
        problems.append("\(path): Duplicate value: \"\(value)\"")
    }
    mutating func notFound(_ path: FieldPath, _ value: String) {
        problems.append("\(path): Not found: \"\(value)\"")
    }
    mutating func choice(_ value: String?, _ path: FieldPath, _ supported: [String]) {
        guard let value else { return }
        guard !supported.contains(value) else { return }
        let list = supported.filter { !$0.isEmpty }.map { "\"\($0)\"" }.sorted().joined(separator: ", ")
        problems.append("\(path): Unsupported value: \"\(value)\": supported values: \(list)")
    }
}
