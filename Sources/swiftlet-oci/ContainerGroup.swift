import Cgroups
import Containers
import Init
import Linux
import OCI
import SystemPackage
import Units

/// A container's group in the cgroup tree, and who makes it: this program, or systemd when it is asked.
struct ContainerGroup {
    private let tree: Cgroup
    private(set) var cgroup: Cgroup
    private let scope: ContainerScope?
    /// The unit of systemd's that has the group; `nil`: none has.
    var unit: String? { scope?.name.unit }
    /// It was made for this container, and goes with it.
    private(set) var isOwn = false
    /// Keeps the scope while the container's process is not in it yet.
    private var placeholder: Placeholder?

    /// - Returns: `nil` when the machine has no cgroup2 tree, or the caller wants none.
    static func find(_ spec: RuntimeSpec, id: String, _ runtime: Runtime) throws -> ContainerGroup? {
        guard runtime.cgroupManager != .disabled, let tree = try tree() else { return nil }
        let path = spec.linux?.cgroupsPath
        if runtime.cgroupManager == .cgroupfs {
            let place = tree.path.pushing(FilePath(relative(path, id: id)))
            return ContainerGroup(tree: tree, cgroup: Cgroup(path: place), scope: nil)
        }
        let text = path.flatMap { $0.isEmpty ? nil : $0 } ?? ":swiftlet:\(id)"
        let name = try ScopeName(parsing: text, isUser: effectiveUser() != 0)
        let scope = ContainerScope(
            name: name, description: "Container \(id)",
            extra: try UnitProperty.properties(inAnnotations: spec.annotations ?? [:]))
        return ContainerGroup(tree: tree, cgroup: Cgroup(path: tree.path.pushing(try name.place())), scope: scope)
    }

    private init(tree: Cgroup, cgroup: Cgroup, scope: ContainerScope?) {
        self.tree = tree
        self.cgroup = cgroup
        self.scope = scope
    }

    /// Where it nearly always is is looked first: a machine's mount table is long.
    private static func tree() throws -> Cgroup? {
        let usual: FilePath = "/sys/fs/cgroup"
        if (try? filesystem(of: usual).type) == FilesystemStatus.cgroup2 { return Cgroup(path: usual) }
        return try CgroupMount.find()
    }

    /// The group that a process is in. Source: cgroups(7), `/proc/<pid>/cgroup`: the line of the one tree begins with 0.
    static func group(ofProcess pid: Int32) throws -> Cgroup {
        let lines = String(decoding: try readFile(at: FilePath("/proc/\(pid)/cgroup")) ?? [], as: UTF8.self).split(
            separator: "\n")
        guard let tree = try tree(), let line = lines.first(where: { $0.hasPrefix("0::/") }) else {
            throw Failure("the container's cgroup is gone, and that of process \(pid) is not known")
        }
        return Cgroup(path: tree.path.pushing(FilePath(String(line.dropFirst(4)))))
    }

    /// Below the tree's root. Source: runtime-spec, config-linux.md, "Cgroups Path": a relative one is the runtime's to place.
    static func relative(_ path: String?, id: String) -> String {
        guard let path, !path.isEmpty else { return id }
        let normal = FilePath("/").pushing(FilePath(path.drop { $0 == "/" }.description)).lexicallyNormalized()
        return String(normal.string.drop { $0 == "/" })
    }

    /// Finds out whether the group is the container's own: to be written down before it is made. A scope is when
    /// systemd has made it.
    mutating func claim() throws {
        guard scope == nil else { return }
        isOwn = try !cgroup.exists
        // A process that is made in it would stop before its first step, and whoever waits for it with it.
        if !isOwn, try cgroup.isFrozen() == true { throw Failure("cgroup \(cgroup.path) is frozen") }
    }

    /// Makes the group with all that the machine can measure and limit, and the container's limits.
    mutating func make(_ spec: RuntimeSpec, _ report: Report) throws {
        if let scope { try start(scope, spec.linux?.resources) }
        // Systemd knows not all controllers: also in its groups they are given on from above.
        if isOwn {
            let names = cgroup.path.string.dropFirst(tree.path.string.count).split(separator: "/").map(String.init)
            _ = try tree.makeDescendant(names, controllers: try tree.controllers())
        }
        try cgroup.enforce(spec.linux?.resources, report)
        if let owner = spec.groupOwner { try cgroup.delegate(owner: owner, group: .max) }
    }

    private mutating func start(_ scope: ContainerScope, _ resources: RuntimeSpec.Resources?) throws {
        let resources = resources?.withoutEmptyLimits ?? .init()
        let settings = try CgroupSettings(resources, controllers: try tree.controllerNames())
        let devices = try DeviceRule.rules(for: resources)
        let placeholder = try Placeholder()
        let path = try scope.start(
            try .ofCaller(), processes: [placeholder.pid], settings: settings, devices: devices)
        self.placeholder = placeholder
        isOwn = true
        cgroup = Cgroup(path: tree.path.pushing(FilePath(path.string.drop { $0 == "/" }.description)))
    }

    /// The container's process is in the group.
    mutating func isInhabited() { placeholder = nil }

    /// Takes back what ``make(_:_:)`` made.
    mutating func undo() throws {
        guard isOwn else { return }
        placeholder = nil
        if let scope, let manager = try? UnitManager.ofCaller() { try? scope.remove(manager) }
        try cgroup.removeAndWait()
    }
}

extension UnitManager {
    /// The machine's systemd for root, for others their own.
    static func ofCaller() throws -> UnitManager {
        let user = effectiveUser()
        if user == 0 { return try UnitManager() }
        guard let directory = environmentVariable("XDG_RUNTIME_DIR") else {
            throw Failure("cgroup manager systemd: XDG_RUNTIME_DIR is not set")
        }
        return try UnitManager(user: user, runtimeDirectory: FilePath(directory))
    }
}

extension ScopeName {
    /// Below the tree's root, as a relative path.
    fileprivate func place() throws -> FilePath { FilePath(try cgroup().string.drop { $0 == "/" }.description) }
}
