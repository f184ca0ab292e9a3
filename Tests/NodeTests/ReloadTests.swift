import JSONText
import Kubernetes
import Ledger
import Linux
import Logging
import Pods
import SystemPackage
import Testing

@testable import Node

@Suite struct `A configuration that is read again` {
    @Test func `takes over what can be changed and names the rest`() {
        let old = KubeletConfiguration()
        var new = old
        new.logVerbosity = 4
        new.maxPods = 7
        new.clusterDNS = ["10.96.0.10"]
        new.podCIDR = "10.9.0.0/24"
        new.cgroupRoot = "/other"
        new.unusedFields = ["port"]
        let reloaded = old.reloaded(as: new)
        #expect(reloaded.changed.sorted() == ["clusterDNS", "logging.verbosity", "maxPods"])
        #expect(reloaded.waiting.sorted() == ["cgroupRoot", "podCIDR"])
        #expect(reloaded.unused == ["port"])
        #expect(reloaded.configuration.maxPods == 7 && reloaded.configuration.logVerbosity == 4)
        #expect(reloaded.configuration.podCIDR == nil && reloaded.configuration.cgroupRoot == "")
        // What waits for a new start is told of until then; what was told once is not told again.
        let again = reloaded.configuration.reloaded(as: new)
        #expect(again.changed == [] && again.waiting.sorted() == ["cgroupRoot", "podCIDR"] && again.unused == [])
        #expect(old.reloaded(as: old) == .init(configuration: old))
    }

    @Test func `tells what is in force`() throws {
        func read(_ text: String) throws -> KubeletConfiguration {
            let head = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n"
            let value = try KubeletConfiguration.check(Array((head + text).utf8), from: "/etc/c.yaml")
            var configuration = try KubeletConfiguration(value)
            configuration.document = value
            return configuration
        }
        let old = try read("maxPods: 5\npodCIDR: 10.1.0.0/24\nclusterDomain: a\nlogging: {format: json, verbosity: 3}")
        let new = try read("maxPods: 7\npodCIDR: 10.2.0.0/24\nlogging: {verbosity: 4}\nsyncFrequency: 5s")
        let told = old.reloaded(as: new).configuration.told
        #expect(told["maxPods"] == 7 && told["syncFrequency"] == "5s" && told["logging"]?["verbosity"] == 4)
        #expect(told["podCIDR"] == "10.1.0.0/24", "it waits for the next start")
        #expect(told["clusterDomain"] == KubeletConfiguration().told["clusterDomain"])
        #expect(told["logging"]?["format"] == KubeletConfiguration().told["logging"]?["format"])
    }

    @Test func `knows every field that it says it uses`() {
        let known = Set(ConfigurationField.all.keys)
        for field in UsedField.all {
            #expect(known.contains(field.path.prefix { $0 != "." }.description), "\(field.path)")
        }
        #expect(Set(UsedField.all.map(\.path)).count == UsedField.all.count)
    }
}

@Suite struct `The machine's own settings` {
    private func kernel(_ path: FilePath, overcommit: String) throws {
        for folder in ["vm", "kernel/keys"] { try makeDirectory(path.appending(folder)) }
        for (name, value) in KernelTunable.all where name != "kernel/panic" {
            try write("\(name == "vm/overcommit_memory" ? overcommit : value)\n", to: path.appending(name))
        }
    }

    @Test func `are made as a node needs them, and nothing else is touched`() async throws {
        try await withScratch { path in
            try kernel(path, overcommit: "0")
            #expect(
                try KernelTunable.deviations(below: path).map(\.description)
                    == ["vm/overcommit_memory is 0, expected 1"])
            try KernelTunable.settle(isProtected: false, below: path)
            #expect(try readFile(at: path.appending("vm/overcommit_memory"))?.first == UInt8(ascii: "1"))
            #expect(try KernelTunable.deviations(below: path) == [])
            #expect(try fileStatus(path.appending("kernel/panic")) == nil, "what the kernel does not have")
        }
    }

    @Test func `are an error where they are protected`() async throws {
        try await withScratch { path in
            try kernel(path, overcommit: "2")
            #expect(throws: KernelTunable.Deviating.self) { try KernelTunable.settle(isProtected: true, below: path) }
            #expect(try readFile(at: path.appending("vm/overcommit_memory"))?.first == UInt8(ascii: "2"))
        }
    }

    @Test(arguments: [
        ("", [], 0), ("Filename\tType\tSize\tUsed\tPriority\n", [], 0),
        (
            "Filename Type Size Used Priority\n/dev/sda2  partition 1 0 -2\n/swap\\040file file 2 0 -3\n",
            ["/dev/sda2", "/swap\\040file"], 3072
        ),
    ])
    func `tell what is swapped to, and how much`(text: String, devices: [String], capacity: Int64) {
        #expect(Swap.devices(in: text) == devices && Swap.capacity(in: text) == capacity)
    }
}

