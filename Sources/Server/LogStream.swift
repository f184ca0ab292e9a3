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
    package func run(
        isRunning: @escaping @Sendable () async throws -> Bool,
        emit: @Sendable ([UInt8]) async throws -> Void
    ) async throws {
        // The watch comes before the first read: what is written between the two rings.
        let watch = request.follow ? try LogWatch(file.removingLastComponent()) : nil
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

/// Tells that something in a log directory changed.
private final class LogWatch: Sendable {
    private let inotify: Inotify

    init(_ directory: FilePath) throws {
        inotify = try Inotify()
        _ = try inotify.add(directory, [.modified, .created, .movedTo, .closedAfterWrite])
    }

    func change(within limit: Duration) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { _ = try await self.inotify.events() }
            group.addTask { try await Task.sleep(for: limit) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}
