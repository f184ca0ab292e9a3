import Linux
import OCI

extension ProgramCompiler {
    private var mounts: [RuntimeSpec.Mount] { container.spec.mounts ?? [] }
    private var isOnlyProgram: Bool { if case .program = container.root { true } else { false } }

    /// Hooks that look at the root file system from outside, or from the runtime's paths, find it where it was.
    private var hasHooksBeforeRoot: Bool {
        let hooks = container.spec.hooks
        return container.meetings.maker != nil
            && !((hooks?.prestart ?? []) + (hooks?.createRuntime ?? []) + (hooks?.createContainer ?? [])).isEmpty
    }

    /// Copies come first: a bind that shares mounts with the host must be taken while the host's are still shared.
    mutating func copyBinds() throws(ContainerError) {
        for (index, mount) in mounts.enumerated() {
            let options = self.options[index]
            guard options.isBind, !options.isRemount, let source = mount.source else { continue }
            let copy = slot()
            prepared[index] = copy
            let path = source.hasPrefix("/") ? source : "\(container.bundle ?? "")/\(source)"
            prepare([.copyMount(copy, path: path, recursive: options.isRecursive)])
            try mapIDs(of: copy, mount, options)
            prepare(changes(of: copy, options))
        }
        copyWhatUserNamespacesForbid()
        if case .program(let path) = container.root {
            onlyProgram = slot()
            // A user namespace's root may not be allowed to go where it lies.
            prepare([.copyProgram(onlyProgram, path: path)])
        }
        if case .mounted(let passed) = container.root { root = passed } else { root = slot() }
        // A root is to be a peer of the host's mount that it is a copy of, or that one's slave: it is copied before the
        // process cuts its own mounts off, for behind that every copy is the slave of one that is its own.
        let keepsPeers = ["shared", "slave"].contains(linux.rootfsPropagation)
        if isMadeApart {
            steps += rootSteps() + [.leaveHostMounts]
        } else if needsHelper || keepsPeers {
            prepare(rootSteps())
            steps.append(.setPropagation(.slave))
        } else {
            // From here on nothing that the container mounts reaches the host, while the host's mounts still reach it.
            steps.append(.setPropagation(.slave))
            steps += rootSteps()
        }
    }

    /// Whether nothing of the host is needed by its name once binds are copied and the root is made: then the host's mounts,
    /// which may be thousands, need not be copied and let go. What a root in a directory has below it may be shared with
    /// the host, and hooks look at it from there.
    private var isMadeApart: Bool {
        if case .directory = container.root { return false }
        return !needsHelper && namespaces.contains(.mount)
    }

    private mutating func rootSteps() -> [InitProgram.Step] {
        switch container.root {
        case .overlay(let layers, _, _):
            let options = container.overlayOptions ?? []
            return mapped(layers) + [.makeFilesystem(root, type: "overlay", options: options, attributes: [])]
        case .mounted: return []
        case .directory(let path): return [.copyMount(root, path: path, recursive: true)]
        case .program:
            return [
                .makeFilesystem(
                    root, type: "tmpfs", options: [.init("size", "64k"), .init("mode", "755")],
                    attributes: [.noSetUserID, .noDevices, .noExecute])
            ]
        }
    }

    /// The files of an image are root's, and root is another in a user namespace: each layer is covered by a copy of
    /// itself with mapped owners, for the helper's eyes only. What is written to is not mapped: its owners are the
    /// namespace's own.
    ///
    /// Source: Linux 5.19, `fs/overlayfs`: layers may be idmapped mounts, the overlay itself may not.
    private mutating func mapped(_ layers: [String]) -> [InitProgram.Step] {
        guard hasUserNamespace, let uids = linux.uidMappings, let gids = linux.gidMappings, !uids.isEmpty,
            !gids.isEmpty
        else { return [] }
        var (namespace, steps) = mapping(uids, gids)
        steps.append(.makeMountNamespace)
        for layer in layers {
            let copy = slot()
            steps += [
                .copyMount(copy, path: layer, recursive: false),
                .mapIDs(copy, through: namespace, recursive: false), .place(copy, path: layer),
            ]
        }
        return steps
    }

