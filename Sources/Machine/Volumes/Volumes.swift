import Linux
import Pods
import SystemPackage

extension Machine {
    /// Where each of the pod's volumes that the container mounts lies on this machine, made where it is the node's
    /// to make.
    func prepareVolumes(of container: Pod.Container, _ pod: Pod) throws -> [String: FilePath] {
        var paths: [String: FilePath] = [:]
        for name in Set(container.mounts.map(\.volume)) {
            guard let volume = pod.volumes.first(where: { $0.name == name }) else { continue }
            do {
                paths[name] = try prepare(volume, of: pod)
            } catch {
                throw PodError.containerConfiguration(container.name, cause: VolumeError(volume: name, cause: error))
            }
        }
        return paths
    }

    private func prepare(_ volume: Pod.Volume, of pod: Pod) throws -> FilePath {
        switch volume.source {
        case .hostPath(let path, let type):
            let path = FilePath(path)
            try HostPathCheck.prepare(path, type: type)
            return path
        case .emptyDir:
            // The kubelet's place for it, so that tools which know the kubelet find it.
            let path = directories.volumes(of: pod.id).appending("kubernetes.io~empty-dir").appending(volume.name)
            if try FileKind(at: path) == nil {
                try makeDirectories(path.removingLastComponent(), mode: 0o750)
                try makeDirectory(path, mode: 0o777)
            }
            return path
        }
    }
}

/// A volume that cannot be had.
struct VolumeError: Error, CustomStringConvertible {
    let volume: String
    let cause: any Error
    var description: String { "volume \(volume): \(cause)" }
}
