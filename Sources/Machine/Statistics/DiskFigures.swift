import Linux
import Pods
import Statistics
import SystemPackage

import struct Kubernetes.MicroTime

/// How much directories took when they were last looked through.
struct DiskUses: Sendable {
    private struct Measured: Sendable {
        var use: DiskUse?
        var at: ContinuousClock.Instant
        var took: Duration
    }

    private var known: [FilePath: Measured] = [:]
    private var asked: Set<FilePath> = []
    private var sources: [String: FilePath]?

    /// What is mounted where the node's things lie, each once. It stays there for as long as the agent runs.
    mutating func sources(of places: [FilePath]) -> [String: FilePath] {
        if let sources { return sources }
        let table = text("/proc/self/mountinfo")
        let found = places.compactMap { place in mountSource(of: place, in: table).map { ($0, place) } }
        let sources = Dictionary(found) { first, _ in first }
        self.sources = sources
        return sources
    }

    /// Looks through a directory and all below it; `nil` when it is not there. One with many files is looked through the
    /// more seldom: a hundredth of the time is the most that goes into it.
    mutating func use(of path: FilePath) -> DiskUse? {
        asked.insert(path)
        let now = ContinuousClock.now
        if let last = known[path], now - last.at < max(StatisticsSampler.period, last.took * 100) { return last.use }
        let use = try? DiskUse(of: path)
        let end = ContinuousClock.now
        known[path] = Measured(use: use, at: end, took: end - now)
        return use
    }

    /// What it took to look through the largest directory.
    var longest: Duration { known.values.map(\.took).max() ?? .zero }

    /// Forgets those that nobody has asked for since the last time.
    mutating func forgetOthers() {
        known = known.filter { asked.contains($0.key) }
        asked = []
    }
}

extension StatisticsSampler {
    func addDisks(to sample: inout Sample, _ uses: inout DiskUses) {
        let directories = machine.directories
        let now = MicroTime.now
        func usage(_ path: FilePath, part: DiskUse? = nil) -> FilesystemUsage? {
            (try? filesystem(of: path)).map { FilesystemUsage($0, part: part, at: now) }
        }
        sample.statistics.filesystem = usage(directories.root)
        sample.statistics.imageFilesystem = uses.use(of: directories.images).flatMap {
            usage(directories.images, part: $0)
        }
        let places = [directories.root, directories.images, directories.podLogs, "/"]
        for (source, path) in uses.sources(of: places) { sample.statistics.mounts[source] = usage(path) }
        if let systems = try? machine.diskSystems() {
            for (index, pod) in sample.pods.enumerated() {
                machine.addDisks(to: &sample.statistics.pods[index], pod, systems, &uses, at: now)
            }
        }
        uses.forgetOthers()
    }
}

extension Machine {
    /// The file systems of pods' files and of their logs.
    func diskSystems() throws -> (root: FilesystemStatus, logs: FilesystemStatus) {
        (try filesystem(of: directories.root), try filesystem(of: directories.podLogs))
    }

    /// What a pod and each of its containers and volumes have on disks.
    func addDisks(
        to statistics: inout PodStatistics, _ sampled: SampledPod,
        _ systems: (root: FilesystemStatus, logs: FilesystemStatus), _ uses: inout DiskUses, at now: MicroTime
    ) {
        let pod = sampled.pod
        // What goes with the pod: layers, logs, volumes, and the file that tells its hosts.
        var total = uses.use(of: directories.etcHosts(of: pod.id)) ?? DiskUse()
        for (index, container) in statistics.containers.enumerated() {
            let restartCount = sampled.containers.first { $0.id == container.id }?.restartCount ?? 0
            let layer = directories.instance(container.name, restartCount, of: pod.id).appending("upper")
            if let use = uses.use(of: layer) {
                total = total + use
                statistics.containers[index].rootFilesystem = FilesystemUsage(systems.root, part: use, at: now)
            }
            if let use = uses.use(of: directories.logs(of: pod).appending(container.name)) {
                total = total + use
                statistics.containers[index].logs = FilesystemUsage(systems.logs, part: use, at: now)
            }
        }
        for volume in pod.volumes {
            guard let told = volumeStatistics(volume, pod, systems.root, &uses, at: now) else { continue }
            if told.isEphemeral {
                total = total + DiskUse(bytes: told.usage.used, files: told.usage.inodesUsed)
            }
            statistics.volumes.append(told)
        }
        statistics.ephemeralStorage = FilesystemUsage(systems.root, part: total, at: now)
    }

    /// `nil` for a volume that is not the pod's own, as a directory of the host: the kubelet tells nothing of it either.
    /// Nor of a file system of the network, which may never answer.
    private func volumeStatistics(
        _ volume: Pod.Volume, _ pod: Pod, _ root: FilesystemStatus, _ uses: inout DiskUses, at now: MicroTime
    ) -> VolumeStatistics? {
        let isOnDisk: Bool
        var claim: String?
        switch volume.source {
        case .emptyDir(let directory):
            if case .hugePages = directory.medium { return nil }
            isOnDisk = directory.medium == .disk
        case .files(let files): isOnDisk = files.kind == .configMap
        case .claim(let name, _):
            guard let spec = objects(of: pod).volume(ofClaim: name, in: pod.namespace)?.spec,
                spec.local != nil
            else { return nil }
            isOnDisk = false
            claim = name
        case .hostPath, .image, .nfs: return nil
        }
        guard let path = try? place(of: volume, pod).path else { return nil }
        if isOnDisk {
            guard let use = uses.use(of: path) else { return nil }
            return VolumeStatistics(
                name: volume.name, usage: FilesystemUsage(root, part: use, at: now), isEphemeral: true)
        }
        guard let status = try? filesystem(of: path) else { return nil }
        return VolumeStatistics(name: volume.name, usage: FilesystemUsage(status, at: now), claim: claim)
    }
}
