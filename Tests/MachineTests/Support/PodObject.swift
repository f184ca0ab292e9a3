import FoundationEssentials

/// What a test reads of a pod: `swiftlet pods get -o json` prints it as the Kubernetes API does.
struct PodObject: Decodable {
    struct Metadata: Decodable {
        var name: String
        var uid: String
    }

    struct Status: Decodable {
        var phase: String?
        var podIP: String?
        var hostIP: String?
        var qosClass: String?
        var containerStatuses: [Container]?
    }

    struct Container: Decodable {
        var name: String
        var ready: Bool
        var restartCount: Int
        var state: State?
        var lastState: State?
    }

    struct State: Decodable {
        struct Waiting: Decodable { var reason: String? }
        struct Running: Decodable { var startedAt: String? }
        struct Terminated: Decodable {
            var exitCode: Int
            var reason: String?
        }

        var waiting: Waiting?
        var running: Running?
        var terminated: Terminated?
    }

    var metadata: Metadata
    var status: Status?

    func container(_ name: String) -> Container? { status?.containerStatuses?.first { $0.name == name } }

    /// Every container runs.
    var runs: Bool {
        guard let containers = status?.containerStatuses, !containers.isEmpty else { return false }
        return status?.phase == "Running" && containers.allSatisfy { $0.state?.running != nil }
    }
}