    /// Where the user namespace of a mapping lies, and what makes it if there is none yet.
    private mutating func mapping(
        _ uids: [RuntimeSpec.IDMapping], _ gids: [RuntimeSpec.IDMapping]
    ) -> (slot: InitProgram.Slot, steps: [InitProgram.Step]) {
        if let known = mappings.first(where: { $0.uids == uids && $0.gids == gids }) { return (known.slot, []) }
        let namespace = slot()
        mappings.append((uids, gids, namespace))
        return (namespace, [.makeUserNamespace(namespace, uids: uids.map(\.range), gids: gids.map(\.range))])
    }

    /// Device nodes cannot be made there, and a sysfs belongs to whoever owns the network namespace: the host's are bound.
    private mutating func copyWhatUserNamespacesForbid() {
        guard hasUserNamespace, !isOnlyProgram else { return }
        for device in devices where device.node.kind != .fifo {
            let copy = slot()
            hostDevices.append((device.path, copy))
            helperSteps.append(.copyMount(copy, path: device.path, recursive: false))
        }
        for (index, mount) in mounts.enumerated() where prepared[index] == nil {
            let isForeign =
                mount.type == "sysfs" && !hasNamespace(.network)
                || mount.filesystemType == "cgroup2" && !hasNamespace(.cgroup)
            guard isForeign else { continue }
            let copy = slot()
            prepared[index] = copy
            let path = mount.type == "sysfs" ? "/sys" : "/sys/fs/cgroup"
            helperSteps.append(.copyMount(copy, path: path, recursive: true))
            helperSteps += changes(of: copy, options[index])
        }
    }

    private mutating func mapIDs(
        of copy: InitProgram.Slot, _ mount: RuntimeSpec.Mount, _ options: MountOptions
    ) throws(ContainerError) {
        guard isMapped(mount, options) else { return }
        let uids = mount.uidMappings ?? linux.uidMappings ?? []
        let gids = mount.gidMappings ?? linux.gidMappings ?? []
        guard !uids.isEmpty, !gids.isEmpty else {
            throw .invalid(
                SpecError("mounts[\(mount.destination)].uidMappings", "an idmapped mount needs uids and gids to map"))
        }
        let (namespace, steps) = mapping(uids, gids)
        prepare(steps + [.mapIDs(copy, through: namespace, recursive: options.idMap == .recursive)])
    }

    /// What `mount_setattr(2)` does to a copy: propagation, then this mount's attributes, then those of all below it.
    ///
    /// Without a word about it a bind hears of the host's mounts and tells nothing back. `rw` takes nothing away that
    /// the host has made read-only; `rrw` does.
    private func changes(of copy: InitProgram.Slot, _ options: MountOptions) -> [InitProgram.Step] {
        let isBelow = options.isRecursive || options.propagatesBelow
        var steps: [InitProgram.Step] = [
            .changeMount(copy, set: [], clear: [], propagation: options.propagation ?? .slave, recursive: isBelow)
        ]
        let above = options.set.subtracting(options.setBelow)
        let clear = options.clear.subtracting(.readOnly).subtracting(options.set)
        if !above.isEmpty || !clear.isEmpty {
            steps.append(.changeMount(copy, set: above, clear: clear, propagation: nil, recursive: false))
        }
        if !options.setBelow.isEmpty || !options.clearBelow.isEmpty {
            steps.append(
                .changeMount(
                    copy, set: options.setBelow, clear: options.clearBelow, propagation: nil, recursive: true))
        }
        return steps
    }

    /// Mounts, devices and what happens before the root is the container's.
    mutating func mountEverything() throws(ContainerError) {
        makeEarly()
        makeDetachedProc()
        if hasHooksBeforeRoot, case .directory(let path) = container.root {
            steps.append(.place(root, path: path))
            mountAll()
            makeDevices()
            try tuneSurroundings()
            steps.append(.enterRoot(root))
        } else {
            steps.append(.enterRoot(root))
            mountAll()
            makeDevices()
            try tuneSurroundings()
        }
    }

    /// Source: the kernel's `mount_too_revealing`: in a user namespace a new proc, sysfs or cgroup2 is refused unless an
    /// uncovered one is mounted already: the host's, as long as it is there.
    private mutating func makeEarly() {
        guard hasUserNamespace else { return }
        for (index, mount) in mounts.enumerated() where prepared[index] == nil {
            let type = mount.filesystemType
            guard ["proc", "sysfs", "cgroup2"].contains(type), !options[index].isRemount else { continue }
            let filesystem = slot()
            prepared[index] = filesystem
            make(mount, options[index], type, into: filesystem)
        }
    }

