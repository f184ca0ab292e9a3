import Containers
import OCI
import Pods
import SystemPackage

/// What the machine knows of a pod when one of its containers starts, beside the pod itself.
struct PodFacts: Equatable, Sendable {
    var hostname: String
    /// The namespaces of the pod's pause that its containers join, by the kind's path.
    var networkNamespace: FilePath?
    var memoryCapacity: Int64
    var etcHosts: FilePath
    var etcHostname: FilePath
    var resolvConf: FilePath
    var sharedMemory: FilePath
    /// What stands for the ids of the pod's user namespace; empty: it has none of its own.
    var idMappings: [RuntimeSpec.IDMapping] = []
    /// The labels of containers where the kernel confines by SELinux. Nil: it does not.
    var selinux: SELinuxContexts?

    init(
        hostname: String, networkNamespace: FilePath?, memoryCapacity: Int64, etcHosts: FilePath, etcHostname: FilePath,
        resolvConf: FilePath, sharedMemory: FilePath
    ) {
        self.hostname = hostname
        self.networkNamespace = networkNamespace
        self.memoryCapacity = memoryCapacity
        self.etcHosts = etcHosts
        self.etcHostname = etcHostname
        self.resolvConf = resolvConf
        self.sharedMemory = sharedMemory
    }
}

extension RuntimeSpec {
    /// One container of a pod as the runtime specification describes it.
    ///
    /// - Parameters:
    ///   - volumes: where each volume that the container mounts lies, by its name.
    ///   - terminationLog: the host's file for the termination message.
    ///   - devices: nodes beside those that every container has.
    ///   - target: a process of the container whose processes this one sees.
    init(
        _ container: Pod.Container, of pod: Pod, image: ImageConfig.Execution, facts: PodFacts,
        volumes: [String: FilePath], terminationLog: FilePath?, devices: [Device] = [],
        target: Int32? = nil
    ) throws {
        let security = container.security
        let hidesNothing = security.isPrivileged || security.showsWholeProc
        self.init(
            process: try Process(container, of: pod, image: image, facts: facts),
            root: Root(path: "rootfs", readonly: security.hasReadOnlyRootFilesystem),
            mounts: try Self.mounts(of: container, pod, facts, volumes, terminationLog),
            annotations: [
                "io.kubernetes.pod.name": pod.name, "io.kubernetes.pod.namespace": pod.namespace,
                "io.kubernetes.pod.uid": pod.id.rawValue, "io.kubernetes.container.name": container.name,
            ],
            linux: Linux(
                namespaces: Self.namespaces(of: pod, facts, target),
                devices: devices,
                maskedPaths: hidesNothing ? [] : DefaultPaths.masked,
                readonlyPaths: hidesNothing ? [] : DefaultPaths.readOnly))
        linux?.mountLabel = try facts.selinux?.files(of: security)
        let images = pod.volumes.filter { if case .image = $0.source { true } else { false } }.map(\.name)
        map(
            facts.idMappings,
            besides: volumes.filter { images.contains(String($0.key.prefix { $0 != "/" })) }.map(\.value.string))
    }

    /// Files keep the owners in the container that they have on the host, whoever these are there in truth.
    ///
    /// - Parameter mapped: sources of mounts that show other owners already.
    private mutating func map(_ ids: [IDMapping], besides mapped: [String]) {
        guard !ids.isEmpty else { return }
        linux?.uidMappings = ids
        linux?.gidMappings = ids
        for index in (mounts ?? []).indices where mounts?[index].type == "bind" {
            if let source = mounts?[index].source, mapped.contains(source) { continue }
            mounts?[index].uidMappings = ids
            mounts?[index].gidMappings = ids
        }
    }

    private static func namespaces(of pod: Pod, _ facts: PodFacts, _ target: Int32?) -> [Namespace] {
        var namespaces = [Namespace(.mount), Namespace(.cgroup)]
        // A namespace of the pod is one of its pause; a path stands for "joined", the shim finds it by the pidfd.
        if !pod.hostNetwork { namespaces += [Namespace(.network, path: facts.networkNamespace?.string)] }
        if !facts.idMappings.isEmpty { namespaces.append(Namespace(.user, path: Namespace.ofSandbox)) }
        if !pod.hostIPC { namespaces.append(Namespace(.ipc, path: Namespace.ofSandbox)) }
        if !pod.hostNetwork { namespaces.append(Namespace(.uts, path: Namespace.ofSandbox)) }
        if !pod.hostPID {
            let shared = pod.shareProcessNamespace ? Namespace.ofSandbox : target.map { "/proc/\($0)/ns/pid" }
            namespaces.append(Namespace(.pid, path: shared))
        }
        return namespaces
    }

