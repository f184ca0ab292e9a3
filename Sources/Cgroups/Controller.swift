/// What a part of the kernel measures or limits for a group.
package enum Controller: String, CaseIterable, Hashable, Sendable, Comparable {
    case cpu, cpuset, hugetlb, io, memory, misc, pids, rdma

    package static func < (one: Self, other: Self) -> Bool { one.rawValue < other.rawValue }

    /// No limit of a pod needs it and many kernels are built without: given on where it is there, not missed elsewhere.
    package var isOptional: Bool { self == .misc }

    /// Reads `cgroup.controllers` or `cgroup.subtree_control`. Controllers that the agent does not use are skipped.
    package static func parse(_ text: some StringProtocol) -> Set<Controller> {
        Set(text.split(whereSeparator: \.isWhitespace).compactMap { Controller(rawValue: String($0)) })
    }
}

extension Cgroup {
    /// Controllers that the group's parent gives it.
    package func controllers() throws -> Set<Controller> { Controller.parse(try read("cgroup.controllers")) }

    /// Controllers that the group gives its children.
    package func enabledControllers() throws -> Set<Controller> {
        Controller.parse(try read("cgroup.subtree_control"))
    }

    /// Gives controllers to the children of this group: all by one write, or, when the kernel refuses that, one by one.
    ///
    /// - Returns: those that this machine does not have here, or refuses, with the kernel's answer.
    @discardableResult
    package func enable(_ wanted: some Collection<Controller>) throws -> [MissingController] {
        let available = try controllers()
        let enabled = try enabledControllers()
        var missing = Set(wanted).subtracting(available).filter { !$0.isOptional }.sorted()
            .map { MissingController(controller: $0, group: "\(path)", cause: "not available") }
        let toEnable = Set(wanted).intersection(available).subtracting(enabled).sorted()
        if toEnable.isEmpty { return missing }
        let all = toEnable.map { "+\($0.rawValue)" }.joined(separator: " ")
        do {
            try write(all, to: "cgroup.subtree_control")
            return missing
        } catch {
            // One that is refused must not cost the others.
            if toEnable.count == 1 {
                return missing + [MissingController(controller: toEnable[0], group: "\(path)", cause: "\(error)")]
            }
        }
        for controller in toEnable {
            do {
                try write("+\(controller.rawValue)", to: "cgroup.subtree_control")
            } catch {
                missing.append(MissingController(controller: controller, group: "\(path)", cause: "\(error)"))
            }
        }
        return missing
    }

    /// Gives every controller that there is to the group's children, the unknown ones of a newer kernel too.
    ///
    /// - Returns: those that the kernel refuses, with its answer.
    @discardableResult
    package func enableAll() throws -> [String: String] {
        let names = { (text: String) in Set(text.split(whereSeparator: \.isWhitespace).map { String($0) }) }
        let toEnable = try names(read("cgroup.controllers")).subtracting(names(read("cgroup.subtree_control"))).sorted()
        if toEnable.isEmpty { return [:] }
        let all = toEnable.map { "+\($0)" }.joined(separator: " ")
        if (try? write(all, to: "cgroup.subtree_control")) != nil { return [:] }
        var refused: [String: String] = [:]
        for name in toEnable {
            do { try write("+\(name)", to: "cgroup.subtree_control") } catch { refused[name] = "\(error)" }
        }
        return refused
    }

    /// Makes the groups `names`, each below the one before, and gives them `wanted` all the way down.
    ///
    /// - Returns: the last group, and what cannot be enforced in it.
    package func makeDescendant(
        _ names: [String], controllers wanted: some Collection<Controller>
    ) throws -> (group: Cgroup, missing: [MissingController]) {
        var group = self
        var missing: [Controller: MissingController] = [:]
        for name in names {
            for lack in try group.enable(wanted) where missing[lack.controller] == nil {
                missing[lack.controller] = lack
            }
            group = group.child(name)
            try group.create()
        }
        return (group, missing.values.sorted { $0.controller < $1.controller })
    }
}

/// A controller that a group's limits need and that is not there.
package struct MissingController: Error, Equatable, Sendable, CustomStringConvertible {
    package let controller: Controller
    /// The group whose children do not get it.
    package let group: String
    package let cause: String

    package init(controller: Controller, group: String, cause: String) {
        self.controller = controller
        self.group = group
        self.cause = cause
    }

    package var description: String { "cgroup controller \(controller.rawValue) in \(group): \(cause)" }
}
