import Kubernetes

extension PodPlan.Waiting {
    /// `back-off 10s restarting failed container=c pod=crash_default(9e36ad2f)`.
    static func crashLoop(_ container: Pod.Container, of pod: Pod, delay: Duration) -> Self {
        Self(
            reason: "CrashLoopBackOff",
            message: "back-off \(GoDuration(delay)) restarting failed container=\(container.name)"
                + " pod=\(pod.fullName)(\(pod.id))")
    }

    /// A failed pull is `ErrImagePull` for as long as the kubelet takes to look again, then `ImagePullBackOff`.
    init(_ failure: StartFailures.Failure, now: Instant) {
        if failure.backsOffPull, now >= failure.backOffShows, now < failure.retryAt {
            self.init(
                reason: "ImagePullBackOff",
                message: "Back-off pulling image \"\(failure.image)\": \(failure.reason): \(failure.message)")
        } else {
            self.init(reason: failure.reason, message: failure.message)
        }
    }
}

extension StartFailures.Failure {
    fileprivate var backsOffPull: Bool { reason == "ErrImagePull" || reason == "RegistryUnavailable" }
    fileprivate var backOffShows: Instant { at.advanced(by: RestartBackoff.initial) }

    /// When what is shown, or what is done, changes next.
    func nextChange(after now: Instant) -> Instant {
        backsOffPull && now < backOffShows ? min(backOffShows, retryAt) : retryAt
    }
}
