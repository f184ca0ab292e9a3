import Linux
import OCI
import Pods
import SystemPackage
import Testing

import struct Kubernetes.Time

@testable import Machine

private func objects() -> LocalObjects {
    var objects = LocalObjects()
    objects.configMaps[.init("default", "m")] = .init(
        bytes: ["a": Array("1".utf8), "b": [0, 255], "price": Array("$(A)".utf8)], texts: ["a", "price"])
    objects.secrets[.init("default", "s")] = .init(bytes: ["p": Array("q".utf8)], texts: ["p"])
    return objects
}

private func pod() -> Pod {
    var container = Pod.Container(name: "app", image: "i")
    container.limits.cpu = MilliCPU(1500)
    container.requests.memory = ByteCount(3_000_001)
    var pod = Pod(id: .init("u"), name: "web", containers: [container])
    pod.labels = ["b": "2", "a": "x\"y"]
    pod.nodeName = "n1"
    return pod
}

private let facts: DownwardFacts = {
    var allocatable = ResourceAmounts(cpu: MilliCPU(4000), memory: ByteCount(8 << 30))
    allocatable.disk = ByteCount(1 << 40)
    return DownwardFacts(podIPs: ["10.0.0.2", "fd00::2"], hostIPs: ["192.0.2.1"], allocatable: allocatable)
}()

@Suite struct `A volume of files` {
    private func content(_ kind: Pod.Files.Kind, _ sources: [Pod.Files.Source]) throws -> [String: String] {
        let files = Pod.Files(kind: kind, sources: sources, defaultMode: 0o640)
        return try VolumeContent(files, of: pod(), objects: objects(), facts: facts).files.mapValues {
            "\(String($0.mode, radix: 8)) \(String(decoding: $0.bytes, as: UTF8.self))"
        }
    }

    @Test func `holds all keys of an object, or those that it names`() throws {
        #expect(try content(.secret, [.secret(.init(name: "s"))]) == ["p": "640 q"])
        #expect(try content(.configMap, [.configMap(.init(name: "m"))]).keys.sorted() == ["a", "b", "price"])
        let items = Pod.ObjectItems(name: "m", items: [.init(key: "a", path: "x/y", mode: 0o400)])
        #expect(
            try content(.projected, [.configMap(items), .secret(.init(name: "s"))]) == ["x/y": "400 1", "p": "640 q"])
    }

    @Test func `says in the kubelet's words what is missing`() throws {
        for (source, words) in [
            (.configMap(.init(name: "no")), "configmap \"no\" not found"),
            (.secret(.init(name: "no")), "secret \"no\" not found"),
            (
                .configMap(.init(name: "m", items: [.init(key: "x", path: "x")])),
                "configmap references non-existent config key: x"
            ),
            (.secret(.init(name: "s", items: [.init(key: "x", path: "x")])), "references non-existent secret key: x"),
        ] as [(Pod.Files.Source, String)] {
            #expect(throws: MissingContent(words)) { try content(.projected, [source]) }
        }
        #expect(try content(.secret, [.secret(.init(name: "no", isOptional: true))]) == [:])
        let optional = Pod.ObjectItems(name: "m", items: [.init(key: "x", path: "x")], isOptional: true)
        #expect(try content(.configMap, [.configMap(optional)]) == [:])
    }

    @Test(
        arguments: [
            (.field("metadata.name"), "web"), (.field("metadata.labels"), "a=\"x\\\"y\"\nb=\"2\""),
            (.field("metadata.labels['b']"), "2"), (.field("metadata.annotations['no']"), ""),
            (.field("spec.nodeName"), "n1"),
            (.field("status.podIPs"), "10.0.0.2,fd00::2"), (.field("status.hostIP"), "192.0.2.1"),
            (.resource(container: nil, name: "limits.cpu", divisor: .init()), "2"),
            (.resource(container: "app", name: "limits.cpu", divisor: .init(thousandths: 1)), "1500"),
            (.resource(container: nil, name: "requests.cpu", divisor: .init()), "0"),
            (.resource(container: nil, name: "limits.memory", divisor: .init(thousandths: 1000 << 20)), "8192"),
            (.resource(container: nil, name: "requests.memory", divisor: .init(thousandths: 1_000_000)), "3001"),
            (.resource(container: nil, name: "limits.ephemeral-storage", divisor: .init()), "1099511627776"),
        ] as [(Pod.DownwardValue, String)])
    func `tells the pod of itself`(value: Pod.DownwardValue, text: String) throws {
        #expect(try facts.value(of: value, in: pod(), container: pod().containers[0]) == text)
    }
}

@Suite struct `A directory that changes at once` {
    private func content(_ files: [String: String], mode: UInt32 = 0o644) throws -> VolumeContent {
        var content = try VolumeContent(.init(kind: .configMap, sources: []), of: pod(), objects: .init(), facts: facts)
        content.files = files.mapValues { .init(bytes: Array($0.utf8), mode: mode) }
        return content
    }

