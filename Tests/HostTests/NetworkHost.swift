import CNI
import FoundationEssentials
import Ledger
import Linux
import Netlink
import SystemPackage
import Testing

/// A machine's network in small: a network namespace that plays the host, a temporary directory, and the machine's
/// real plugins, run inside that namespace.
///
/// Plugins are reached by scripts of their names that enter the namespace first, so that nothing ever touches the
/// network of the machine under test.
struct NetworkHost: Sendable {
    static let plugins = FilePath("/usr/lib/cni")

    let root: FilePath
    let host: NetworkNamespace
    var binaries: FilePath { root.appending("bin") }
    var configurations: FilePath { root.appending("net.d") }
    var leases: FilePath { root.appending("leases") }
    var ledger: Ledger { Ledger(root: root.appending("ledger")) }

    /// Makes the host, lends it, and removes every trace.
    static func run(_ body: (NetworkHost) async throws -> Void) async throws {
        let root = FilePath("/tmp/swiftlet-network-\(UInt64.random(in: 0...UInt64.max))")
        for name in ["bin", "net.d", "www", "netns"] { try makeDirectories(root.appending(name)) }
        let network = try await NetworkHost(root: root, host: .create(at: root.appending("netns/host")))
        let outcome: Result<Void, any Error>
        do {
            try await network.host.setLoopbackUp()
            try network.wrapPlugins()
            outcome = .success(try await body(network))
        } catch {
            outcome = .failure(error)
        }
        for namespace in try NetworkNamespace.all(in: root.appending("netns")) { try namespace.remove() }
        _ = try await tool("rm", ["-rf", root.string])
        try outcome.get()
    }

    private func wrapPlugins() throws {
        for type in try directoryEntries(Self.plugins) {
            try script(type, "exec nsenter --net=\(host.path) \(Self.plugins)/\(type)")
        }
    }

    /// Puts a plugin of the test's own in place.
    func script(_ type: String, _ body: String) throws {
        let file = binaries.appending(type)
        try replaceFile(at: file, with: "#!/bin/sh\n\(body)\n".utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.string)
    }

    func configure(_ text: String, file: String = "10-test.conflist") throws {
        try replaceFile(at: configurations.appending(file), with: text.utf8)
    }

    /// The list that the project ships, with a directory of leases of this test's own, and `more` plugins after it.
    func configureShipped(more: String = "", version: String = "1.0.0") throws {
        try configure(
            """
            {"cniVersion": "\(version)", "name": "test", "plugins": [
              {"type": "bridge", "bridge": "test0", "isDefaultGateway": true, "ipMasq": true, "hairpinMode": true,
               "capabilities": {"ipRanges": true, "ips": true, "mac": true},
               "ipam": {"type": "host-local", "dataDir": "\(leases)"}},
              {"type": "portmap", "capabilities": {"portMappings": true}}\(more)
            ]}
            """)
    }

    func networks(timeouts: PluginTimeouts = PluginTimeouts()) throws -> Networks {
        Networks(
            configDirectory: configurations, binaryDirectories: [binaries], cache: root.appending("cache"),
            ledger: ledger, podCIDRs: ["10.99.0.0/24"], environment: try inheritableEnvironment(), timeouts: timeouts)
    }

    /// A sandbox with a namespace of its own.
    func sandbox(_ name: String) async throws -> AttachmentRequest {
        let namespace = try await NetworkNamespace.create(at: root.appending("netns/\(name)"))
        return AttachmentRequest(
            sandboxID: "sandbox-\(name)", namespacePath: namespace.path, podNamespace: "default", podName: name,
            podUID: "uid-\(name)")
    }

    /// Everything that attachments take on the host: interfaces, leases, firewall rules, entries.
    func held() async throws -> [String] {
        let links = try await host.links().map(\.name).filter { $0 != "lo" && $0 != "test0" }
        let addresses = try directoryEntries(leases.appending("test")).filter { $0.first?.isNumber ?? false }
        let rules = try await tool("nsenter", ["--net=\(host.path)", "iptables-save"])
            .split(separator: "\n").map { String($0) }.filter { $0.contains("id: ") || $0.contains("10.99.0.") }
        let results = try directoryEntries(root.appending("cache/results"))
        return try links + addresses + rules + results + ledger.keys(.init("network"))
    }
}

/// Runs a program of the machine and returns what it printed.
@discardableResult
func tool(_ name: String, _ arguments: [String], timeout: Duration = .seconds(20)) async throws -> String {
    let paths = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"].map { FilePath($0).appending(name) }
    let executable = try #require(paths.first { isRegularFile($0) }, "\(name) is not installed")
    let command = Command(
        executable: executable, arguments: [name] + arguments, environment: try inheritableEnvironment(),
        timeout: timeout)
    let result = try await command.run()
    guard result.end == .exited(0) else { throw ToolError(name: name, result: result) }
    return String(decoding: result.output, as: UTF8.self)
}

struct ToolError: Error, CustomStringConvertible {
    let name: String
    let result: Command.Result
    var description: String { "\(name): \(result.end): \(String(decoding: result.errors, as: UTF8.self))" }
}

extension Trait where Self == ConditionTrait {
    /// Needs root and Debian's `containernetworking-plugins`; elsewhere the test says so and is skipped.
    static var needsPlugins: Self {
        .enabled("needs root and \(NetworkHost.plugins)/bridge") {
            isRegularFile(NetworkHost.plugins.appending("bridge"))
                && (try? FileManager.default.contentsOfDirectory(atPath: "/proc/1/fd")) != nil
        }
    }
}
