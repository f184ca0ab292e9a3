import Kubernetes

extension Validation {
    /// What a pod with a user namespace of its own cannot have of the host's.
    ///
    /// Source: `validateHostUsers`; the gate `UserNamespacesHostNetworkSupport` is off.
    mutating func checkUsers(_ spec: PodSpec, _ path: FieldPath) {
        guard !usesHostUsers else { return }
        let rule = "when `hostUsers` is false"
        for (field, isSet) in [
            ("hostNetwork", spec.hostNetwork), ("hostPID", spec.hostPID), ("hostIPC", spec.hostIPC),
        ] where isSet == true {
            forbidden(path.child(field), rule)
        }
        let groups = [
            ("initContainers", spec.initContainers?.map(\.volumeDevices)),
            ("containers", spec.containers?.map(\.volumeDevices)),
            ("ephemeralContainers", spec.ephemeralContainers?.map(\.volumeDevices)),
        ]
        for (field, group) in groups {
            for (index, devices) in (group ?? []).enumerated() where devices?.isEmpty == false {
                forbidden(path.child(field).index(index).child("volumeDevices"), rule)
            }
        }
    }
}
