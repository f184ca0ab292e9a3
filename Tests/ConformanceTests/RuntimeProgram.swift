import Foundation
import JSONText
import Linux
import SystemPackage
import TestSupport
import Testing

/// An OCI runtime's command line: ours, and those of others that are installed, to see that the test is right.
struct RuntimeProgram: Sendable, CustomTestStringConvertible {
    let name: String
    let path: String
    var testDescription: String { name }

    static let ours = RuntimeProgram(
        name: "swiftlet-oci",
        path: URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "swiftlet-oci").path()
    )
    static let crun = RuntimeProgram(name: "crun", path: "/usr/bin/crun")
    static let runc = RuntimeProgram(name: "runc", path: "/usr/sbin/runc")
    static let all = [ours, crun, runc].filter { FileManager.default.isExecutableFile(atPath: $0.path) }
    static let oursAndCrun = all.filter { $0.name != "runc" }
    static let onlyOurs = all.filter { $0.name == "swiftlet-oci" }
}

/// A bundle with busybox, and a runtime that keeps its state beside it. All goes when the test is done.
final class Bundle: Sendable {
    let runtime: RuntimeProgram
    let directory: URL
    var path: String { directory.path() }
    let id: String

    private init(_ runtime: RuntimeProgram) throws {
        self.runtime = runtime
        // Whatever is left behind tells whose it is.
        id = "conformance-\(runtime.name)-\(UInt32.random(in: 0...UInt32.max))"
        directory = URL(filePath: "/tmp/swiftlet-\(id)")
        for name in ["bin", "etc", "proc", "sys", "dev", "tmp", "root"] {
            try FileManager.default.createDirectory(
                at: directory.appending(path: "rootfs/\(name)"), withIntermediateDirectories: true)
        }
        try FileManager.default.copyItem(
            atPath: "/bin/busybox", toPath: directory.appending(path: "rootfs/bin/busybox").path())
        let applets = ["sh", "cat", "echo", "sleep", "id", "ls", "true", "false", "grep", "stat", "hostname", "kill"]
        for applet in applets + ["pwd", "touch", "readlink", "mkdir", "head", "env"] {
            try FileManager.default.createSymbolicLink(
                atPath: directory.appending(path: "rootfs/bin/\(applet)").path(), withDestinationPath: "busybox")
        }
    }

    static func with<R>(_ runtime: RuntimeProgram, _ body: (Bundle) async throws -> R) async throws -> R {
        let bundle = try Bundle(runtime)
        let result: Result<R, any Error>
        do { result = .success(try await body(bundle)) } catch { result = .failure(error) }
        _ = try await bundle("delete", "--force", bundle.id)
        // Debian's crun leaves the group of what it refuses.
        if runtime.name == "crun" { _ = unsafe rmdir("/sys/fs/cgroup/\(bundle.id)") }
        try FileManager.default.removeItem(at: bundle.directory)
        return try result.get()
    }

    struct Answer: Sendable {
        let code: Int32
        let text: String
    }

    /// Runs a command of the runtime. What it and the container write comes through a file: a container keeps a pipe open.
    @discardableResult
    func callAsFunction(_ words: String...) async throws -> Answer {
        let output = directory.appending(path: "output-\(UInt32.random(in: 0...UInt32.max))").path()
        let script = "exec \"$0\" --root \"$1/state\" \"${@:3}\" >\"$2\" 2>&1 </dev/null"
        let status = try await TestSupport.run("bash", ["-c", script, runtime.path, directory.path(), output] + words)
            .status
        return Answer(code: status, text: (try? String(contentsOfFile: output, encoding: .utf8)) ?? "")
    }

    /// Creates the container, starts it, and waits for its end: what it wrote, and its exit code.
    func run(_ config: Config) async throws -> Answer {
        try write(config)
        return try await self("run", "--bundle", directory.path(), id)
    }

    func create(_ config: Config) async throws -> Answer {
        try write(config)
        return try await self("create", "--bundle", directory.path(), id)
    }

    func write(_ config: Config) throws {
        try Data(config.json.encoded).write(to: directory.appending(path: "config.json"))
    }

    func write(_ file: String, _ text: String) throws {
        try Data(text.utf8).write(to: directory.appending(path: file))
    }

    func makeDirectory(_ path: String) throws {
        try FileManager.default.createDirectory(at: directory.appending(path: path), withIntermediateDirectories: true)
    }

    func state() async throws -> JSON {
        try JSON(parsing: try await self("state", id).text)
    }

    /// Waits until the runtime says so.
    func becomes(_ status: String) async throws -> Bool {
        for _ in 0..<200 {
            if try await state()["status"]?.string == status { return true }
            try await Task.sleep(for: .milliseconds(25))
        }
        return false
    }

    func text(_ file: String) -> String? {
        try? String(contentsOf: directory.appending(path: file), encoding: .utf8)
    }
}

/// A `config.json`, to be changed by a test at the place it is about.
struct Config {
    var json: JSON

    init(_ arguments: String..., namespaces: [String] = ["pid", "mount", "ipc", "uts", "network", "cgroup"]) {
        json = [
            "ociVersion": "1.0.2",
            "process": [
                "terminal": false, "user": ["uid": 0, "gid": 0], "args": .array(arguments.map { .string($0) }),
                "env": ["PATH=/bin"], "cwd": "/", "noNewPrivileges": true,
                "capabilities": ["bounding": ["CAP_KILL"], "effective": ["CAP_KILL"], "permitted": ["CAP_KILL"]],
            ],
            "root": ["path": "rootfs", "readonly": false],
            "mounts": [
                ["destination": "/proc", "type": "proc", "source": "proc"],
                ["destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755"]],
            ],
            "linux": ["namespaces": .array(namespaces.map { ["type": .string($0)] })],
        ]
    }

    static func shell(_ script: String) -> Config { Config("sh", "-c", script) }

    /// A member below `process`, `linux`, `root`, or at the top with one name.
    subscript(path: String...) -> JSON? {
        get { path.reduce(Optional(json)) { $0?[$1] } }
        set { json = Self.replacing(json, path[...], newValue) }
    }

    private static func replacing(_ json: JSON, _ path: ArraySlice<String>, _ value: JSON?) -> JSON {
        var object = json.object ?? .init()
        guard let name = path.first else { return json }
        object[name] = path.count == 1 ? value : replacing(object[name] ?? [:], path.dropFirst(), value)
        return .object(object)
    }

    func with(_ path: String..., be value: JSON) -> Config {
        Config(json: Self.replacing(json, path[...], value))
    }

    func without(_ path: String...) -> Config { Config(json: Self.replacing(json, path[...], nil)) }

    private init(json: JSON) { self.json = json }

    func mounting(_ mount: JSON) -> Config {
        with("mounts", be: .array((json["mounts"]?.array ?? []) + [mount]))
    }
}
