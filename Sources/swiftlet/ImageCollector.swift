import Images
import Kubernetes
import Linux
import Logging
import Machine
import Pods
import ServiceLifecycle
import Statistics

/// Gives up images that are not used: those too old, and the longest unused when the disk gets full.
actor ImageCollector: Service {
    /// Source: facts of kubelet, §7.7.
    private static let period = Duration.seconds(300)

    private let machine: Machine
    private let pods: PodManager
    private var limits: ImageCollection.Limits
    private var collection = ImageCollection(began: .now)
    private var lastProblem: String?
    private let meter: NodeMeter

    /// Why an image is removed: for people, and as metrics name it.
    private enum Reason: String {
        case age = "unused for too long"
        case space = "the disk is full"

        // Source: kubernetes `pkg/kubelet/images/image_gc_manager.go`, `ImageGarbageCollectedTotalReasonAge`.
        var labels: Labels { Labels(["reason": self == .age ? "age" : "space"]) }
    }

    init(machine: Machine, pods: PodManager, limits: ImageCollection.Limits, meter: NodeMeter) {
        self.meter = meter
        self.machine = machine
        self.pods = pods
        self.limits = limits
    }

    /// From now on these hold.
    func setLimits(_ new: ImageCollection.Limits) async {
        guard new != limits else { return }
        limits = new
        await collect()
    }

    func run() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                // Not at once: the pods that use images start first.
                try? await Task.sleep(for: Self.period)
                await self.collect()
            }
        }
    }

    /// One round. A problem is told once, until it changes.
    func collect() async {
        do {
            try await collectOnce()
            lastProblem = nil
        } catch is CancellationError {
        } catch {
            let text = "\(error)"
            if text != lastProblem { Logger.current.error("Images not collected", metadata: ["error": "\(text)"]) }
            lastProblem = text
        }
    }

    private func collectOnce() async throws {
        // Before every source has spoken it is not known which images are used.
        guard await pods.isReady else { return }
        let present = try await machine.images.list().map { ($0.id, $0.size) }
        let used = try await imagesInUse(machine, pods)
        let now = ContinuousClock.now
        collection.look(at: Dictionary(present) { first, _ in first }, inUse: used, now: now)
        // A high mark of 100 says that room does not matter.
        for id in collection.expired(limits, inUse: used, now: now) { try await remove(id, .age) }
        guard limits.high < 100 else { return }
        let disk = try disk()
        let excess = ImageCollection.excess(on: disk, limits)
        guard excess > 0 else { return }
        for id in collection.victims(toFree: excess, limits, inUse: used, now: now) {
            try await remove(id, .space)
        }
        let left = try self.disk()
        let missing = ImageCollection.excess(on: left, limits)
        if missing > 0 { throw Shortfall(usage: left.usage, capacity: left.capacity, missing: missing) }
    }

    private func remove(_ id: ImageID, _ reason: Reason) async throws {
        guard let image = try await machine.images.image("\(id)") else { return }
        do {
            try await machine.images.remove("\(id)", inUse: imagesInUse(machine, pods))
            Logger.current.notice(
                "Image removed", metadata: ["image": "\(image.names)", "reason": "\(reason.rawValue)"])
            meter.count(.collectedImages, reason.labels)
        } catch ImageError.inUse {
            // A pod has come for it meanwhile.
        }
    }

    private func disk() throws -> ImageCollection.Disk {
        let status = try filesystem(of: machine.directories.images)
        return .init(capacity: status.total, available: status.available)
    }

    struct Shortfall: Error, CustomStringConvertible {
        let usage: Int
        let capacity: UInt64
        let missing: Int64
        var description: String {
            "the disk of the images is full (\(usage)% of \(capacity) bytes): no unused image is left, \(missing) bytes "
                + "too many are in use"
        }
    }
}
