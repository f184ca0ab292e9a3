import Linux
import Logging
import OCI
import Pods
import SystemPackage

extension Machine {
    /// The container with everything given that lies elsewhere: its variables, and its parts of volumes.
    ///
    /// - Returns: what is to be started, and where each volume that it names lies.
    func resolve(
        _ container: Pod.Container, of pod: Pod, _ image: ImageConfig.Execution, addresses: [String]
    ) async throws -> (container: Pod.Container, volumes: [String: FilePath]) {
        do {
            var resolved = container
            resolved.environment = try resolvedEnvironment(of: container, pod, addresses: addresses)
            resolved.environmentSources = []
            let volumes = try await resolveMounts(of: &resolved, pod, image, addresses: addresses)
            return (resolved, volumes)
        } catch let error as PodError {
            throw error
        } catch let error as CancellationError {
            throw error
        } catch {
            throw PodError.containerConfiguration(container.name, cause: error)
        }
    }

    private func resolvedEnvironment(
        of container: Pod.Container, _ pod: Pod, addresses: [String]
    ) throws -> [Pod.Container.EnvironmentVariable] {
        try container.resolvedEnvironment(
            of: pod, objects: objects(of: pod), facts: downwardFacts(of: pod, addresses: addresses)
        ) { name, path in
            guard let volume = pod.volumes.first(where: { $0.name == name }) else {
                throw MissingContent("cannot find the volume \"\(name)\" referenced by FileKeyRef")
            }
            let root = try openFile(place(of: volume, pod).path, [.path])
            do {
                // A container wrote it: what it left may be anything.
                return try root.borrow { root in
                    try root.open(FilePath(path), [.nonBlocking, .noTerminal], resolve: [.beneath, .noMagicLinks])
                        .borrow { file in
                            guard try file.status().kind == .regular else { throw Errno.invalidArgument }
                            return try file.readToEnd(limit: 64 << 10)
                        }
                }
            } catch let error as SyscallError where error.errno == .noSuchFileOrDirectory {
                return nil
            }
        }
    }

    private func resolveMounts(
        of container: inout Pod.Container, _ pod: Pod, _ image: ImageConfig.Execution, addresses: [String]
    ) async throws -> [String: FilePath] {
        var paths: [String: FilePath] = [:]
        let variables = ContainerEnvironment(container, image: image, hostname: "").podVariables
        for index in container.mounts.indices {
            let mount = container.mounts[index]
            guard let volume = pod.volumes.first(where: { $0.name == mount.volume }) else { continue }
            let place = try await madePlace(of: volume, pod, addresses: addresses)
            if place.isReadOnly { container.mounts[index].isReadOnly = true }
            guard let part = mount.subPath else {
                paths[volume.name] = place.path
                continue
            }
            let path =
                switch part {
                case .fixed(let path): path
                case .expression(let text): try SubPath.expanded(text, with: variables)
                }
            // No volume's name has a slash.
            let name = "\(volume.name)/\(index)"
            container.mounts[index].volume = name
            paths[name] = try mountPart(path, of: place, volume.name, index, container.name, pod)
        }
        return paths
    }

    /// The place of a volume that may not be there any more: then it is made again.
    private func madePlace(of volume: Pod.Volume, _ pod: Pod, addresses: [String]) async throws -> VolumePlace {
        let place = try place(of: volume, pod)
        if case .hostPath(let path, let type) = volume.source {
            do { try HostPathCheck.prepare(FilePath(path), type: type) } catch {
                throw VolumeError(volume: volume.name, cause: error)
            }
        } else if try !isMade(volume, at: place.path, of: pod) {
            try await prepareVolumes(of: pod, addresses: addresses)
        }
        return place
    }

    /// An image's files wait for the sandbox if the pod has its own users: the directory alone says nothing.
    private func isMade(_ volume: Pod.Volume, at path: FilePath, of pod: Pod) throws -> Bool {
        if case .image = volume.source, !pod.hostUsers { return try isMounted(path) }
        return try FileKind(at: path) != nil
    }

    /// What the container is given in the place of a part of a volume: a mount that only the node can reach.
    private func mountPart(
        _ path: String, of place: VolumePlace, _ volume: String, _ index: Int, _ container: String, _ pod: Pod
    ) throws -> FilePath {
        let path = FilePath(path).lexicallyNormalized()
        let target = directories.subPaths(of: pod.id).appending(volume).appending(container).appending("\(index)")
        do {
            try SubPath.mount(
                path.isEmpty ? "." : path, of: place.path, at: target, makesMissing: !place.isReadOnly)
        } catch {
            // Where a link of the container's leads to on the host is not told: the kubelet's words.
            Logger.current.error(
                "Part of a volume not mounted",
                metadata: ["volume": "\(volume)", "path": "\(path)", "error": "\(error)"])
            throw MissingContent(
                "failed to prepare subPath for volumeMount \"\(volume)\" of container \"\(container)\"")
        }
        return target
    }
}

/// A volume that cannot be had.
struct VolumeError: Error, CustomStringConvertible {
    let volume: String
    let cause: any Error
    var description: String { "volume \(volume): \(cause)" }
}
