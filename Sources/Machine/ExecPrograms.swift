import Linux
import Synchronization

/// What execs do before their command runs, compiled once for each instance of a container: a probe asks every few
/// seconds, and what it was given at its start does not change as long as it runs.
///
/// May be empty at any time.
final class ExecPrograms: Sendable {
    private let programs = Mutex<[String: InitProgram]>([:])

    /// That of an instance, by its id.
    subscript(id: String) -> InitProgram? {
        get { programs.withLock { $0[id] } }
        set { programs.withLock { $0[id] = newValue } }
    }
}
