import Linux
import SystemPackage
import Testing

/// A directory of its own for one test, removed at the end; stands in for a cgroup where a test writes `files`.
func withTemporaryDirectory<R>(
    files: [String: String] = [:], _ body: (FilePath) async throws -> R
) async throws -> R {
    let path = FilePath("/tmp/swiftlet-cgroups-\(UInt64.random(in: 0 ... .max))")
    try makeDirectories(path)
    defer { try? removeTree(at: path) }
    for (name, content) in files { try replaceFile(at: path.appending(name), with: content.utf8) }
    return try await body(path)
}
