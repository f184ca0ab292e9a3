import FoundationEssentials
import JSONText
import Linux
import SystemPackage
import Testing

@testable import CNI

@Suite struct `A network's configuration` {
    @Test(arguments: [
        (#"{"name":"a","cniVersion":"1.0.0","plugins":[{"type":"x"}]}"#, [SpecVersion.v10]),
        (
            #"{"name":"a","cniVersion":"0.3.1","cniVersions":["0.4.0","1.1.0","1.2.0","0.4.0"],"plugins":[{"type":"x"}]}"#,
            [.v031, .v04, .v11]
        ),
        (#"{"name":"a","cniVersion":"1.0.0","cniVersions":[],"plugins":[{"type":"x"}]}"#, [.v10]),
        (#"{"name":"a","cniVersions":["0.1.0","0.3.0"],"plugins":[{"type":"x"}]}"#, [.v030]),
    ])
    func `allows versions`(text: String, versions: [SpecVersion]) throws {
        #expect(try NetworkConfiguration(parsing: Array(text.utf8)).versions == versions)
    }

    @Test(arguments: [
        ("[]", "the configuration is no object"),
        (#"{"cniVersion":"1.0.0","plugins":[{"type":"x"}]}"#, "name is missing"),
        (#"{"name":"-a","cniVersion":"1.0.0"}"#, "name -a has characters that are not allowed"),
        (#"{"name":"a/b","cniVersion":"1.0.0"}"#, "name a/b has characters that are not allowed"),
        (#"{"name":"a","plugins":[{"type":"x"}]}"#, "cniVersion 0.1.0 is not supported (0.3.0 to 1.1.0 are)"),
        (
            #"{"name":"a","cniVersion":"2.0.0","plugins":[{"type":"x"}]}"#,
            "cniVersion 2.0.0 is not supported (0.3.0 to 1.1.0 are)"
        ),
        (#"{"name":"a","cniVersion":"one","plugins":[{"type":"x"}]}"#, "cniVersion one is no version"),
        (#"{"name":"a","cniVersion":1,"plugins":[{"type":"x"}]}"#, "cniVersion is a number, not a string"),
        (#"{"name":"a","cniVersion":"1.0.0","plugins":[]}"#, "plugins is empty"),
        (#"{"name":"a","cniVersion":"1.0.0"}"#, "no plugins"),
        (
            #"{"name":"a","cniVersion":"1.0.0","loadOnlyInlinedPlugins":true}"#,
            "plugins is missing and loadOnlyInlinedPlugins is set"
        ),
        (#"{"name":"a","cniVersion":"1.0.0","plugins":{}}"#, "plugins is an object, not an array"),
        (#"{"name":"a","cniVersion":"1.0.0","plugins":[1]}"#, "a plugin is a number, not an object"),
        (#"{"name":"a","cniVersion":"1.0.0","plugins":[{}]}"#, "a plugin has no type"),
        (#"{"name":"a","cniVersion":"1.0.0","plugins":[{"type":"../x"}]}"#, "plugin type ../x is not a file name"),
        (
            #"{"name":"a","cniVersion":"1.0.0","plugins":[{"type":"x","ipam":{"type":"/bin/sh"}}]}"#,
            "plugin type /bin/sh is not a file name"
        ),
        (
            #"{"name":"a","cniVersion":"1.0.0","disableCheck":"maybe","plugins":[{"type":"x"}]}"#,
            "disableCheck is a string, not a boolean"
        ),
        (
            #"{"name":"a","cniVersion":"1.0.0","disableGC":1,"plugins":[{"type":"x"}]}"#,
            "disableGC is a number, not a boolean"
        ),
    ])
    func `is refused with the reason`(text: String, reason: String) {
        let error = #expect(throws: ConfigurationError.self) { try NetworkConfiguration(parsing: Array(text.utf8)) }
        #expect(error?.description == reason)
    }

    @Test func `of one plugin becomes a list of one, with all its keys`() throws {
        let text = #"{"cniVersion":"0.3.1","name":"a","type":"x","own":[1.0]}"#
        let network = try NetworkConfiguration(parsing: Array(text.utf8), isList: false)
        #expect(network.plugins.map(\.type) == ["x"])
        #expect(network.plugins[0].object["own"] == [.number("1.0")])
        #expect(try NetworkConfiguration(parsing: network.bytes).plugins == network.plugins)
        #expect(throws: ConfigurationError.self) {
            try NetworkConfiguration(parsing: Array(#"{"cniVersion":"0.3.1","name":"a"}"#.utf8), isList: false)
        }
    }

    @Test(arguments: [
        (#""plugins":[{"type":"x"}]"#, ["x", "y"]), (#""plugins":[{"type":"x"}],"loadOnlyInlinedPlugins":true"#, ["x"]),
        (#""loadOnlyInlinedPlugins":"False""#, ["y"]),
    ])
    func `takes in plugins of the directory beside it`(members: String, types: [String]) throws {
        let bytes = Array(#"{"name":"a","cniVersion":"1.0.0",\#(members)}"#.utf8)
        let network = try NetworkConfiguration(parsing: bytes, siblings: { _ in [["type": "y"]] })
        #expect(network.plugins.map(\.type) == types)
        // What is captured is whole without the directory.
        #expect(try NetworkConfiguration(parsing: network.bytes).plugins == network.plugins)
    }

    @Test func `keeps the file's own bytes`() throws {
        let bytes = Array(" {\"name\": \"a\", \"cniVersion\": \"1.0.0\", \"plugins\": [ {\"type\": \"x\"} ] }\n".utf8)
        #expect(try NetworkConfiguration(parsing: bytes).bytes == bytes)
    }
}

@Suite struct `The directory of configurations` {
    @Test func `is read by name, and what is invalid is skipped with the reason`() throws {
        let directory = FilePath("/tmp/swiftlet-cni-\(UInt64.random(in: 0...UInt64.max))")
        try makeDirectories(directory.appending("b"))
        try makeDirectories(directory.appending("60.conf"))
        let list = #"{"name":"NAME","cniVersion":"1.0.0","plugins":[{"type":"x"}]}"#
        let files = [
            ("00.conflist", "{"), ("05.txt", "text"), ("10.json", #"{"name":"a","cniVersion":"0.4.0","type":"x"}"#),
            ("20.conflist", list.replacing("NAME", with: "b")), ("30.conf", list.replacing("NAME", with: "c")),
            ("40.conflist", list.replacing("NAME", with: "a")),
            ("50.conflist", #"{"name":"z","cniVersion":"1.0.0","type":"x"}"#),
            ("b/1.conf", #"{"type":"y"}"#), ("b/2.txt", "text"),
        ]
        for (name, text) in files { try replaceFile(at: directory.pushing(FilePath(name)), with: text.utf8) }
        let contents = try ConfigurationDirectory(path: directory).read()
        #expect(contents.networks.map(\.name) == ["a", "b", "c"])
        #expect(contents.networks[1].plugins.map(\.type) == ["x", "y"])
        #expect(
            contents.skipped.map(\.description) == [
                "00.conflist: not JSON: a member needs a name at byte 1",
                "40.conflist: another file before it has a network named a", "50.conflist: no plugins",
                "60.conf: not a regular file",
            ])
        try FileManager.default.removeItem(atPath: directory.string)
        #expect(try ConfigurationDirectory(path: "/no/such/directory").read().networks.isEmpty)
    }
}
