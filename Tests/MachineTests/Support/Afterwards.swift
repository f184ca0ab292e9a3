/// Does something, and what has to follow whether that has succeeded or not.
func doing<Value>(_ body: () async throws -> Value, afterwards end: () async throws -> Void) async throws -> Value {
    let outcome: Result<Value, any Error>
    do {
        outcome = .success(try await body())
    } catch {
        outcome = .failure(error)
    }
    try await end()
    return try outcome.get()
}
