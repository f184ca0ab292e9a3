import Glibc
import Linux
import SystemPackage

/// A directory that is removed with all below it when `body` returns.
func withScratch<R>(_ body: (FilePath) async throws -> R) async throws -> R {
    let path = FilePath("/tmp/swiftlet-test-\(getpid())-\(UInt32.random(in: 0...UInt32.max))")
    try makeDirectories(path)
    let result: Result<R, any Error>
    do { result = .success(try await body(path)) } catch { result = .failure(error) }
    try removeTree(at: path)
    return try result.get()
}