    /// For what is written there about the process itself. Attached nowhere, it is gone with the exec: nobody who finds
    /// the way into a root without files finds a `/proc`.
    private mutating func makeDetachedProc() {
        guard isOnlyProgram, linux.sysctl?.isEmpty == false else { return }
        let filesystem = slot()
        proc = filesystem
        steps.append(
            .makeFilesystem(
                filesystem, type: "proc", options: [], attributes: [.noSetUserID, .noDevices, .noExecute]))
    }

    private mutating func make(
        _ mount: RuntimeSpec.Mount, _ options: MountOptions, _ type: String, into filesystem: InitProgram.Slot
    ) {
        var data = options.filesystemData(type: type, source: mount.source)
        // Source: runc: these have labels of the policy's own.
        if let label = linux.mountLabel, !["proc", "sysfs", "mqueue", "cgroup2"].contains(type) {
            data.append(.init("context", label))
        }
        if type == "proc", !options.set.contains(.readOnly) { proc = filesystem }
        var attributes = options.set.union(options.setBelow)
        if type == "tmpfs", attributes.contains(.readOnly) {
            // What comes below it, devices at least, is made first.
            attributes.subtract(.readOnly)
            readOnlyAtLast.append(filesystem)
        }
        steps.append(.makeFilesystem(filesystem, type: type, options: data, attributes: attributes))
        if let propagation = options.propagation {
            steps.append(
                .changeMount(filesystem, set: [], clear: [], propagation: propagation, recursive: false))
        }
    }

    private mutating func mountAll() {
        for (index, mount) in mounts.enumerated() {
            let options = self.options[index]
            let path = mount.destination.hasPrefix("/") ? mount.destination : "/" + mount.destination
            if options.isRemount {
                remount(path, options)
            } else if let copy = prepared[index] {
                let isBind = options.isBind || hasUserNamespace && mount.type != "proc"
                steps.append(.attach(copy, root: root, path: path, place: isBind ? .matching : .directory))
            } else {
                let filesystem = slot()
                make(mount, options, mount.filesystemType, into: filesystem)
                if options.copiesUp { steps.append(.copyUp(filesystem, root: root, path: path)) }
                steps.append(.attach(filesystem, root: root, path: path, place: .directory))
            }
        }
    }

    private mutating func remount(_ path: String, _ options: MountOptions) {
        let place = slot()
        steps.append(.openPath(place, root: root, path: path))
        if !options.data.isEmpty && !options.isBind { steps.append(.reconfigure(place, options: options.data)) }
        let (set, clear) = (options.set.union(options.setBelow), options.clear.union(options.clearBelow))
        if !set.isEmpty || !clear.isEmpty || options.propagation != nil {
            let isBelow = !options.setBelow.isEmpty || !options.clearBelow.isEmpty || options.propagatesBelow
            steps.append(
                .changeMount(place, set: set, clear: clear, propagation: options.propagation, recursive: isBelow))
        }
    }

    mutating func protectPaths() {
        if case .program = container.root {
        } else {
            // Missing, it is made, before the root can no longer be written to: images name directories that none of
            // their layers has. As runc and crun do.
            steps.append(.makeDirectory(root: root, path: process.cwd, mode: 0o755))
        }
        for filesystem in readOnlyAtLast {
            steps.append(.changeMount(filesystem, set: .readOnly, clear: [], propagation: nil, recursive: false))
        }
        for path in linux.readonlyPaths ?? [] { steps.append(.makeReadOnly(root: root, path: path)) }
        for path in linux.maskedPaths ?? [] { steps.append(.mask(root: root, path: path)) }
        let propagation = linux.rootfsPropagation.flatMap { MountOptions([$0]).propagation }
        let isReadOnly = container.spec.root?.readonly == true
        guard isReadOnly || propagation != nil else { return }
        steps.append(
            .changeMount(
                root, set: isReadOnly ? .readOnly : [], clear: [], propagation: propagation, recursive: false))
    }
}

extension RuntimeSpec.Mount {
    var parsedOptions: MountOptions {
        var parsed = MountOptions(options ?? [])
        if type == "bind" { parsed.isBind = true }
        if parsed.isBind { parsed.data = [] }
        return parsed
    }

    var filesystemType: String { type == "cgroup" ? "cgroup2" : type ?? "tmpfs" }
}
