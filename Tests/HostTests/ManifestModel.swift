import Foundation
import TestSupport

/// Files that are edited at random, and what has to run of them when the node has seen the last of it.
struct ManifestModel {
    let agent: AgentProcess
    /// What a file says: a pod, the argument that one process of it and none of any other is started with, an amount.
    struct Content: Equatable {
        var pod: String
        var argument: String
        var cpu: Int
    }

    private var random: SeededGenerator
    private let mark: String
    /// By name, each with the last content that was good.
    private var files: [String: Content] = [:]
    private var spoiled: Set<String> = []
    /// Edited since the node had seen everything: whether it has seen what was before the next edit is not known.
    private var edited: Set<String> = []
    private(set) var edits: [String: Int] = [:]
    private var history: [String] = []
    /// What ran before these edits, by file; of those that must not have been restarted by them.
    private var steady: [String: (uid: String?, pids: [Int32])] = [:]

    init(agent: AgentProcess, seed: UInt64) {
        self.agent = agent
        random = SeededGenerator(state: seed)
        mark = "88\(UInt32.random(in: 1000...9999, using: &random))"
    }

    var count: Int { edits.values.reduce(0, +) }

    /// The file that each pod is taken from: of two the first.
    private var taken: [String: Content] {
        files.sorted { $0.key > $1.key }.reduce(into: [:]) { $0[$1.value.pod] = $1.value }
    }

    /// Remembers what runs: what is only touched or resized from here on stays.
    mutating func begin() throws {
        history = []
        edited = []
        steady = [:]
        for (file, content) in files where taken[content.pod] == content {
            steady[file] = (
                try agent.uid(content.pod), try agent.processes(withArgument: content.argument)
            )
        }
    }

    mutating func edit() async throws {
        // Of each pod a file of its name, and another that comes behind it.
        let pod = "e\(Int.random(in: 0..<8, using: &random))"
        let file = "\(Int.random(in: 0..<6, using: &random) == 0 ? "z" : "")\(pod).yaml"
        guard var content = files[file] else { return try await replace(file, of: pod) }
        switch Int.random(in: 0..<10, using: &random) {
        case 0...2: try await replace(file, of: pod)
        case 3, 4:
            note("remove", file)
            files[file] = nil
            spoiled.remove(file)
            try FileManager.default.removeItem(at: url(file))
        case 5 where !edited.contains(file):
            note("spoil", file)
            spoiled.insert(file)
            let texts = ["{", "", "apiVersion: v1\nkind: Pod\nmetadata: {name: \(pod)}\n", "\u{0}", "kind: Nothing"]
            try (texts.randomElement(using: &random) ?? "").write(to: url(file), atomically: false, encoding: .utf8)
        case 6,
            7 where !spoiled.contains(file):
            content.cpu = Int.random(in: 1...50, using: &random)
            note("resize", file, restarts: false)
            files[file] = content
            try write(file, content)
        case 8 where !spoiled.contains(file):
            note("touch", file, restarts: false)
            try write(file, content)
        default: try await rename(file, content)
        }
    }

    private mutating func replace(_ file: String, of pod: String) async throws {
        note(files[file] == nil ? "create" : "replace", file)
        let content = Content(pod: pod, argument: "\(mark)\(1_000_000 + count)", cpu: 10)
        files[file] = content
        spoiled.remove(file)
        if Bool.random(using: &random) { return try write(file, content) }
        // In place, in two pieces.
        let bytes = Data(text(content).utf8)
        if !FileManager.default.fileExists(atPath: url(file).path) { try Data().write(to: url(file)) }
        let handle = try FileHandle(forWritingTo: url(file))
        defer { try? handle.close() }
        try handle.truncate(atOffset: 0)
        try handle.write(contentsOf: bytes.prefix(bytes.count / 2))
        try await Task.sleep(for: .milliseconds(Int.random(in: 0...10, using: &random)))
        try handle.write(contentsOf: bytes.dropFirst(bytes.count / 2))
    }

    private mutating func rename(_ file: String, _ content: Content) async throws {
        let other = file.hasPrefix("z") ? String(file.dropFirst()) : "z\(file)"
        guard files[other] == nil, !spoiled.contains(file) else { return try await replace(file, of: content.pod) }
        note("rename", file)
        note(nil, other)
        (files[file], files[other]) = (nil, content)
        try FileManager.default.moveItem(at: url(file), to: url(other))
    }

    private mutating func note(_ edit: String?, _ file: String, restarts: Bool = true) {
        if let edit { edits[edit, default: 0] += 1 }
        history.append("\(edit ?? "to") \(file)")
        edited.insert(file)
        guard restarts else { return }
        // Whoever else gives the pod may come in its place.
        for name in [file, "z\(file)", String(file.dropFirst())] { steady[name] = nil }
    }

    private func url(_ file: String) -> URL { agent.manifests.appending(path: file) }
    private func write(_ file: String, _ content: Content) throws { try agent.write(file, text(content)) }

    private func text(_ content: Content) -> String {
        lifePod(
            content.pod, grace: 5,
            """
            containers:
            - name: app
              image: \(BusyboxImage.name)
              imagePullPolicy: Never
              command: [sh, -c, 'trap "exit 0" TERM; sleep \(content.argument) & wait']
              resources: {requests: {cpu: \(content.cpu)m}}
            """
        ).1
    }

    /// What runs and should not, or the reverse. Nothing once the node has done all that the files say.
    func surprises() throws -> [String] {
        let running = try arguments()
        let wanted = taken
        var found = running.filter { argument in !wanted.values.contains { $0.argument == argument } }
            .map { "\($0) still runs" }
        for (pod, content) in wanted {
            let count = running.count { $0 == content.argument }
            if count != 1 { found.append("\(pod) runs \(count) times") }
            let phase = try agent.phase(pod)
            if phase != "Running" { found.append("\(pod) is \(phase ?? "unknown")") }
            let cpu =
                (try agent.containerStatus(pod, "app")?["allocatedResources"] as? [String: Any])?["cpu"] as? String
            if cpu != "\(content.cpu)m" { found.append("\(pod) has \(cpu ?? "no cpu"), not \(content.cpu)m") }
        }
        for place in [agent.root.appending(path: "pods"), agent.state.appending(path: "statuses"), agent.logs] {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: place.path)) ?? []
            if names.count != wanted.count { found.append("\(place.lastPathComponent): \(names.sorted())") }
        }
        return found.sorted()
    }

    /// What was restarted, or became another pod, although its containers are what they were.
    func restarted() throws -> [String] {
        try steady.compactMap { file, before in
            guard let content = files[file], taken[content.pod] == content else { return nil }
            let now = (try agent.uid(content.pod), try agent.processes(withArgument: content.argument))
            return now == before ? nil : "\(file): \(before), then \(now)"
        }
    }

    /// What the files hold, and the last edits.
    var story: String {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: agent.manifests.path)) ?? []
        let texts = names.sorted().map { "\($0): \((try? String(contentsOf: url($0), encoding: .utf8)) ?? "?")" }
        return (history.suffix(60) + ["spoiled \(spoiled.sorted())"] + texts).joined(separator: "\n")
    }

    /// The arguments of all that sleeps for this test, each as often as it does.
    private func arguments() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { name in
            guard Int32(name) != nil, let line = FileManager.default.contents(atPath: "/proc/\(name)/cmdline") else {
                return nil
            }
            let words = line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            return words.count == 2 && words[0] == "sleep" && words[1].hasPrefix(mark) ? words[1] : nil
        }
    }
}
