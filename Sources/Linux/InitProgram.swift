/// What a container's first process does between `clone3(2)` and `execve(2)`, one kernel call a step.
///
/// A value: compiled from the runtime spec by pure code in the agent, sent to the pod's shim, carried out there by
/// an interpreter that only obeys. A step that the kernel refuses names itself.
package struct InitProgram: Equatable, Sendable {
    /// Namespaces made for the process by `clone3(2)` itself; of mounts only where it does not leave the host's.
    package var namespaces: Namespaces
    /// Namespaces of others that the process enters before its first step. A new cgroup namespace is made after they are entered.
    package var joins: [NamespaceJoin]
    package var steps: [Step]
    /// What must be done with the rights of the runtime; `nil`, as for an ordinary pod: nothing.
    package var helper: Helper?
    /// The process' own `oom_score_adj`, set before all else; `nil`: that of whoever clones it. Lowering it needs
    /// CAP_SYS_RESOURCE: else a warning.
    package var oomScoreAdjustment: Int32?

    package init(
        namespaces: Namespaces = [], joins: [NamespaceJoin] = [], steps: [Step] = [], helper: Helper? = nil,
        oomScoreAdjustment: Int32? = nil
    ) {
        self.namespaces = namespaces
        self.joins = joins
        self.steps = steps
        self.helper = helper
        self.oomScoreAdjustment = oomScoreAdjustment
    }

    /// A process between the runtime and the container's, in the namespaces of the first and with its rights.
    ///
    /// It carries out its steps (the slots that they fill are the container's too), enters the namespaces of others,
    /// makes the time namespace, clones the container's process as its sibling, writes that one's id maps, and ends.
    package struct Helper: Equatable, Sendable {
        package var steps: [Step]
        /// For a new user namespace.
        package var uids: [IDRange]
        package var gids: [IDRange]
        /// For a new time namespace.
        package var clocks: [ClockOffset]

        package init(steps: [Step] = [], uids: [IDRange] = [], gids: [IDRange] = [], clocks: [ClockOffset] = []) {
            self.steps = steps
            self.uids = uids
            self.gids = gids
            self.clocks = clocks
        }
    }
}

extension InitProgram {
    /// Ends in another command, in the same environment. A program that does not end in one stays as it is.
    package mutating func run(_ command: [String]) {
        guard case .execute(_, let environment) = steps.last else { return }
        steps[steps.count - 1] = .execute(arguments: command, environment: environment)
    }

    /// Whether the process needs no copy of the host's mounts to begin with.
    package var leavesHostMounts: Bool { steps.contains(.leaveHostMounts) }
}

/// Kinds of namespace, as `clone3(2)` and `setns(2)` number them.
package struct Namespaces: OptionSet, Hashable, Sendable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }

    package static let time = Self(rawValue: 0x0000_0080)
    package static let mount = Self(rawValue: 0x0002_0000)
    package static let cgroup = Self(rawValue: 0x0200_0000)
    package static let uts = Self(rawValue: 0x0400_0000)
    package static let ipc = Self(rawValue: 0x0800_0000)
    package static let user = Self(rawValue: 0x1000_0000)
    package static let pid = Self(rawValue: 0x2000_0000)
    package static let network = Self(rawValue: 0x4000_0000)
}

/// Namespaces that a process enters instead of getting its own.
package enum NamespaceJoin: Equatable, Sendable {
    /// Those of a process that the same shim keeps, e.g. the pod's pause: by its pidfd, so never those of a stranger.
    case process(id: String, kinds: Namespaces)
    /// One that is bound to a file.
    case path(String, kind: Namespaces)
}
