/// What a worker remembers of starts that failed: it delays the next try and tells the status why.
package struct StartFailures: Equatable, Sendable {
    package struct Failure: Equatable, Sendable {
        package var reason: String
        package var message: String
        /// The image that was asked for: another image is tried at once.
        package var image: String
        package var count: Int
        package var at: Instant

        /// Pulls and starts wait longer each time; what only a person can mend is tried every 10 s.
        package var retryAt: Instant {
            // Its instance ended, and that is what delays the next.
            if reason == "PostStartHookError" { return at }
            let grows = ["ErrImagePull", "RegistryUnavailable", "RunContainerError"].contains(reason)
            return at.advanced(by: RestartBackoff.delay(after: grows ? count : 1))
        }
    }

    package private(set) var containers: [String: Failure] = [:]
    package private(set) var sandbox: Failure?
    /// Amounts that running containers could not be given, by container.
    package private(set) var resizes: [String: Failure] = [:]
    /// Amounts that the pod as a whole could not be given.
    package private(set) var wholeResize: Failure?

    package init() {}

    package mutating func record(_ error: any Error, of container: Pod.Container, at now: Instant) {
        let last = containers[container.name].flatMap { $0.image == container.image ? $0 : nil }
        let reason = (error as? PodError)?.reason ?? "RunContainerError"
        let count = last?.reason == reason ? (last?.count ?? 0) + 1 : 1
        containers[container.name] = Failure(
            reason: reason, message: (error as? PodError)?.message ?? "\(error)", image: container.image, count: count,
            at: now)
    }

    package mutating func recordSandbox(_ error: any Error, at now: Instant) {
        let podError = error as? PodError ?? .createSandbox(cause: error)
        sandbox = Failure(
            reason: podError.reason, message: podError.message, image: "", count: (sandbox?.count ?? 0) + 1, at: now)
    }

    package mutating func recordResize(_ error: any Error, of container: String, at now: Instant) {
        let message = (error as? PodError)?.message ?? "\(error)"
        resizes[container] = Failure(reason: "Error", message: message, image: "", count: 1, at: now)
    }

    package mutating func forgetResize(of container: String) { resizes[container] = nil }

    package mutating func recordWholeResize(_ error: any Error, at now: Instant) {
        let message = (error as? PodError)?.message ?? "\(error)"
        wholeResize = Failure(reason: "Error", message: message, image: "", count: 1, at: now)
    }

    package mutating func forgetWholeResize() { wholeResize = nil }
    mutating func forgetResizes() { (resizes, wholeResize) = ([:], nil) }

    /// Why what runs does not have what it asks for: one line for each.
    var resizeProblems: [String] {
        Set(resizes.values.map(\.message) + (wholeResize.map { [$0.message] } ?? [])).sorted()
    }

    /// What failed because something that the pod refers to was not there.
    mutating func forgetMissing() {
        containers = containers.filter { $0.value.reason != "CreateContainerConfigError" }
        if sandbox?.reason == "FailedMount" { sandbox = nil }
    }

    package mutating func forget(container: String) { containers[container] = nil }
    package mutating func forgetSandbox() { (sandbox, wholeResize) = (nil, nil) }
}
