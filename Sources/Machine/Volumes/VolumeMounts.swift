import Images
import Linux
import Pods
import SystemPackage

import struct Kubernetes.Quantity

extension Machine {
    /// Mounts what an empty directory lies on that is not the node's disk. Source: facts of kubelet, §8.2.
    func mount(_ directory: Pod.EmptyDirectory, at path: FilePath, of pod: Pod) throws {
        switch directory.medium {
        case .disk: return
        case .memory:
            if try isMounted(path) { return }
            let size = MemoryVolume.size(
                directory, of: pod, nodeMemory: ByteCount(settings.memoryCapacity))
            let options: [(String, String?)] = [("size", "\(size.bytes)"), ("mode", "777")]
            let attributes: MountAttributes = []
            let filesystem: OwnedFileDescriptor
            do throws(SyscallError) {
                filesystem = try Mount.filesystem("tmpfs", options: options + [("noswap", nil)], attributes)
            } catch {
                // Linux 6.4 has it first.
                guard error.errno == .invalidArgument else { throw error }
                filesystem = try Mount.filesystem("tmpfs", options: options, attributes)
            }
            try attach(filesystem, to: path)
        case .hugePages(let size):
            if try isMounted(path) { return }
            let bytes = try MemoryVolume.pageSize(size, of: pod)
            var options: [(String, String?)] = [("pagesize", "\(bytes.bytes)"), ("mode", "777")]
            if let limit = directory.sizeLimit { options.append(("size", "\(limit.bytes)")) }
            try attach(Mount.filesystem("hugetlbfs", options: options), to: path)
        }
    }

    private func attach(_ filesystem: consuming OwnedFileDescriptor, to path: FilePath) throws(SyscallError) {
        let place = try openDirectory(path)
        try filesystem.borrow { filesystem throws(SyscallError) in
            try place.borrow { place throws(SyscallError) in try Mount.move(filesystem, to: place) }
        }
    }

    /// Mounts an image's files, read-only: its layers over each other, nothing over them.
    ///
    /// - Parameter pause: the process whose user namespace shall see them as the image has them, if not the host's.
    func mountImage(
        _ reference: String, _ policy: Pod.Container.PullPolicy, at path: FilePath, of pod: Pod,
        mappedFor pause: ProcessRecord?
    ) async throws {
        if try isMounted(path) { return }
        var container = Pod.Container(name: "", image: reference)
        container.pullPolicy = policy
        let image = try await image(for: container, of: pod)
        let layers = try await layers(of: image, named: reference)
        try makeDirectories(path, mode: 0o750)
        if let pause, !layers.isEmpty {
            let made = try await Mount.mappedLayers(layers, through: FilePath("/proc/\(pause.pid)/ns/user"))
            let filesystem = OwnedFileDescriptor(made)
            guard pause.isAlive else { throw PauseEnded() }
            return try attach(filesystem, to: path)
        }
        guard layers.count > 1, let first = layers.first else {
            guard let only = layers.first else { return }
            let copy = try Mount.copy(of: only, recursive: false)
            try copy.borrow { copy throws(SyscallError) in
                try Mount.change(copy, set: .readOnly, propagation: .private)
            }
            return try attach(copy, to: path)
        }
        // Source: Documentation/filesystems/overlayfs.rst: without an upper directory it is read-only.
        let options = ([first] + layers.dropFirst()).map { ("lowerdir+", Optional($0.string)) }
        try attach(Mount.filesystem("overlay", options: options, .readOnly), to: path)
    }

    /// The program of the distribution negotiates versions and asks the server's portmapper.
    func mountNFS(
        _ server: String, _ path: String, options: [String], isReadOnly: Bool, at place: FilePath
    ) async throws {
        if try isMounted(place) { return }
        try makeDirectories(place, mode: 0o750)
        let options = options + (isReadOnly ? ["ro"] : [])
        // Source: RFC 3986: a colon ends the server's name, so an address of IPv6 stands in brackets.
        let host = server.contains(":") && !server.hasPrefix("[") ? "[\(server)]" : server
        let result = try await Command(
            executable: "/usr/bin/env",
            arguments: ["env", "mount", "-t", "nfs"] + (options.isEmpty ? [] : ["-o", options.joined(separator: ",")])
                + ["--", "\(host):\(path)", place.string],
            environment: inheritableEnvironment(), timeout: .seconds(120)
        ).run()
        guard case .exited(0) = result.end else {
            let words = String(decoding: result.errors.prefix(1000), as: UTF8.self)
            throw MissingContent("mount failed: \(result.end): \(words.split(separator: "\n").joined(separator: " "))")
        }
    }
}

/// How large volumes in memory are. Source: facts of kubelet, §8.2.
enum MemoryVolume {
    /// The least of the node's memory, what the pod's group may use, and the volume's own.
    static func size(_ directory: Pod.EmptyDirectory, of pod: Pod, nodeMemory: ByteCount) -> ByteCount {
        var size = nodeMemory
        if let limit = PodResources(pod).memoryLimit { size = min(size, ByteCount(limit)) }
        if let limit = directory.sizeLimit, limit.bytes > 0 { size = min(size, limit) }
        return size
    }

    static func pageSize(_ size: String?, of pod: Pod) throws(MissingContent) -> ByteCount {
        let whole = (pod.resources?.requests.hugePages ?? [:]).keys
        let asked = Set(pod.allContainers.flatMap { $0.limits.hugePages.keys }).union(whole)
        if let size {
            guard asked.contains(size), let bytes = Quantity(size)?.value else {
                throw MissingContent("medium \"HugePages-\(size)\" not requested by the pod")
            }
            return ByteCount(bytes)
        }
        guard asked.count == 1, let only = asked.first, let bytes = Quantity(only)?.value else {
            throw MissingContent(
                asked.isEmpty
                    ? "hugePages storage requested, but there is no resource request for huge pages"
                    : "medium \"HugePages\" can't be used because multiple huge page sizes are requested by the pod")
        }
        return ByteCount(bytes)
    }
}