    @Test func `shows new files by one link, and leaves nothing of the old ones`() async throws {
        try await withScratch { path in
            let directory = AtomicDirectory(path: path)
            let now = Time(seconds: 1_795_000_000)
            #expect(try directory.write(content(["a": "1", "d/b": "2"]), group: nil, at: now))
            #expect(try readFile(at: path.appending("a")) == Array("1".utf8))
            #expect(try readFile(at: path.appending("d/b")) == Array("2".utf8))
            let first = try directoryEntries(path).sorted()
            #expect(
                first.count == 4 && first.contains("..data") && first.contains { $0.hasPrefix("..2026_11_18_") },
                "\(first)")
            #expect(try !directory.write(content(["a": "1", "d/b": "2"]), group: nil, at: now), "nothing has changed")
            #expect(try directoryEntries(path).sorted() == first)

            #expect(try directory.write(content(["a": "1", "c": "3"], mode: 0o400), group: nil, at: now))
            #expect(try directoryEntries(path).filter { !$0.hasPrefix("..") }.sorted() == ["a", "c"])
            #expect(try directoryEntries(path).count == 4)
            #expect(try fileStatus(path.appending("..data/c"))?.permissions == 0o400)
            #expect(try directory.write(content([:]), group: nil, at: now))
            #expect(try directoryEntries(path).filter { !$0.hasPrefix("..") } == [])
        }
    }
}

@Suite struct `A variable from elsewhere` {
    private func lines(_ change: (inout Pod.Container) -> Void, file: String? = nil) throws -> [String] {
        var container = pod().containers[0]
        change(&container)
        container.environment = try container.resolvedEnvironment(of: pod(), objects: objects(), facts: facts) { _, _ in
            file.map { Array($0.utf8) }
        }
        container.environmentSources = []
        return ContainerEnvironment(container, image: .init(), hostname: "h").lines.filter {
            !$0.hasPrefix("PATH=") && !$0.hasPrefix("HOSTNAME=")
        }
    }

    @Test func `is one of many of an object, which a variable of the pod's own outdoes`() throws {
        let found = try lines {
            $0.environmentSources = [.init(kind: .configMap, name: "m"), .init(kind: .secret, name: "s")]
            $0.environmentSources[1].prefix = "X_"
            $0.environment = [.init(name: "a", value: "own"), .init(name: "all", value: "$(X_p)$(a)$(price)")]
        }
        #expect(found == ["a=own", "price=$(A)", "X_p=q", "all=qown$(A)"])
    }

    @Test func `says in the kubelet's words what is missing`() throws {
        func fails(_ source: Pod.Container.EnvironmentVariable.Source, _ words: String) {
            #expect(throws: MissingContent(words)) {
                try lines {
                    $0.environment = [.init(name: "a", value: "")]
                    $0.environment[0].source = source
                }
            }
        }
        fails(.configMap(name: "no", key: "k", isOptional: false), "configmap \"no\" not found")
        fails(.configMap(name: "m", key: "k", isOptional: false), "couldn't find key k in ConfigMap default/m")
        fails(.secret(name: "no", key: "k", isOptional: false), "secret \"no\" not found")
        fails(.secret(name: "s", key: "k", isOptional: false), "couldn't find key k in Secret default/s")
        #expect(try lines { $0.environmentSources = [.init(kind: .secret, name: "no", isOptional: true)] } == [])
        #expect(throws: MissingContent("configmap \"no\" not found")) {
            try lines { $0.environmentSources = [.init(kind: .configMap, name: "no")] }
        }
    }

    @Test func `is a line of a file`() throws {
        let found = try lines(
            {
                $0.environment = [.init(name: "a", value: "")]
                $0.environment[0].source = .file(volume: "v", path: "f", key: "B", isOptional: false)
            }, file: "# x\n\nA='1'\n B='two\nlines $HOME'\n")
        #expect(found == ["a=two\nlines $HOME"])
    }

    @Test(arguments: [
        ("A=1", "line 1: value must be enclosed in single quotes"), ("A='1", "line 1: unterminated quote"),
        ("\nA='1' x", "line 2: unexpected text after the value"), ("A", "line 1: no '=' found"),
        ("='1'", "line 1: no valid name"),
    ])
    func `is not of a file that is none`(text: String, words: String) {
        #expect(throws: MissingContent(words)) { try EnvironmentFile(parsing: text) }
    }

    @Test(
        arguments: [
            ("$(A)/x", "1/x"), ("$(B)", nil), ("$(NO)", nil), ("$$(A)", "$(A)"), ("$(UP)/x", nil), ("$(ROOT)", nil),
        ] as [(String, String?)])
    func `makes a part of a volume's path only if it is there`(text: String, expected: String?) {
        let variables = ["A": "1", "B": "", "UP": "..", "ROOT": "/etc"]
        #expect((try? SubPath.expanded(text, with: variables)) == expected)
    }
}
