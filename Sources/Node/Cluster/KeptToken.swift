import Kubernetes
import Pods

/// A pod's token, and when the next one is due.
///
/// Source: facts of kubelet, §8 (`serviceAccountToken`): renewed when four fifths of its time, or a day, are over.
struct KeptToken: Codable, Equatable, Sendable {
    let token: String
    /// By the machine's clock, which goes on over a reboot, and which somebody may set.
    let askedAt: Time
    let renewAt: Time
    /// By the clock of this boot, which nobody sets; `nil`: another agent asked for it.
    private var renewBy: Instant?

    private enum CodingKeys: String, CodingKey { case token, askedAt, renewAt }

    /// - Parameter life: in seconds.
    init(_ token: String, lasting life: Int64, askedAt wall: Time, _ boot: Instant) {
        // Source: kubernetes `pkg/kubelet/token/token_manager.go`, `requiresRefresh`.
        let jitter = Int64.random(in: 0...max(0, min(10, life / 10)))
        let age = max(1, min(life * 4 / 5, 24 * 3600) - jitter)
        self.token = token
        (askedAt, renewAt) = (wall, Time(seconds: wall.seconds + age))
        renewBy = boot.advanced(by: .seconds(age))
    }

    func isDue(at wall: Time, _ boot: Instant) -> Bool {
        if let renewBy { return renewBy <= boot }
        // Of one from before its own beginning nobody can say how old it is.
        return wall < askedAt || renewAt <= wall
    }
}
