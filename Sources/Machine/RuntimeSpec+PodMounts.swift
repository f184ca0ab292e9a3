import OCI
import Pods

extension RuntimeSpec {
    /// Everything that is mounted in a container, parents before what lies in them.
    ///
    /// A volume that the pod mounts at a path of the runtime's own takes its place.
    static func mounts(
        of container: Pod.Container, in pod: Pod, sandbox: SandboxFacts, instance: ContainerInstance
    ) throws -> [Mount] {
        let volumes = try container.mounts.map { try volume($0, of: container, instance: instance) }
        var files = files(of: container, sandbox: sandbox, instance: instance)
        files.append(sharedMemory(of: pod, sandbox: sandbox))
        let taken = Set(volumes.map { normalized($0.destination) })
        let system = systemMounts(isPrivileged: container.security.isPrivileged)
            .filter { !taken.contains($0.destination) }
        let ordered = (files.filter { !taken.contains($0.destination) } + volumes).enumerated()
            .sorted { (depth($0.element), $0.offset) < (depth($1.element), $1.offset) }
        return system + ordered.map(\.element)
    }

    /// Source: runtime-spec's default file systems, with the options of containerd.
    static func systemMounts(isPrivileged: Bool) -> [Mount] {
        let access = isPrivileged ? "rw" : "ro"
        return [
            Mount(destination: "/proc", source: "proc", type: "proc", options: ["nosuid", "noexec", "nodev"]),
            Mount(
                destination: "/dev", source: "tmpfs", type: "tmpfs",
                options: ["nosuid", "strictatime", "mode=755", "size=65536k"]),
            Mount(
                destination: "/dev/pts", source: "devpts", type: "devpts",
                options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
            Mount(
                destination: "/dev/mqueue", source: "mqueue", type: "mqueue", options: ["nosuid", "noexec", "nodev"]),
            Mount(
                destination: "/sys", source: "sysfs", type: "sysfs", options: ["nosuid", "noexec", "nodev", access]),
            Mount(
                destination: "/sys/fs/cgroup", source: "cgroup", type: "cgroup",
                options: ["nosuid", "noexec", "nodev", "relatime", access]),
        ]
    }

    /// Files that the agent writes for the pod. They can be changed inside, unless the root file system cannot.
    private static func files(
        of container: Pod.Container, sandbox: SandboxFacts, instance: ContainerInstance
    ) -> [Mount] {
        let access = container.security.hasReadOnlyRootFilesystem ? "ro" : "rw"
        let message = container.terminationMessagePath.flatMap { $0.isEmpty ? nil : $0 }
        let files: [(String?, String?, String)] = [
            (sandbox.hostsPath, "/etc/hosts", "rw"), (sandbox.hostnamePath, "/etc/hostname", access),
            (sandbox.resolvConfPath, "/etc/resolv.conf", access), (instance.terminationMessagePath, message, "rw"),
        ]
        return files.compactMap { source, destination, access in
            guard let source, let destination else { return nil }
            return Mount(
                destination: destination, source: source, type: "bind", options: ["rbind", "rprivate", access])
        }
    }

    private static func sharedMemory(of pod: Pod, sandbox: SandboxFacts) -> Mount {
        Mount(
            destination: "/dev/shm", source: pod.hostIPC ? "/dev/shm" : sandbox.sharedMemoryPath, type: "bind",
            options: ["rbind", "rprivate", "rw", "nosuid", "nodev", "noexec"])
    }

    private static func volume(
        _ mount: Pod.Container.Mount, of container: Pod.Container, instance: ContainerInstance
    ) throws -> Mount {
        guard let source = instance.volumes[mount.volume] else {
            throw ContainerConfigurationError("volume \"\(mount.volume)\" of container \(container.name) is not there")
        }
        var options = ["rbind"]
        switch mount.propagation {
        case .none: options.append("rprivate")
        case .hostToContainer: options.append("rslave")
        case .bidirectional: options.append("rshared")
        }
        // "rro" makes the mounts below read-only as well: mount_setattr(2), Linux 5.12, older than any that we run on.
        switch (mount.isReadOnly, mount.recursiveReadOnly) {
        case (false, _): options.append("rw")
        case (true, .disabled): options.append("ro")
        case (true, .ifPossible), (true, .enabled): options.append("rro")
        }
        let destination = mount.path.hasPrefix("/") ? mount.path : "/" + mount.path
        return Mount(destination: destination, source: source, type: "bind", options: options)
    }

    /// Without the slashes that mean nothing.
    private static func normalized(_ path: String) -> String {
        "/" + path.split(separator: "/").joined(separator: "/")
    }

    private static func depth(_ mount: Mount) -> Int { mount.destination.split(separator: "/").count }
}

extension [Pod.Container.Mount] {
    /// What the container's root must be for its volumes' propagation to work. Source: containerd.
    var rootPropagation: String? {
        if contains(where: { $0.propagation == .bidirectional }) { return "rshared" }
        return contains { $0.propagation == .hostToContainer } ? "rslave" : nil
    }
}

/// Paths of `/proc` and `/sys` that show or change the machine.
///
/// Source: facts of kubelet, §9.2; containerd's default specification.
enum DefaultPaths {
    static let masked =
        [
            "asound", "acpi", "interrupts", "kcore", "keys", "latency_stats", "timer_list", "timer_stats",
            "sched_debug", "scsi",
        ].map { "/proc/\($0)" } + ["/sys/firmware", "/sys/devices/virtual/powercap"]

    static let readOnly = ["bus", "fs", "irq", "sys", "sysrq-trigger"].map { "/proc/\($0)" }
}
