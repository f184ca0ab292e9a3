import Foundation
import SystemPackage
import TestSupport
import Testing

@Suite(.tags(.host), .needsRoot, .timeLimit(.minutes(2))) struct `An agent's images` {
    private static let good = #"t.file("bin", os.urandom(300000)); t.compress = gzip.compress"#
    private static let zeros =
        #"t.finish = lambda: (b"", gzip.compress(head(10 ** 10) + bytes(80 << 20), 1))"#

    /// A layer, options of its layout, and what the import of it must say.
    private static let faults: [(layer: String, options: String, words: String)] = [
        (good, "damage=lambda b: b[:-1] + b'!'", "its content is"),
        (good, "damage=lambda b: b[:-100]", "its content is"),
        (good, "drop=0", "is missing"), (good, "arch='s390x'", "nothing in it runs on linux"),
        (good, "extra={'manifests': []}", "an index and a manifest at once"),
        (good, "announced='application/vnd.oci.image.index.v1+json'", "it is a manifest, but"),
        (#"t.file("../../escape")"#, "", "entry ../../escape: it leaves the layer's root"),
        (#"t.hard("hard", "/etc/passwd")"#, "", "entry hard: a hard link to"),
        (#"t.hard("hard", "../../../etc/passwd")"#, "", "entry hard: it leaves the layer's root"),
        (#"t.char("whiteout", (0, 0))"#, "", "a character device 0:0"),
        (zeros, "", "entry zeros: more than 67108864 bytes in files"),
        // Two layers that fit alone, and not together.
        (#"t.file("a", bytes(40 << 20)); t.compress = gzip.compress"#, "", "unpacks to more than 67108864 bytes"),
    ]

    @Test func `that are hostile are refused by name and leave nothing`() async throws {
        try await ImageHost.run { host in
            try await Witness.watches(options: ["--max-image-size", "64Mi"]) { agent in
                let store = agent.root.appending(path: "images").path
                let before = try await run("sh", ["-c", "cd '\(store)'; find . | sort"]).output
                for (number, (layer, options, words)) in Self.faults.enumerated() {
                    let name = "layout-\(number)"
                    if layer.contains("40 << 20") {
                        try await host.layout(layer, layer.replacing("\"a\"", with: "\"b\""), name: name)
                    } else {
                        try await host.layout(layer, options: options, name: name)
                    }
                    let answer = try await agent.ask("images", "import", host.file(name).string)
                    #expect(answer.status != 0 && answer.output.contains(words), "\(words): \(answer)")
                }
                #expect(try await run("sh", ["-c", "cd '\(store)'; find . | sort"]).output == before)
            }
        }
    }

    @Test func `leave a part of the disk to others`() async throws {
        try await ImageHost.run { host in
            try await host.layout(#"t.file("big", os.urandom(50 << 20))"#)
            func mount(_ agent: AgentProcess) async throws {
                let images = agent.root.appending(path: "images").path
                try await run("mkdir", [images])
                #expect(try await run("mount", ["-t", "tmpfs", "-o", "size=80m", "none", images]).status == 0)
            }
            try await Witness.watches(prepare: mount) { agent in
                let answer = try await agent.ask("images", "import", host.file("layout").string)
                #expect(
                    answer.status != 0 && answer.output.contains("images must leave 4194304 to others"), "\(answer)")
                let images = agent.root.appending(path: "images")
                let work = try FileManager.default.contentsOfDirectory(atPath: images.appending(path: "work").path)
                #expect(work == [])
            }
        }
    }

    /// What is wrong with a store: documents that are none, blobs that are not their names, layers that are no stack's.
    private static let audit = #"""
        import hashlib, json, os, sys
        root = sys.argv[1]
        if not os.path.exists(root + "/index.json"): sys.exit()
        json.load(open(root + "/oci-layout"))
        top = json.load(open(root + "/index.json"))["manifests"]
        for name in os.listdir(root + "/blobs/sha256"):
            if hashlib.sha256(open(root + "/blobs/sha256/" + name, "rb").read()).hexdigest() != name: print("blob", name)
        for entry in top:
            manifest = json.load(open(root + "/blobs/sha256/" + entry["digest"][7:]))
            for blob in [manifest["config"]] + manifest["layers"]:
                if os.path.getsize(root + "/blobs/sha256/" + blob["digest"][7:]) != blob["size"]: print("missing", blob)
        for name in os.listdir(root + "/layers"):
            files = os.listdir(root + "/layers/" + name)
            if "bin" not in files and sorted(files) != ["a", "b"]: print("layer", name, files)
            for file in set(files) & {"a", "b"}:
                if os.path.getsize(root + "/layers/" + name + "/" + file) != 5 << 20: print("short", name, file)
        """#

    @Test(arguments: [false, true])
    func `are whole after the agent was killed while it brought them`(isImport: Bool) async throws {
        try await ImageHost.run { host in
            let busybox = host.file("busybox.tar").string
            try await BusyboxImage.write(to: URL(filePath: busybox))
            let big =
                #"t.file("a", os.urandom(5 << 20)); t.file("b", os.urandom(5 << 20)); t.compress = gzip.compress"#
            try await host.layout(
                #"import io; t.tar.close(); raw = tarfile.open("busybox.tar").extractfile("layer.tar").read(); t.finish = lambda: (raw, raw)"#,
                big, big, options: "config={'Env': ['PATH=/bin']}")
            try await host.tool("skopeo", "copy", "-q", "oci:layout:demo:1", "oci-archive:big.tar:demo:1")
            try Self.audit.write(toFile: host.file("audit.py").string, atomically: true, encoding: .utf8)
            let registry = try await host.registry()
            let name = isImport ? "docker.io/library/demo:1" : "\(registry.name)/demo:1"
            try await host.tool(
                "skopeo", "copy", "-q", "--dest-tls-verify=false", "oci:layout:demo:1",
                "docker://\(registry.name)/demo:1")
            let agent = try AgentProcess(configuration: "fileCheckFrequency: 1s\n")
            let images = agent.root.appending(path: "images").path
            if isImport { try await run("cp", [host.file("big.tar").string, agent.preload.path]) }
            let (file, text) = `The agent`.pod("big", command: "exec sleep 1000")
            try agent.write(
                file,
                text.replacing(BusyboxImage.name, with: name)
                    .replacing("Policy: Never", with: isImport ? "Policy: Never" : "Policy: IfNotPresent"))
            for round in 0..<4 {
                try await agent.start()
                try await Task.sleep(for: .milliseconds(100 + 130 * round + Int.random(in: 0..<130)))
                try await agent.kill(SIGKILL)
                #expect(try await host.tool("python3", "audit.py", images) == "", "round \(round)")
            }
            try await agent.start()
            #expect(try await eventually { try agent.phase("big") == "Running" })
            #expect(try await host.tool("python3", "audit.py", images) == "")
            #expect(try await host.tool("skopeo", "inspect", "oci:\(images):\(name)").contains("amd64"))
            for (folder, count) in [("work", 0), ("ingest", 0), ("layers", 3), ("blobs/sha256", 5)] {
                let left = try FileManager.default.contentsOfDirectory(atPath: "\(images)/\(folder)")
                #expect(left.count == count, "\(folder): \(left)")
            }
            try await agent.takeDown()
        }
    }
}
