import Linux
import SystemPackage

/// Keeps a second agent away from the directories of the first, for as long as this one runs.
///
/// Two would each take what the other has just made for a leftover. One that was killed holds the lock until its last
/// thread is gone, which may be a moment after others see its end.
final class AgentLock: Sendable {
    private let file: OwnedFileDescriptor

    /// Waits for an agent that is about to be gone.
    init(stateDirectory: FilePath, patience: Duration = .seconds(5)) async throws {
        try makeDirectories(stateDirectory, mode: 0o700)
        let path = stateDirectory.appending("agent.lock")
        let deadline = ContinuousClock.now + patience
        while true {
            if let file = try FileLock.exclusive(at: path) {
                self.file = file
                return
            }
            guard .now < deadline else { throw AnotherAgent(path: path) }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}

struct AnotherAgent: Error, CustomStringConvertible {
    let path: FilePath
    var description: String {
        "another agent runs: it holds \(path); an agent beside it needs --state-dir and --root-dir of its own"
    }
}
