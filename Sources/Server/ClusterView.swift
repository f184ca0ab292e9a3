package import Kubernetes

/// How the line to the cluster is.
package struct ClusterView: Codable, Equatable, Sendable {
    package var kubeconfig: String
    /// `nil`: not known, the kubeconfig cannot be read.
    package var server: String?
    /// When what the node shows of itself ends; `nil`: never, or not known.
    package var credentialsEnd: Time?
    /// When the server last answered anything.
    package var lastContact: Time?
    /// What is wrong, and since when; `nil`: the last question was answered.
    package var failure: String?
    package var failingSince: Time?
    /// When the server last told of the node's pods.
    package var podsToldAt: Time?
    /// Pods whose status the server has not heard yet.
    package var waitingStatuses: Int

    package init(kubeconfig: String, waitingStatuses: Int = 0) {
        self.kubeconfig = kubeconfig
        self.waitingStatuses = waitingStatuses
    }
}
