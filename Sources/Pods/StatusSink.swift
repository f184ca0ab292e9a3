package import Kubernetes

/// Takes a pod's status whenever it changed, and what happens in between. One conformer writes it down or sends it, one is the tests' fake.
package protocol StatusSink: Sendable {
    func report(_ status: PodStatus, of pod: Pod) async
    func note(_ event: PodEvent, of pod: Pod) async
    /// Nothing is left of the pod.
    func forget(_ pod: Pod) async
}
