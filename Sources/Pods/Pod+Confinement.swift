import Kubernetes

// What a pod says of the kernel's security modules.

extension Pod.Container.SecurityContext.AppArmor {
    init?(valid profile: AppArmorProfile) {
        switch profile.type {
        case "RuntimeDefault": self = .runtimeDefault
        case "Unconfined": self = .unconfined
        case "Localhost": self = .local(profile.localhostProfile ?? "")
        default: return nil
        }
    }

    /// Source: kubernetes `DeprecatedAppArmorBetaProfile…`, the words of annotations before 1.30.
    init?(annotation: String) {
        switch annotation {
        case "runtime/default": self = .runtimeDefault
        case "unconfined": self = .unconfined
        case let name where name.hasPrefix("localhost/"): self = .local(String(name.dropFirst("localhost/".count)))
        default: return nil
        }
    }

    static let annotationPrefix = "container.apparmor.security.beta.kubernetes.io/"
}

extension Pod.Container.SecurityContext.SELinuxLabel {
    init(valid options: SELinuxOptions) {
        user = options.user.unlessEmpty
        role = options.role.unlessEmpty
        type = options.type.unlessEmpty
        level = options.level.unlessEmpty
    }
}

extension Pod {
    /// A container's field wins over its annotation, which wins over the pod's field. Source: facts of kubelet, §9.1.
    mutating func takeAppArmorAnnotations(_ spec: PodSpec) {
        typealias AppArmor = Container.SecurityContext.AppArmor
        func take(_ containers: inout [Container], _ objects: [Kubernetes.Container]) {
            for (index, object) in objects.enumerated() where object.securityContext?.appArmorProfile == nil {
                let words = annotations[AppArmor.annotationPrefix + containers[index].name]
                if let profile = words.flatMap(AppArmor.init(annotation:)) {
                    containers[index].security.appArmor = profile
                }
            }
        }
        take(&containers, spec.containers ?? [])
        take(&initContainers, spec.initContainers ?? [])
    }

    /// Some container is to run under a profile of AppArmor's.
    var needsAppArmor: Bool {
        (initContainers + containers + ephemeralContainers).contains { container in
            container.security.appArmor.map { $0 != .unconfined } ?? false
        }
    }
}

extension Validation {
    /// Source: `validateAppArmorProfileField`.
    mutating func checkAppArmor(_ profile: AppArmorProfile?, _ path: FieldPath) {
        guard let profile else { return }
        let local = path.child("localhostProfile")
        let rule = "must be set when AppArmor type is Localhost"
        switch (profile.type ?? "", profile.localhostProfile) {
        case ("", _): required(path.child("type"), "type is required when appArmorProfile is set")
        case ("Localhost", let name?) where name.contains(where: { !$0.isWhitespace }):
            if name.first?.isWhitespace == true || name.last?.isWhitespace == true {
                invalid(local, name, "must not be padded with whitespace")
            }
        case ("Localhost", _): required(local, rule)
        case ("RuntimeDefault", let name?), ("Unconfined", let name?):
            invalid(local, name, "can only be set when AppArmor type is Localhost")
        case (let type, _):
            choice(type, path.child("type"), ["Localhost", "RuntimeDefault", "Unconfined"])
        }
    }

    /// Source: `ValidateAppArmorPodAnnotations`.
    mutating func checkAppArmorAnnotation(_ key: String, _ value: String, _ path: FieldPath) {
        typealias AppArmor = Pod.Container.SecurityContext.AppArmor
        guard key.hasPrefix(AppArmor.annotationPrefix), AppArmor(annotation: value) == nil else { return }
        invalid(path.key(key), value, "invalid AppArmor profile name")
    }
}
