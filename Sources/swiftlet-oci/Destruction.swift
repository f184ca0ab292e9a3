import Cgroups
import Containers
import JSONText
import Linux
import OCI
import SystemPackage
import Units

extension Container {
    /// Takes away all that creation made. The processes are killed first, if any are left.
    ///
    /// - Parameter spec: the container's, of a caller who has it; else it is read.
    func destroy(_ runtime: Runtime, _ spec: RuntimeSpec? = nil) throws {
        let spec = try spec ?? specIfReadable(runtime.report)
        if let process = try process() {
            try process.send(Signals.kill)
            try process.borrow { fd throws(SyscallError) in
                if try !waitReadable([fd], milliseconds: 10_000)[0] {
                    throw SyscallError("kill process \(record.pid)", .timedOut)
                }
            }
        }
        if let group = cgroup, record.ownsCgroup {
            if let scope = record.scope { try UnitManager.ofCaller().stop(scope) }
            try group.removeAndWait()
        }
        if let wish = spec?.linux?.intelRdt ?? (record.hasLaterShare == true ? .init() : nil) {
            try ResourceGroup.remove(wish, of: record.id)
        }
        try removeTree(at: directory.path)
        let failures = try spec?.hooks?.run(at: .poststop, state: state(.stopped).encoded) ?? []
        for failure in failures { runtime.report.warning("\(failure)") }
    }
}

extension Container {
    /// What is no specification says nothing of what there is to take away; what cannot be read now may say it later.
    private func specIfReadable(_ report: Report) throws -> RuntimeSpec? {
        do {
            return try spec()
        } catch let error as SyscallError {
            // Not written yet, or removed already, by somebody who was killed meanwhile.
            guard error.errno == .noSuchFileOrDirectory else { throw error }
        } catch {
            report.warning("container \(record.id): \(error)")
        }
        return nil
    }
}

/// `delete`: what creation made goes.
enum Delete {
    static func run(_ runtime: Runtime, _ words: [String]) throws -> Int32 {
        let arguments = try Arguments(words, [.flag("force", "f"), .flag("regex", "r")])
        guard !arguments.has("regex") else { return try deleteMatching(arguments, runtime) }
        try delete(try arguments.container(), isForced: arguments.has("force"), runtime)
        return 0
    }

    private static func delete(_ id: String, isForced: Bool, _ runtime: Runtime) throws {
        let directory = ContainerDirectory(runtime, id)
        guard try fileExists(at: directory.path) else {
            // As runc and crun answer: it is not there, which is what was wanted.
            if isForced { return }
            throw Failure("container \(id) does not exist")
        }
        // Whoever holds it may be creating the container.
        let lock = try directory.lock()
        if isForced, try !fileExists(at: directory.record) {
            // A create that was killed has left it, or a delete: nothing else is there without a record.
            return try removeTree(at: directory.path)
        }
        let container = try Container(runtime, id)
        let status = try container.status
        // Source: runtime-spec, runtime.md, "Delete": only a stopped one. What was created and never started goes too, as
        // with runc and crun: containerd relies on it.
        guard status == .stopped || status == .created || isForced else {
            throw Failure("cannot delete container \(id): it is \(status.rawValue), not stopped")
        }
        if status == .paused { try container.cgroup?.freezeAndWait(false) }
        try container.destroy(runtime)
        _ = consume lock
    }

    private static func deleteMatching(_ arguments: Arguments, _ runtime: Runtime) throws -> Int32 {
        guard let pattern = arguments.operands.first else { throw Failure("the pattern is missing") }
        for id in try ListContainers.ids(runtime, matching: pattern) {
            try delete(id, isForced: arguments.has("force"), runtime)
        }
        return 0
    }
}
