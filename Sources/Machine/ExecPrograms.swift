import Linux
import Synchronization

/// What execs do before their command runs, compiled once for each instance of a container: a probe asks every few
/// seconds, and what it was given at its start does not change as long as it runs.
///
/// May be empty at any time.
final class ExecPrograms: Sendable {
    private let programs = Mutex<[String: InitProgram]>([:])

    /// The program of an instance, by its id: as it is known, or by `compile`.
    func program(ofInstance id: String, _ compile: () async throws -> InitProgram) async rethrows -> InitProgram {
        if let known = programs.withLock({ $0[id] }) { return known }
        let program = try await compile()
        programs.withLock { $0[id] = program }
        return program
    }

    func forget(_ id: String) { programs.withLock { $0[id] = nil } }
}