    private static func mounts(
        of container: Pod.Container, _ pod: Pod, _ facts: PodFacts, _ volumes: [String: FilePath],
        _ terminationLog: FilePath?
    ) throws -> [Mount] {
        let taken = Set(container.mounts.map { FilePath($0.path).lexicallyNormalized().string })
        let files: [(String?, FilePath?)] = [
            ("/etc/hosts", facts.etcHosts), ("/etc/hostname", facts.etcHostname),
            ("/etc/resolv.conf", facts.resolvConf),
            (container.terminationMessagePath, terminationLog),
        ]
        var mounts: [Mount] = []
        for case (let path?, let file?) in files where !taken.contains(path) {
            mounts.append(
                Mount(destination: path, source: file.string, type: "bind", options: ["rbind", "rprivate", "rw"]))
        }
        for mount in container.mounts {
            guard let source = volumes[mount.volume] else { throw NoVolume(name: mount.volume) }
            mounts.append(Mount(destination: mount.path, source: source.string, type: "bind", options: mount.options))
        }
        // A mount below another one comes after it, whatever the manifest's order: a volume at /etc must not hide the
        // pod's /etc/hosts.
        let ordered = mounts.enumerated().sorted {
            (depth($0.element.destination), $0.offset) < (depth($1.element.destination), $1.offset)
        }
        return systemMounts(privileged: container.security.isPrivileged, pod, facts)
            .filter { !taken.contains($0.destination) } + ordered.map(\.element)
    }

    private static func depth(_ path: String) -> Int { FilePath(path).lexicallyNormalized().components.count }

    /// Source: the file systems that the runtime specification says should be there, as containerd's defaults have them.
    private static func systemMounts(privileged: Bool, _ pod: Pod, _ facts: PodFacts) -> [Mount] {
        let sysfs = privileged ? "rw" : "ro"
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
            Mount(destination: "/sys", source: "sysfs", type: "sysfs", options: ["nosuid", "noexec", "nodev", sysfs]),
            Mount(
                destination: "/sys/fs/cgroup", source: "cgroup", type: "cgroup",
                options: ["nosuid", "noexec", "nodev", "relatime", sysfs]),
            pod.hostIPC
                ? Mount(
                    destination: "/dev/shm", source: "/dev/shm", type: "bind", options: ["rbind", "rprivate", "rw"])
                : Mount(
                    destination: "/dev/shm", source: facts.sharedMemory.string, type: "bind",
                    options: ["rbind", "rprivate", "nosuid", "noexec", "nodev", "rw"]),
        ]
    }

    struct NoVolume: Error, CustomStringConvertible {
        let name: String
        var description: String { "volume \(name): the pod has none of that name" }
    }
}

extension RuntimeSpec.Process {
    /// What the container runs and as whom; a command that is run beside it differs in the arguments alone.
    init(_ container: Pod.Container, of pod: Pod, image: ImageConfig.Execution, facts: PodFacts) throws {
        let environment = ContainerEnvironment(container, image: image, hostname: facts.hostname)
        let security = container.security
        let capabilities = try security.capabilities.names
        self.init(
            terminal: container.hasTerminal ? true : nil,
            args: try ContainerCommand(container, image: image, environment: environment).arguments,
            env: environment.lines,
            cwd: container.workingDirectory.nonEmpty ?? image.workingDir.nonEmpty ?? "/",
            capabilities: .init(
                bounding: capabilities, effective: capabilities, inheritable: [], permitted: capabilities),
            noNewPrivileges: !security.allowsPrivilegeEscalation && !security.isPrivileged,
            oomScoreAdj: OOMScore.adjustment(of: container, in: pod, memoryCapacity: facts.memoryCapacity))
        selinuxLabel = try facts.selinux?.process(of: security)
    }
}

extension Pod.Container.Mount {
    /// The specification's words for it. Source: `propagation.go` of the CRI's servers; facts of kubelet, §8.6.
    var options: [String] {
        let propagation =
            switch propagation {
            case .none: "rprivate"
            case .hostToContainer: "rslave"
            case .bidirectional: "rshared"
            }
        let access = !isReadOnly ? "rw" : recursiveReadOnly == .disabled ? "ro" : "rro"
        return ["rbind", propagation, access]
    }
}

/// Paths of `/proc` and `/sys` that a container must not see, or not change. Source: facts of kubelet, §9.2.
enum DefaultPaths {
    static let masked = [
        "/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
        "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware",
        "/sys/devices/virtual/powercap",
    ]
    static let readOnly = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
}
