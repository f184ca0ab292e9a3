import CNI
import JSONText
import Linux
import SystemPackage

/// Plugins that write down how they were called and answer what a test tells them to.
struct FakePlugins: Sendable {
    let network: NetworkHost
    var directory: FilePath { network.root.appending("fake") }

    static let result =
        #"{"cniVersion": "$V", "ips": [{"address": "10.1.2.3/24", "interface": 0, "future": 1.50}], "interfaces": [{"name": "eth0", "sandbox": "$CNI_NETNS"}]}"#

    /// Runs a test with plugins of these types, in a list of that version.
    static func run(
        _ types: [String] = ["first", "second"], version: String = "1.0.0", list: String = "", plugin: String = "",
        _ body: (FakePlugins) async throws -> Void
    ) async throws {
        try await NetworkHost.run { network in
            let fake = FakePlugins(network: network)
            try makeDirectories(fake.directory)
            for type in types { try fake.install(type, version: version) }
            let plugins = types.map {
                #"{"type": "\#($0)"\#(plugin), "own": {"b": 1e400, "a": [18446744073709551615]}}"#
            }
            try network.configure(
                #"{"cniVersion": "\#(version)", "name": "fake"\#(list), "plugins": [\#(plugins.joined(separator: ", "))]}"#
            )
            try await body(fake)
        }
    }

    func install(_ type: String, version: String) throws {
        try network.script(
            type,
            """
            V=\(version); D=\(directory); N=\(type)-$CNI_COMMAND
            if [ -f $D/$N.behaviour ]; then B=$(cat $D/$N.behaviour); fi
            if [ "$CNI_COMMAND" = VERSION ]; then
              [ -z "$B" ] || { eval "$B"; exit; }
              echo '{"cniVersion": "1.1.0", "supportedVersions": ["0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0"]}'
              exit 0
            fi
            cat > $D/$N.stdin; env | grep ^CNI_ | sort > $D/$N.env; echo $N >> $D/calls
            [ -z "$B" ] || { eval "$B"; exit; }
            [ "$CNI_COMMAND" != ADD ] || cat <<END
            \(Self.result)
            END
            """)
    }

    /// What a plugin does from now on when it gets a command: lines of a shell.
    func behave(_ call: String, _ script: String) throws {
        try replaceFile(at: directory.appending("\(call).behaviour"), with: script.utf8)
    }

    /// The commands that plugins got, in order.
    func calls() throws -> [String] {
        try text("calls").split(separator: "\n").map { String($0) }
    }

    func forgetCalls() throws { try removeFile(at: directory.appending("calls")) }

    func input(_ call: String) throws -> JSON { try JSON(parsing: text("\(call).stdin")) }

    func environment(_ call: String) throws -> [String] {
        try text("\(call).env").split(separator: "\n").map { String($0) }
    }

    private func text(_ name: String) throws -> String {
        String(decoding: try readFile(at: directory.appending(name), ifExists: true) ?? [], as: UTF8.self)
    }
}
