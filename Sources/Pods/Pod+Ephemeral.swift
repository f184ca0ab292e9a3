package import Kubernetes

extension Pod {
    /// Adds a container to look into the running pod with. Source: the API's `ephemeralContainers`.
    package mutating func add(_ added: EphemeralContainer) {
        guard let object = added.container else { return }
        var container = Container(valid: object, in: manifest.spec?.securityContext, as: .ephemeral)
        container.target = added.targetContainerName.unlessEmpty
        ephemeralContainers.append(container)
        var spec = manifest.spec ?? PodSpec()
        spec.ephemeralContainers = (spec.ephemeralContainers ?? []) + [added]
        manifest.spec = spec
    }

    /// What a container of that name was made of, if it was added so.
    package func added(_ name: String) -> EphemeralContainer? {
        manifest.spec?.ephemeralContainers?.first { $0.name == name }
    }

    /// Checks such a container as the API server does, with its defaults filled in.
    package func checking(_ added: EphemeralContainer) throws(Admission.Refusal) -> EphemeralContainer {
        var object = manifest
        var spec = manifest.spec ?? PodSpec()
        spec.ephemeralContainers = (spec.ephemeralContainers ?? []) + [added]
        object.spec = spec
        object.applyDefaults()
        let pod = try Admission.accept(object, source: source)
        guard let checked = pod.manifest.spec?.ephemeralContainers?.last else {
            throw Admission.Refusal(problems: ["spec.ephemeralContainers: Required value"])
        }
        return checked
    }
}
