import Linux
package import SystemPackage

/// Reads a container's log for somebody: from the chosen line on, and, if asked, what is written from now on.
package struct LogStream: Sendable {
    private let request: LogRequest
    private let file: FilePath

    package init(_ request: LogRequest, file: FilePath) {
        self.request = request
        self.file = file
    }

    /// Sends the chosen lines to `emit`, in pieces. Following ends once `isRunning` says no and all has been read.
    ///
    /// - Parameter watcher: one that runs; who gives none has one for this alone.
    package func run(
        watcher: LogWatcher? = nil, isRunning: @escaping @Sendable () async throws -> Bool,
        emit: @Sendable ([UInt8]) async throws -> Void
    ) async throws {
        guard request.follow else { return try await read(nil, isRunning, emit) }
        if let watcher { return try await read(watcher, isRunning, emit) }
        let own = try LogWatcher()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await own.run() }
            defer { group.cancelAll() }
            try await read(own, isRunning, emit)
        }
    }

    private func read(
        _ watcher: LogWatcher?, _ isRunning: @Sendable () async throws -> Bool,
        _ emit: @Sendable ([UInt8]) async throws -> Void
    ) async throws {
        // The watch comes before the first read: what is written between the two rings.
        let watch = try watcher.map { try LogWatch(file.removingLastComponent(), $0) }
        var formatter = LogFormatter(
            since: request.since, timestamps: request.timestamps, limitBytes: request.limitBytes,
            stream: request.stream)
        var reader = try LogReader(file, last: request.tail)
        var asked: ContinuousClock.Instant?
        while true {
            // Once a second: each line that is written rings, and the question looks at every pod.
            let isDue = asked.map { ContinuousClock.now - $0 >= .seconds(1) } ?? true
            if isDue { asked = .now }
            let isLast = watch == nil ? true : isDue ? try await !isRunning() : false
            repeat {
                while let records = try reader.read() {
                    let text = formatter.format(records)
                    if !text.isEmpty { try await emit(text) }
                    if formatter.isFull { return }
                }
            } while try reader.moveOn()
            guard !isLast, let watch else { return }
            // The state is looked at again after a second even if nothing is written.
            try await watch.change(within: .seconds(1))
        }
    }
}
