import Kubernetes

extension Validation {
    mutating func checkContainer(_ container: Kubernetes.Container, _ path: FieldPath) {
        let name = container.name ?? ""
        if name.isEmpty { required(path.child("name")) } else { dnsLabel(name, path.child("name")) }
        checkImage(container.image ?? "", path.child("image"))
        choice(container.imagePullPolicy, path.child("imagePullPolicy"), ["Always", "IfNotPresent", "Never"])
        choice(
            container.terminationMessagePolicy, path.child("terminationMessagePolicy"),
            ["File", "FallbackToLogsOnError"])
        for (index, variable) in (container.env ?? []).enumerated() {
            checkVariable(variable, path.child("env").index(index))
        }
        checkEnvironment(container, path)
        checkPorts(container.ports ?? [], path.child("ports"))
        checkResources(container.resources ?? ResourceRequirements(), path.child("resources"))
        checkMounts(container, path.child("volumeMounts"))
        checkProbes(container, path)
        checkSecurity(container.securityContext ?? SecurityContext(), path.child("securityContext"))
    }

    private mutating func checkImage(_ image: String, _ path: FieldPath) {
        if image.isEmpty { return required(path) }
        if image.utf8.contains(where: { $0 <= 32 }) {
            invalid(path, image, "must not have leading or trailing whitespace")
        }
    }

    /// Source: `IsRelaxedEnvVarName`: any printable character but `=`.
    private mutating func checkVariable(_ variable: EnvVar, _ path: FieldPath) {
        let name = variable.name ?? ""
        if name.isEmpty { return required(path.child("name")) }
        if name.utf8.contains(where: { $0 < 32 || $0 > 126 || $0 == UInt8(ascii: "=") }) {
            invalid(
                path.child("name"), name,
                "a valid environment variable name must consist only of printable ASCII characters other than '='")
        }
        if (variable.value ?? "").utf8.contains(0) {
            invalid(path.child("value"), "…", "must not contain a NUL character")
        }
    }

    private mutating func checkPorts(_ ports: [ContainerPort], _ path: FieldPath) {
        var names: Set<String> = []
        var seen: Set<String> = []
        let rule = "must be between 1 and 65535, inclusive"
        for (index, port) in ports.enumerated() {
            let path = path.index(index)
            if let name = port.name.unlessEmpty {
                if !Self.isPortName(name) {
                    let rule = "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"
                    invalid(path.child("name"), name, rule)
                }
                if !names.insert(name).inserted { duplicate(path.child("name"), name) }
            }
            let number = port.containerPort ?? 0
            if number == 0 {
                required(path.child("containerPort"))
            } else if !(1...65535).contains(number) {
                invalid(path.child("containerPort"), number, rule)
            }
            choice(port.protocol, path.child("protocol"), ["TCP", "UDP", "SCTP"])
            let transport = port.protocol ?? "TCP"
            if !seen.insert("\(number)/\(transport)/\(port.hostPort ?? 0)/\(port.name ?? "")").inserted {
                duplicate(path, "\(number)/\(transport)")
            }
            checkHostPort(port, path, rule)
        }
    }

    private mutating func checkHostPort(_ port: ContainerPort, _ path: FieldPath, _ rule: String) {
        if let address = port.hostIP.unlessEmpty, !Pod.isAddress(address) {
            invalid(path.child("hostIP"), address, Self.addressRule)
        }
        guard let hostPort = port.hostPort, hostPort != 0 else { return }
        guard (1...65535).contains(hostPort) else { return invalid(path.child("hostPort"), hostPort, rule) }
        if usesHostNetwork, hostPort != port.containerPort {
            invalid(path.child("hostPort"), hostPort, "must match `containerPort` when `hostNetwork` is true")
        }
        let key = "\(port.protocol ?? "TCP")/\(port.hostIP ?? "")/\(hostPort)"
        if !hostPorts.insert(key).inserted { duplicate(path.child("hostPort"), key) }
    }

    /// Source: `IsValidPortName`.
    static func isPortName(_ name: String) -> Bool {
        name.utf8.count <= 15 && isLabel(name) && !name.contains("--")
            && name.utf8.contains { (97...122).contains($0) }
    }

    private mutating func checkMounts(_ container: Kubernetes.Container, _ path: FieldPath) {
        var places: Set<String> = []
        for (index, mount) in (container.volumeMounts ?? []).enumerated() {
            let path = path.index(index)
            let name = mount.name ?? ""
            if name.isEmpty {
                required(path.child("name"))
            } else if !volumeNames.contains(name) {
                notFound(path.child("name"), name)
            }
            let place = mount.mountPath ?? ""
            if place.isEmpty { required(path.child("mountPath")) }
            if !places.insert(place).inserted { invalid(path.child("mountPath"), place, "must be unique") }
            if place.contains(":") { invalid(path.child("mountPath"), place, "must not contain ':'") }
            choice(
                mount.mountPropagation, path.child("mountPropagation"), ["None", "HostToContainer", "Bidirectional"])
            if mount.mountPropagation == "Bidirectional", container.securityContext?.privileged != true {
                problems.append(
                    "\(path.child("mountPropagation")): Forbidden: "
                        + "Bidirectional mount propagation is available only to privileged containers")
            }
            checkRecursiveReadOnly(mount, path)
            checkSubPath(mount, path)
        }
    }

    private mutating func checkRecursiveReadOnly(_ mount: VolumeMount, _ path: FieldPath) {
        choice(mount.recursiveReadOnly, path.child("recursiveReadOnly"), ["Disabled", "IfPossible", "Enabled"])
        guard let mode = mount.recursiveReadOnly, mode != "Disabled" else { return }
        if mount.readOnly != true {
            problems.append(
                "\(path.child("recursiveReadOnly")): Forbidden: may only be specified when readOnly is true")
        }
        if let propagation = mount.mountPropagation, propagation != "None" {
            problems.append(
                "\(path.child("recursiveReadOnly")): Forbidden: "
                    + "may only be specified when mountPropagation is None or not specified")
        }
    }

    private mutating func checkSecurity(_ security: SecurityContext, _ path: FieldPath) {
        checkIDs(path, user: security.runAsUser, group: security.runAsGroup)
        checkAppArmor(security.appArmorProfile, path.child("appArmorProfile"))
        choice(security.procMount, path.child("procMount"), ["Default", "Unmasked"])
        if usesHostUsers, security.procMount == "Unmasked" {
            invalid(path.child("procMount"), "Unmasked", "`hostUsers` must be false to use `Unmasked`")
        }
        guard security.allowPrivilegeEscalation == false else { return }
        let escalation = path.child("allowPrivilegeEscalation")
        if security.privileged == true {
            invalid(escalation, false, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true")
        }
        for name in security.capabilities?.add ?? [] where name == "CAP_SYS_ADMIN" || name == "SYS_ADMIN" {
            invalid(
                escalation, false,
                "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN")
        }
    }
}
