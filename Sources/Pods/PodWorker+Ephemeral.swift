package import Kubernetes

extension PodWorker {
    /// Adds a container to look into the pod with. Throws where the pod cannot take it.
    package func add(_ container: EphemeralContainer) throws {
        guard case .running(var pod) = desired else { throw CannotLookInside(reason: "it is being ended") }
        let checked = try pod.checking(container)
        pod.add(checked)
        want(.running(pod))
    }

    /// Why no container can be added to a pod.
    package struct CannotLookInside: Error, CustomStringConvertible {
        let reason: String
        package var description: String { reason }
    }
}
