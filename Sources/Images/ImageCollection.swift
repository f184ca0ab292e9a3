/// Which images the node gives up, and when. Source: facts of kubelet, §7.7.
package struct ImageCollection: Equatable, Sendable {
    /// From when on images are given up, and how far.
    package struct Limits: Equatable, Sendable {
        /// No image younger than this goes, counted from when the node first saw it.
        package var minimumAge = Duration.seconds(120)
        /// An image that was unused for so long goes, however much room there is. `nil`: none does.
        package var maximumAge: Duration?
        /// Percent of the file system: from here on images go …
        package var high = 85
        /// … until no more than this is used.
        package var low = 80

        package init() {}
    }

    /// The file system that images lie on, in bytes.
    package struct Disk: Equatable, Sendable {
        package var capacity: UInt64
        package var available: UInt64

        package init(capacity: UInt64, available: UInt64) {
            self.capacity = capacity
            self.available = available
        }

        /// Percent, as the kubelet rounds it.
        package var usage: Int { capacity == 0 ? 0 : 100 - Int(min(available, capacity) * 100 / capacity) }
    }

    /// An image of the node's, as it was seen over time.
    package struct Seen: Equatable, Sendable {
        package var size: Int64
        package var first: ContinuousClock.Instant
        /// `nil`: never since the agent runs.
        package var lastUse: ContinuousClock.Instant?

        package init(size: Int64, first: ContinuousClock.Instant, lastUse: ContinuousClock.Instant? = nil) {
            self.size = size
            self.first = first
            self.lastUse = lastUse
        }
    }

    /// All images that are here.
    package private(set) var images: [ImageID: Seen] = [:]
    private let began: ContinuousClock.Instant

    package init(began: ContinuousClock.Instant) { self.began = began }

    /// Notes what is here and what is used now.
    package mutating func look(at present: [ImageID: Int64], inUse: Set<ImageID>, now: ContinuousClock.Instant) {
        images = images.filter { present[$0.key] != nil }
        for (id, size) in present {
            images[id, default: Seen(size: size, first: now)].size = size
            if inUse.contains(id) { images[id]?.lastUse = now }
        }
    }

    /// Unused images that are older than any may get, the longest unused first.
    package func expired(_ limits: Limits, inUse: Set<ImageID>, now: ContinuousClock.Instant) -> [ImageID] {
        // What was used before the agent came is not known: it must have watched for as long.
        guard let age = limits.maximumAge, began.duration(to: now) > age else { return [] }
        return unused(inUse).filter { ($0.seen.lastUse ?? $0.seen.first).duration(to: now) > age }.map(\.id)
    }

    /// Bytes that must be freed; 0 while the disk is not too full.
    package static func excess(on disk: Disk, _ limits: Limits) -> Int64 {
        guard disk.capacity > 0, disk.usage >= limits.high else { return 0 }
        let wanted = Int64(disk.capacity / 100) * Int64(100 - limits.low)
        return max(0, wanted - Int64(disk.available))
    }

    /// Images to give up until so many bytes are free, the longest unused first.
    package func victims(
        toFree excess: Int64, _ limits: Limits, inUse: Set<ImageID>, now: ContinuousClock.Instant
    ) -> [ImageID] {
        var freed: Int64 = 0
        var victims: [ImageID] = []
        for (id, seen) in unused(inUse) where freed < excess {
            guard seen.first.duration(to: now) >= limits.minimumAge else { continue }
            victims.append(id)
            freed += seen.size
        }
        return victims
    }

    private func unused(_ inUse: Set<ImageID>) -> [(id: ImageID, seen: Seen)] {
        images.filter { !inUse.contains($0.key) }.map { ($0.key, $0.value) }.sorted { one, other in
            if one.1.lastUse == other.1.lastUse {
                return (one.1.first, "\(one.0)") < (other.1.first, "\(other.0)")
            }
            guard let first = one.1.lastUse else { return true }
            guard let second = other.1.lastUse else { return false }
            return first < second
        }
    }
}
