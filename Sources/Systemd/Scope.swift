import Linux
package import SystemPackage

/// A group of processes that systemd keeps for somebody else: not started by it, and not ended with any service.
///
/// Pods and their shims live in one, below a slice of their own and beside the agent's service: a delegated service
/// whose subtree has controllers cannot be started anew by systemd 252 (`EBUSY` on moving its processes), and systemd
/// would count them to the service. It goes with its last process.
///
/// - SeeAlso: `systemd.scope(5)`, `org.freedesktop.systemd1(5)`.
package struct Scope: Equatable, Sendable {
    /// E.g. `swiftlet-pods.scope`.
    package var name: String
    /// E.g. `swiftlet.slice`.
    package var slice: String
    /// For `systemctl status`.
    package var description: String
    /// How long its processes have at the machine's shutdown between SIGTERM and SIGKILL.
    package var stopTimeout: Duration

    package init(name: String, slice: String, description: String, stopTimeout: Duration = .seconds(30)) {
        self.name = name
        self.slice = slice
        self.description = description
        self.stopTimeout = stopTimeout
    }

    /// Makes the scope with the processes in it, delegated with all controllers; one that is there keeps its own.
    ///
    /// - Returns: the scope's cgroup below the cgroup mount, e.g. `/swiftlet.slice/swiftlet-pods.scope`, and whether
    ///   it is new. The processes are in it if it is; else moving them there is the caller's.
    package func start(
        with processes: [Int32], timeout: Duration = .seconds(30)
    ) async throws -> (cgroup: FilePath, isNew: Bool) {
        try await onOwnThread {
            let bus = try SystemBus.connected()
            if case .active(let cgroup) = try bus.state(of: name) { return (cgroup, false) }
            try bus.startTransient(self, processes)
            return (try bus.waitUntilActive(name, timeout: timeout), true)
        }
    }

    /// The scope's cgroup below the cgroup mount, or `nil` when there is no such scope.
    package func cgroup() async throws -> FilePath? {
        try await onOwnThread {
            guard case .active(let cgroup) = try SystemBus.connected().state(of: name) else { return nil }
            return cgroup
        }
    }
}

/// What systemd says about a unit.
enum UnitState: Equatable {
    case active(cgroup: FilePath)
    /// Between states, e.g. `activating`.
    case changing
    /// `inactive`, `failed`, or not known at all.
    case absent(String)
}

extension SystemBus {
    /// Waits until the unit has a cgroup. The job that was asked for takes some milliseconds.
    fileprivate func waitUntilActive(_ name: String, timeout: Duration) throws -> FilePath {
        let clock = ContinuousClock()
        let deadline = clock.now.advanced(by: timeout)
        while true {
            switch try state(of: name) {
            case .active(let cgroup): return cgroup
            case .absent("failed"): throw SyscallError("start \(name): it failed", .noSuchProcess)
            case .changing, .absent: break
            }
            if clock.now >= deadline { throw SyscallError("start \(name)", .timedOut) }
            pause()
        }
    }
}
