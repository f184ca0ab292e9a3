import Glibc
import SystemPackage

@testable import Linux

/// A directory that is removed with all below it when `body` returns.
func withTemporaryDirectory<R>(_ body: (FilePath) async throws -> R) async throws -> R {
    let path = FilePath("/tmp/swiftlet-test-\(getpid())-\(UInt32.random(in: 0...UInt32.max))")
    try makeDirectories(path)
    let result: R
    do {
        result = try await body(path)
    } catch {
        try removeTree(at: path)
        throw error
    }
    try removeTree(at: path)
    return result
}
