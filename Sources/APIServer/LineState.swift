package import Kubernetes

/// How the line to the API server is: what `swiftlet status` tells of it.
package struct LineState: Equatable, Sendable {
    package var kubeconfig = ""
    package var server: String?
    /// When what the node shows of itself ends; `nil`: never, or unknown.
    package var credentialsEnd: Time?
    package private(set) var lastContact: ContinuousClock.Instant?
    /// What is wrong; `nil`: the last question was answered.
    package private(set) var failure: String?
    package private(set) var failingSince: ContinuousClock.Instant?

    enum Outcome {
        case success
        case failure(APIError)
    }

    mutating func note(_ outcome: Outcome) {
        switch outcome {
        case .failure(let error) where error.code == nil:
            failure = "\(error)"
            failingSince = failingSince ?? .now
        case .failure(.refused(401, _, let message, _)):
            lastContact = .now
            failure = "the credentials are not accepted: \(message)"
            failingSince = failingSince ?? .now
        default:
            lastContact = .now
            failure = nil
            failingSince = nil
        }
    }
}
