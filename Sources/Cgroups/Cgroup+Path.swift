package import SystemPackage

extension Cgroup {
    /// Names of the controllers that the group has, also of those that this code does not know.
    package func controllerNames() throws -> Set<String> {
        Set(try read("cgroup.controllers").split(whereSeparator: \.isWhitespace).map { String($0) })
    }

    /// Makes the group at a path below this one, which is the root of a tree or of a part that was delegated, with every
    /// controller given on from above in each group on the way.
    ///
    /// When it fails, the groups that it made are gone again. A group that is there already is taken as it is.
    ///
    /// - Parameters:
    ///   - relative: the names from here, e.g. `machine/web`.
    ///   - needed: controllers without which the group is of no use to the caller.
    package func makeGroup(at relative: FilePath, needing needed: Set<Controller>) throws -> Cgroup {
        var group = self
        var made: [Cgroup] = []
        var refused: [String: String] = [:]
        do {
            for component in relative.components where component.kind == .regular {
                refused.merge(try group.enableAll()) { first, _ in first }
                group = group.child(component.string)
                if try !group.exists {
                    try group.create()
                    made.append(group)
                }
                try group.checkType(needed)
            }
            let present = try group.controllers()
            if let lack = needed.subtracting(present).min() {
                throw MissingController(
                    controller: lack, group: "\(group.path)", cause: refused[lack.rawValue] ?? "not available")
            }
        } catch {
            for group in made.reversed() { try? group.removeNow() }
            throw error
        }
        return group
    }

    /// A group that cannot hold processes, or not limit what it is to limit, is of no use.
    private func checkType(_ needed: Set<Controller>) throws {
        let type = try type() ?? "domain"
        // Source: `Documentation/admin-guide/cgroup-v2.rst`, "Threads": the controllers of threads.
        let domainOnly = needed.subtracting([.cpu, .cpuset, .pids])
        switch type {
        case "domain invalid":
            throw UnusableGroup(
                path: path, type: type, reason: "it lies below a threaded group: make that a domain, or this threaded")
        case "threaded", "domain threaded":
            guard let first = domainOnly.min() else { return }
            throw UnusableGroup(
                path: path, type: type, reason: "it has only controllers of threads, not \(first.rawValue)")
        default: return
        }
    }
}

/// A group whose place in a threaded subtree keeps it from what it is for.
package struct UnusableGroup: Error, Equatable, CustomStringConvertible {
    package let path: FilePath
    /// What `cgroup.type` says.
    package let type: String
    package let reason: String

    package var description: String { "cgroup \(path) is of type \"\(type)\": \(reason)" }
}
