import Linux
import OCI
import Synchronization
import SystemPackage

/// Unpacks what is missing of an image's layers, several at a time, each on a thread of its own.
struct Unpacker: Sendable {
    let store: ContentStore
    let limits: ImageLimits
    /// Where unpacked layers lie until they get their names.
    let work: FilePath
    /// Threads at a time.
    static let width = 3

    /// A layer that is whole and awaits ``ContentStore/sync()`` and its name.
    struct Prepared: Sendable {
        let chainID: Digest
        let directory: FilePath
    }

    /// Unpacks what neither the store nor `known`, layers of other images of the same import, has; `blob` tells where a
    /// layer's blob lies.
    func unpack(
        _ image: ImageDocuments.Resolved, known: [Digest: FilePath] = [:],
        blob: @escaping @Sendable (Digest) -> FilePath
    ) async throws -> [Prepared] {
        let chain = image.chainIDs
        let missing = try chain.indices.filter { try known[chain[$0]] == nil && !store.hasLayer(chain[$0]) }
        let unpacked = try await unpack(missing, of: image, blob: blob)
        var directories: [FilePath] = []
        var prepared: [Prepared] = []
        for (position, chainID) in chain.enumerated() {
            guard let layer = unpacked[position] else {
                directories.append(known[chainID] ?? store.layer(chainID))
                continue
            }
            try Layer.adopt(layer.implied, of: layer.directory, from: directories.reversed())
            directories.append(layer.directory)
            prepared.append(Prepared(chainID: chainID, directory: layer.directory))
        }
        return prepared
    }

    private func unpack(
        _ positions: [Int], of image: ImageDocuments.Resolved, blob: @escaping @Sendable (Digest) -> FilePath
    ) async throws -> [Int: UnpackedLayer] {
        let cancellation = CancellationFlag()
        let budget = ImageBudget(limit: limits.image, space: store.space)
        return try await withTaskCancellationHandler {
            try await withThrowingTaskGroup(of: (Int, UnpackedLayer).self) { group in
                var waiting = positions[...]
                var done: [Int: UnpackedLayer] = [:]
                func startNext() {
                    guard let position = waiting.popFirst() else { return }
                    let source = blob(image.layers[position].digest)
                    group.addTask { (position, try await unpackOne(position, of: image, source, budget, cancellation)) }
                }
                for _ in 0..<Self.width { startNext() }
                do {
                    while let (position, layer) = try await group.next() {
                        done[position] = layer
                        startNext()
                    }
                } catch {
                    cancellation.set()
                    throw error
                }
                return done
            }
        } onCancel: {
            cancellation.set()
        }
    }

    private func unpackOne(
        _ position: Int, of image: ImageDocuments.Resolved, _ source: FilePath, _ budget: ImageBudget,
        _ cancellation: CancellationFlag
    ) async throws -> UnpackedLayer {
        let directory = work.appending("layer-\(image.chainIDs[position].encoded)")
        let diffID = image.config.rootfs.diffIDs[position]
        let limits = self.limits
        do {
            return try await onOwnThread {
                try Layer.unpack(
                    blob: source, into: directory, diffID: diffID, isLowest: position == 0, limits: limits,
                    budget: budget, cancellation: cancellation)
            }
        } catch {
            throw ImageError.from(error, "layer \(image.layers[position].digest)")
        }
    }
}

/// Tells threads, which no task can cancel, to stop.
final class CancellationFlag: Sendable {
    private let flag = Atomic(false)
    func set() { flag.store(true, ordering: .relaxed) }
    func check() throws { if flag.load(ordering: .relaxed) { throw CancellationError() } }
}
