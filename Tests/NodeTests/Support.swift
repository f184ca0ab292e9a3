import FoundationEssentials
import Linux
import Pods
import Synchronization
import SystemPackage

/// A directory that is gone after the test.
func withScratch<R>(_ body: (FilePath) async throws -> R) async throws -> R {
    let path = FilePath(FileManager.default.temporaryDirectory.path).appending("swiftlet-\(UUID().uuidString)")
    try makeDirectories(path)
    defer { try? FileManager.default.removeItem(atPath: path.string) }
    return try await body(path)
}

func write(_ text: String, to path: FilePath) throws {
    let file = try FileDescriptor.open(path, .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
    try file.closeAfter { _ = try file.writeAll(Array(text.utf8)) }
}

func rename(_ old: FilePath, to new: FilePath) throws {
    // Foundation refuses to move over a file that is there; mostly there is none.
    try? FileManager.default.removeItem(atPath: new.string)
    try FileManager.default.moveItem(atPath: old.string, toPath: new.string)
}

func link(_ path: FilePath, to target: String) throws {
    try FileManager.default.createSymbolicLink(atPath: path.string, withDestinationPath: target)
}

func remove(_ path: FilePath) throws { try FileManager.default.removeItem(atPath: path.string) }

/// A manifest of a pod with one container.
func manifest(_ name: String, image: String = "busybox", more: String = "") -> String {
    """
    apiVersion: v1
    kind: Pod
    metadata:
      name: \(name)
    spec:
      containers:
      - name: app
        image: \(image)
    \(more)
    """
}

/// What a source has handed over, set by set.
final class Delivery: Sendable {
    private let sets = Mutex<[[Pods.Pod]]>([])

    func take(_ pods: [Pods.Pod]) { sets.withLock { $0.append(pods) } }
    var count: Int { sets.withLock { $0.count } }
    var last: [Pods.Pod]? { sets.withLock { $0.last } }
    /// `name=image` of the newest set.
    var words: [String]? { last?.map { "\($0.name)=\($0.containers.first?.image ?? "")" } }

    /// Waits for a condition; gives up after ten seconds.
    func until(_ condition: () -> Bool) async -> Bool {
        let deadline = ContinuousClock.now + .seconds(10)
        while !condition() {
            if ContinuousClock.now > deadline { return false }
            try? await Task.sleep(for: .microseconds(200))
        }
        return true
    }

    func until(words: [String]) async -> Bool { await until { self.words == words } }
}

func makeDirectory(_ path: FilePath) throws { try makeDirectories(path) }