@Suite struct `A log line as JSON` {
    private func line(_ level: Logger.Level, _ metadata: Logger.Metadata) throws -> JSON {
        let event = LogEvent(
            level: level, message: "Pod \"a\"\nstarted", error: nil, metadata: nil, source: nil, file: "Pods/A.swift",
            function: "f()", line: 7)
        let text = JSONLogHandler.line(event, metadata, nanoseconds: 1_700_000_000_123_456_789)
        #expect(!text.contains("\n"))
        #expect(text.hasPrefix(#"{"ts":"#))
        return try JSON(parsing: text)
    }

    @Test func `has the kubelet's members and the data beside them`() throws {
        let value = try line(.notice, ["pod": "default/web", "list": ["a", "b"], "msg": "x"])
        #expect(value["ts"] == .number("1700000000123.456"))
        #expect(value["caller"] == .string("Pods/A.swift:7"))
        #expect(value["msg"] == .string("Pod \"a\"\nstarted"))
        #expect(value["v"] == 0 && value["pod"] == .string("default/web") && value["msg_"] == .string("x"))
        #expect(value["list"] == .array([.string("a"), .string("b")]))
    }

    @Test(arguments: [(Logger.Level.debug, 4), (.trace, 6), (.warning, 0)])
    func `tells how loud it is`(level: Logger.Level, verbosity: Int) throws {
        #expect(try line(level, [:])["v"] == .number("\(verbosity)"))
    }

    @Test func `of an error tells the error`() throws {
        let value = try line(.error, ["error": "no such file"])
        #expect(value["err"] == .string("no such file") && value["v"] == nil && value["error"] == nil)
    }
}

@Suite struct `A manifest's last good text` {
    private let now = Time(seconds: 1_700_000_000)

    @Test func `outlives the agent`() async throws {
        try await withScratch { path in
            let (folder, memory) = (path.appending("m"), ManifestMemory(ledger: Ledger(root: path.appending("l"))))
            try makeDirectory(folder)
            try write(manifest("web", image: "one"), to: folder.appending("web.yaml"))
            var first = ManifestDirectory(path: folder, nodeName: "n1", memory: memory)
            #expect(first.refresh(nil, now: now) == [])
            let good = first.pods
            first.remember()
            try write("apiVersion: v1\nkind: [", to: folder.appending("web.yaml"))
            var second = ManifestDirectory(path: folder, nodeName: "n1", memory: memory)
            let notes = second.refresh(nil, now: now)
            #expect(notes.count == 1 && notes[0].text.contains("keeps running"), "\(notes)")
            #expect(second.pods == good)
            try write(manifest("web", image: "two"), to: folder.appending("web.yaml"))
            #expect(second.refresh(["web.yaml"], now: now) == [])
            #expect(second.pods.map { $0.containers[0].image } == ["two"])
        }
    }

    @Test func `goes with its file, also with one that goes while no agent runs`() async throws {
        try await withScratch { path in
            let (folder, memory) = (path.appending("m"), ManifestMemory(ledger: Ledger(root: path.appending("l"))))
            try makeDirectory(folder)
            for name in ["a", "b"] { try write(manifest(name), to: folder.appending("\(name).yaml")) }
            var first = ManifestDirectory(path: folder, nodeName: "n1", memory: memory)
            _ = first.refresh(nil, now: now)
            first.remember()
            try remove(folder.appending("a.yaml"))
            _ = first.refresh(["a.yaml"], now: now)
            try remove(folder.appending("b.yaml"))
            var second = ManifestDirectory(path: folder, nodeName: "n1", memory: memory)
            _ = second.refresh(nil, now: now)
            for name in ["a", "b"] { try write("no: pod", to: folder.appending("\(name).yaml")) }
            _ = second.refresh(nil, now: now)
            #expect(second.pods == [])
        }
    }
}
