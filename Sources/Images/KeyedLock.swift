/// Lets one task at a time do something with each key, e.g. download a blob; the others wait in order.
actor KeyedLock {
    private struct Waiter {
        let id: Int
        let bell: AsyncStream<Void>.Continuation
    }

    private var owners: [String: Int] = [:]
    private var waiters: [String: [Waiter]] = [:]
    private var nextID = 0

    /// Runs `body` when nobody else holds the key. Cancelling gives up the place in the queue.
    nonisolated(nonsending) func withLock<R>(_ key: String, _ body: () async throws -> R) async throws -> R {
        let id = try await acquire(key)
        do {
            let result = try await body()
            await release(key, id)
            return result
        } catch {
            await release(key, id)
            throw error
        }
    }

    private func acquire(_ key: String) async throws -> Int {
        nextID += 1
        let id = nextID
        if owners[key] == nil {
            owners[key] = id
            return id
        }
        let (stream, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        waiters[key, default: []].append(Waiter(id: id, bell: bell))
        for await _ in stream { break }
        if Task.isCancelled {
            // The turn may have come at the very moment of giving up: then it is handed on.
            waiters[key]?.removeAll { $0.id == id }
            release(key, id)
            throw CancellationError()
        }
        return id
    }

    private func release(_ key: String, _ id: Int) {
        guard owners[key] == id else { return }
        guard let next = waiters[key]?.first else {
            owners[key] = nil
            waiters[key] = nil
            return
        }
        waiters[key]?.removeFirst()
        owners[key] = next.id
        next.bell.yield()
    }
}
