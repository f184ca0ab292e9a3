package import Kubernetes

/// What the kernel and the runtime directory say is there right now: facts with their times, never conclusions.
package struct Observed: Equatable, Sendable {
    package var sandbox: Sandbox?
    /// By container name. A container that was never started has no entry.
    package var containers: [String: Container] = [:]
    /// Anything of the pod is left on this machine that ``PodPlan/Step/removePod`` would remove:
    /// directories, volumes, logs, cgroup, ledger entries.
    package var hasLeftovers = false
    /// Of that, what ``PodPlan/Step/giveBack`` would give back is not, or not all.
    package var holdsResources = false
    /// When the node took the pod on, also if that was another agent.
    package var since: Moment?

    package init(sandbox: Sandbox? = nil, containers: [String: Container] = [:], hasLeftovers: Bool = false) {
        self.sandbox = sandbox
        self.containers = containers
        self.hasLeftovers = hasLeftovers
    }
}

extension Observed {
    /// The pause process and the namespaces that it holds.
    package struct Sandbox: Equatable, Sendable {
        package var id: String
        /// 0 for the pod's first sandbox, one more for each replacement.
        package var attempt: Int
        /// The pause process runs and the network is attached.
        package var isReady: Bool
        /// Whether it shares the machine's network.
        package var usesHostNetwork: Bool
        /// The pod's addresses, first that of the default family. Kept after the sandbox stopped.
        package var ips: [String]
        package var createdAt: Time
        /// Whether containers can be started in it. One that another version of the agent made only keeps what runs.
        package var takesStarts = true
        /// What the pod as a whole was given when the sandbox was made, or since. Nil: nothing was said of that.
        package var allocation: Allocation?
        /// What the kernel enforces on all of the pod, as far as it can on this machine: of a request for processor time
        /// what its weight stands for. Nil: the pod has no group.
        package var enforced: Allocation?

        package init(
            id: String, attempt: Int = 0, isReady: Bool = true, usesHostNetwork: Bool = false, ips: [String] = [],
            createdAt: Time = Time()
        ) {
            self.id = id
            self.attempt = attempt
            self.isReady = isReady
            self.usesHostNetwork = usesHostNetwork
            self.ips = ips
            self.createdAt = createdAt
        }
    }

    /// The newest instance of one container, and the one before it while its record is kept.
    package struct Container: Equatable, Sendable {
        package var newest: Instance
        package var previous: Instance?
        package init(_ newest: Instance, previous: Instance? = nil) {
            self.newest = newest
            self.previous = previous
        }
    }

    /// One life of a container, from its start to its exit.
    package struct Instance: Equatable, Sendable {
        package enum State: Equatable, Sendable {
            case running
            case exited(Exit)
        }

        /// 64 hexadecimal digits, unlike that of any other instance.
        package var id: String
        package var state: State
        package var startedAt: Moment
        /// When its start was begun with: what was decided before that, it follows from.
        package var begunAt: Instant
        /// When all of the pod were last to start anew before it began: known also when the exit that asked for it is
        /// no longer. Nil: never.
        package var anewSince: Instant?
        /// How many instances of the container the pod has had before this one.
        package var restartCount: Int
        /// How many restarts in a row, without one that lasted, led to this instance: the back-off's memory.
        package var attempt: Int
        /// The image as the pod names it: a changed one restarts the container.
        package var image: String
        /// The image's digest.
        package var imageID: String
        package var logPath: String
        /// The sandbox that it was started in.
        package var sandbox = ""
        /// Its hook after the start has not succeeded yet: nobody is told that it runs.
        package var awaitsPostStart = false
        /// What it has been given. Nil: nobody knows.
        package var allocation: Allocation?
        /// What it was made of, if somebody added it to look into the pod: no manifest has it.
        package var ephemeral: EphemeralContainer?

        package init(
            id: String, state: State = .running, startedAt: Moment, restartCount: Int = 0, attempt: Int = 0,
            image: String, imageID: String = "", logPath: String = ""
        ) {
            self.id = id
            self.state = state
            self.startedAt = startedAt
            begunAt = startedAt.boot
            self.restartCount = restartCount
            self.attempt = attempt
            self.image = image
            self.imageID = imageID
            self.logPath = logPath
        }

        package var isRunning: Bool { state == .running }
        package var exit: Exit? {
            guard case .exited(let exit) = state else { return nil }
            return exit
        }
    }

    /// How an instance ended.
    package struct Exit: Equatable, Sendable {
        package enum Reason: String, Sendable {
            case completed = "Completed"
            case error = "Error"
            case outOfMemory = "OOMKilled"
            /// The container's process could not be started.
            case startError = "StartError"
            /// Whoever kept the process is gone, and its exit code with it.
            case unknown = "ContainerStatusUnknown"
        }

        /// 128 + signal when a signal ended it, as the API gives it; 137 when unknown.
        package var code: Int32
        package var signal: Int32
        package var reason: Reason
        /// The termination message, or what the start failed on.
        package var message: String
        package var finishedAt: Moment

        package init(
            code: Int32, signal: Int32 = 0, reason: Reason? = nil, message: String = "", finishedAt: Moment
        ) {
            self.code = code
            self.signal = signal
            self.reason = reason ?? (code == 0 ? .completed : .error)
            self.message = message
            self.finishedAt = finishedAt
        }
    }

    /// One moment on two clocks: what people read, and what durations are computed from.
    package struct Moment: Equatable, Sendable {
        package var wall: Time
        /// `CLOCK_BOOTTIME`: comparable with instants of an earlier agent of the same boot.
        package var boot: Instant
        package init(wall: Time, boot: Instant) {
            self.wall = wall
            self.boot = boot
        }
    }
}
