import Images
import OCI
import Testing

@Suite struct `Image collection` {
    private static let start = ContinuousClock.now
    private static func at(_ seconds: Int) -> ContinuousClock.Instant { start + .seconds(seconds) }
    private static func image(_ byte: UInt8) -> ImageID {
        ImageID(Digest(sha256Bytes: [UInt8](repeating: byte, count: 32)))
    }
    private let a = image(1)
    private let b = image(2)
    private let c = image(3)

    /// a: never used; b: used until 100 s; c: used until 200 s. 10 bytes each.
    private var collection: ImageCollection {
        var collection = ImageCollection(began: Self.start)
        let all = [a: Int64(10), b: 10, c: 10]
        collection.look(at: all, inUse: [b, c], now: Self.at(100))
        collection.look(at: all, inUse: [c], now: Self.at(200))
        return collection
    }

    @Test(arguments: [
        (100, 20, 85, 80, 0), (100, 15, 85, 80, 5), (100, 0, 85, 80, 20), (100, 50, 85, 80, 0), (0, 0, 85, 80, 0),
        (100, 0, 100, 80, 20), (1000, 149, 85, 80, 51),
    ])
    func `frees down to the low mark from the high one on`(
        capacity: UInt64, available: UInt64, high: Int, low: Int, excess: Int64
    ) {
        var limits = ImageCollection.Limits()
        (limits.high, limits.low) = (high, low)
        #expect(ImageCollection.excess(on: .init(capacity: capacity, available: available), limits) == excess)
    }

    @Test(arguments: [(Int64(1), 1), (10, 1), (11, 2), (1000, 3)])
    func `takes the longest unused first`(excess: Int64, count: Int) {
        let victims = collection.victims(toFree: excess, .init(), inUse: [], now: Self.at(1000))
        #expect(victims == Array([a, b, c].prefix(count)))
    }

    @Test func `spares what is used and what is new`() {
        #expect(collection.victims(toFree: 100, .init(), inUse: [a], now: Self.at(1000)) == [b, c])
        #expect(collection.victims(toFree: 100, .init(), inUse: [], now: Self.at(210)) == [], "first seen 110 s ago")
    }

    @Test(arguments: [
        (Int?.none, 100_000, 0), (150, 100, 0), (150, 240, 0), (150, 260, 2), (150, 360, 3), (50, 40, 0),
    ])
    func `gives up what was unused for too long, once it has watched as long`(age: Int?, now: Int, count: Int) {
        var limits = ImageCollection.Limits()
        limits.maximumAge = age.map { .seconds($0) }
        #expect(collection.expired(limits, inUse: [], now: Self.at(now)) == Array([a, b, c].prefix(count)))
    }

    @Test func `forgets what is gone`() {
        var collection = collection
        collection.look(at: [b: 10], inUse: [], now: Self.at(300))
        #expect(collection.images.map(\.key) == [b])
        #expect(collection.images[b]?.lastUse == Self.at(100))
    }
}
