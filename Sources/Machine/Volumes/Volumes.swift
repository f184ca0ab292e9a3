import FoundationEssentials
import Linux
import Logging
package import Pods
import Synchronization
import SystemPackage

import struct Kubernetes.PersistentVolumeSpec
import struct Kubernetes.Time

extension Machine {
    /// Makes all of a pod's volumes, before anything of the pod is started. Safe to repeat.
    func prepareVolumes(of pod: Pod, addresses: [String] = []) async throws {
        for volume in pod.volumes {
            do {
                try await prepare(volume, of: pod, facts: downwardFacts(of: pod, addresses: addresses))
            } catch let error as PodError {
                throw error
            } catch let error as CancellationError {
                throw error
            } catch {
                throw PodError.mountVolume(volume.name, cause: error)
            }
        }
    }

    /// Where a volume lies on this machine.
    func place(of volume: Pod.Volume, _ pod: Pod) throws -> VolumePlace {
        // The kubelet's places, so that tools which know the kubelet find them.
        func own(_ kind: String, _ name: String) -> FilePath {
            directories.volumes(of: pod.id).appending("kubernetes.io~\(kind)").appending(name)
        }
        switch volume.source {
        case .hostPath(let path, _): return VolumePlace(FilePath(path))
        case .emptyDir: return VolumePlace(own("empty-dir", volume.name))
        case .files(let files): return VolumePlace(own(files.kind.rawValue, volume.name), isReadOnly: true)
        case .image: return VolumePlace(own("image", volume.name), isReadOnly: true)
        case .nfs(_, _, let isReadOnly): return VolumePlace(own("nfs", volume.name), isReadOnly: isReadOnly)
        case .claim(let name, let isReadOnly):
            let (volume, spec) = try persistentVolume(name, of: pod)
            if let path = spec.hostPath?.path ?? spec.local?.path {
                return VolumePlace(FilePath(path), isReadOnly: isReadOnly)
            }
            return VolumePlace(own("nfs", volume), isReadOnly: isReadOnly || spec.nfs?.readOnly == true)
        }
    }

    private func prepare(_ volume: Pod.Volume, of pod: Pod, facts: DownwardFacts) async throws {
        let place = try place(of: volume, pod)
        switch volume.source {
        case .hostPath(let path, let type): try HostPathCheck.prepare(FilePath(path), type: type)
        case .emptyDir(let directory):
            if try FileKind(at: place.path) == nil {
                try makeDirectories(place.path.removingLastComponent(), mode: 0o750)
                try makeDirectory(place.path, mode: 0o777)
            }
            try mount(directory, at: place.path, of: pod)
            try give(place.path, of: pod)
        case .files(let files): try write(files, at: place.path, of: pod, facts)
        case .image(let reference, let policy):
            // What its owners are mapped through is made with the sandbox.
            let pause = pod.hostUsers ? nil : try records(of: pod.id).sandbox()?.pause
            if pod.hostUsers || pause != nil {
                try await mountImage(reference, policy, at: place.path, of: pod, mappedFor: pause)
            }
        case .nfs(let server, let path, let isReadOnly):
            try await mountNFS(server, path, options: [], isReadOnly: isReadOnly, at: place.path)
        case .claim(let name, _):
            let (_, spec) = try persistentVolume(name, of: pod)
            if let path = spec.hostPath {
                let type = path.type.flatMap(Pod.HostPathType.init) ?? .unset
                try HostPathCheck.prepare(FilePath(path.path ?? ""), type: type)
            } else if let local = spec.local {
                try HostPathCheck.prepare(FilePath(local.path ?? ""), type: .directory)
                try give(place.path, of: pod)
            } else if let nfs = spec.nfs {
                try await mountNFS(
                    nfs.server ?? "", nfs.path ?? "", options: spec.mountOptions ?? [], isReadOnly: place.isReadOnly,
                    at: place.path)
            }
        }
    }

    /// Source: kubernetes `pkg/kubelet/volumemanager/populator`; its words.
    private func persistentVolume(
        _ claim: String, of pod: Pod
    ) throws(MissingContent) -> (name: String, spec: PersistentVolumeSpec) {
        guard let found = objects(of: pod).volume(ofClaim: claim, in: pod.namespace) else {
            throw MissingContent(
                "error processing PVC \(pod.namespace)/\(claim): persistentvolumeclaim \"\(claim)\" not found")
        }
        return found
    }

    /// Writes a volume of files, if what it shall hold has changed.
    private func write(_ files: Pod.Files, at path: FilePath, of pod: Pod, _ facts: DownwardFacts) throws {
        try volumeWriting.inTurn { try writeNow(files, at: path, of: pod, facts) }
    }

    private func writeNow(_ files: Pod.Files, at path: FilePath, of pod: Pod, _ facts: DownwardFacts) throws {
        let content = try VolumeContent(files, of: pod, objects: objects(of: pod), facts: facts)
        if try FileKind(at: path) == nil {
            try makeDirectories(path.removingLastComponent(), mode: 0o750)
            try makeDirectory(path, mode: 0o777)
        }
        // Secrets never reach a disk.
        if files.kind != .configMap { try mount(.init(medium: .memory), at: path, of: pod) }
        try AtomicDirectory(path: path).write(
            content, group: pod.volumeGroup?.id, at: Time(seconds: Int64(Date().timeIntervalSince1970)))
        if let group = pod.volumeGroup?.id, try !isGiven(path, toGroup: group, isReadOnly: true) {
            try setOwner(of: path, user: nil, group: group)
            try setMode(0o2777, of: path)
        }
    }

    /// Brings the files of a running pod's volumes to what they say now. What cannot be had leaves them as they are.
    package func refreshVolumes(of pod: Pod) throws {
        guard let sandbox = try records(of: pod.id).sandbox() else { return }
        for volume in pod.volumes {
            guard case .files(let files) = volume.source else { continue }
            let place = try place(of: volume, pod)
            guard try FileKind(at: place.path) == .directory else { continue }
            do {
                try write(files, at: place.path, of: pod, downwardFacts(of: pod, addresses: sandbox.addresses))
            } catch {
                Logger.current.warning(
                    "Volume stays as it was",
                    metadata: ["pod": "\(pod.namespace)/\(pod.name)", "volume": "\(volume.name)", "error": "\(error)"])
            }
        }
    }

    /// Gives a volume to the pod's group. Source: facts of kubelet, §8.6.
    private func give(_ path: FilePath, of pod: Pod) throws {
        guard let group = pod.volumeGroup else { return }
        if group.onlyOnMismatch, try isGiven(path, toGroup: group.id, isReadOnly: false) { return }
        try giveTree(at: path, toGroup: group.id, isReadOnly: false)
    }

    func downwardFacts(of pod: Pod, addresses: [String]) -> DownwardFacts {
        let hostIPs = self.addresses.current
        return DownwardFacts(
            podIPs: pod.hostNetwork ? hostIPs : addresses, hostIPs: hostIPs,
            allocatable: settings.allocatable)
    }
}

/// A start and a change of the objects may want to write the same volume: one after the other.
final class VolumeWriting: Sendable {
    private let turn = Mutex(())
    func inTurn(_ body: () throws -> Void) throws { try turn.withLock { _ in try body() } }
}

/// Where a volume lies, and whether no container may write to it.
struct VolumePlace: Equatable, Sendable {
    var path: FilePath
    var isReadOnly: Bool
    init(_ path: FilePath, isReadOnly: Bool = false) {
        self.path = path
        self.isReadOnly = isReadOnly
    }
}
