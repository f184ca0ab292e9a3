/// Runs clean-up that must finish although the task that needs it is being cancelled.
///
/// The one task without a parent: Swift has no cancellation shield.
package func withoutCancellation<R: Sendable>(_ body: @escaping @Sendable () async throws -> R) async throws -> R {
    try await Task { try await body() }.value
}
