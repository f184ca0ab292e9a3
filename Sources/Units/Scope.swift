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
    package func start(with processes: [Int32]) async throws -> (cgroup: FilePath, isNew: Bool) {
        let manager = try await UnitManager()
        if let cgroup = try await manager.cgroup(ofScope: name) { return (cgroup, false) }
        do {
            try await manager.startTransient(
                name,
                [
                    UnitProperty("Description", .string(description)), UnitProperty("Slice", .string(slice)),
                    UnitProperty("Delegate", .bool(true)), UnitProperty("TasksMax", .uint64(.max)),
                    UnitProperty("TimeoutStopUSec", .uint64(UInt64(stopTimeout / .microseconds(1)))),
                    UnitProperty("PIDs", .array(of: "u", processes.map { .uint32(UInt32(bitPattern: $0)) })),
                ])
        } catch let error as BusError {
            throw ScopeNotStarted(scope: self, cause: error)
        }
        guard let cgroup = try await manager.cgroup(ofScope: name) else {
            throw SyscallError("start \(name): it has ended at once", .noSuchProcess)
        }
        return (cgroup, true)
    }

    /// The scope's cgroup below the cgroup mount, or `nil` when there is no such scope.
    package func cgroup() async throws -> FilePath? { try await UnitManager().cgroup(ofScope: name) }
}

struct ScopeNotStarted: Error, CustomStringConvertible {
    let scope: Scope
    let cause: BusError
    var description: String { "start \(scope.name) in \(scope.slice): \(cause)" }
}

extension UnitManager {
    /// The group of a scope that is there, below the cgroup mount; `nil`: it is not, or it has ended.
    package func cgroup(ofScope name: String) async throws -> FilePath? {
        guard try await property("ActiveState", of: name, kind: "Unit")?.text == "active" else { return nil }
        let path = try await property("ControlGroup", of: name, kind: "Scope")?.text ?? ""
        return path.isEmpty ? nil : FilePath(path)
    }
}
