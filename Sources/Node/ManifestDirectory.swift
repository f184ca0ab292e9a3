package import Kubernetes
import Linux
package import Pods
package import SystemPackage

/// What a directory of manifests, or a single file, gives: read anew where something changed.
///
/// A value without tasks or time; ``ManifestSource`` says when to look.
package struct ManifestDirectory: Sendable {
    /// A line for the log.
    package struct Note: Equatable, Sendable {
        package var path: FilePath
        package var text: String
        package var isError: Bool
    }

    package let path: FilePath
    private let nodeName: String
    private var files: [String: ManifestFile] = [:]
    private var doubles: [String] = []
    private var listingError: String?
    private let memory: ManifestMemory?
    /// Files with a good text that is not yet written down.
    private var unkept: Set<String> = []

    /// `memory` is where good texts outlive the agent.
    package init(path: FilePath, nodeName: String, memory: ManifestMemory? = nil) {
        self.memory = memory
        // A trailing slash is no part of the path: swift-system drops it.
        self.path = path.lexicallyNormalized()
        self.nodeName = nodeName
    }

    /// Looks at the files named, or at all of them, except those that somebody still writes. Returns what is new to
    /// tell: each problem once per change of the file.
    package mutating func refresh(_ names: Set<String>?, except unsettled: Set<String> = [], now: Time) -> [Note] {
        let present: Set<String>
        do {
            present = try list()
            listingError = nil
        } catch {
            // Not to see is not to know: what was there goes on.
            let text = "\(error)"
            defer { listingError = text }
            return text == listingError ? [] : [Note(path: path, text: text, isError: true)]
        }
        for name in files.keys where !present.contains(name) { forget(name) }
        if names == nil { memory?.forget(filesExcept: present.map { location($0).string }) }
        var notes: [Note] = []
        for name in present.sorted() where !unsettled.contains(name) {
            let isNamed = names?.contains(name) ?? false
            guard names == nil || isNamed || files[name] == nil else { continue }
            notes += refresh(name, force: isNamed, now: now)
        }
        return notes + noteDoubles()
    }

    private mutating func refresh(_ name: String, force: Bool, now: Time) -> [Note] {
        let place = location(name)
        var file = files[name] ?? ManifestFile()
        let finding = ManifestFile.look(at: place, known: force ? nil : file.mark)
        if case .nothing = finding {
            forget(name)
            return []
        }
        defer { files[name] = file }
        if files[name] == nil { file.recall(memory, at: place, nodeName: nodeName, now: now) }
        guard file.take(finding, at: place, nodeName: nodeName, now: now) else { return [] }
        unkept.insert(name)
        let kept =
            file.errors.isEmpty || file.pods.isEmpty && file.objects.isEmpty
            ? "" : " (what it gave before keeps running)"
        return file.errors.map { Note(path: place, text: $0 + kept, isError: true) }
            + file.warnings.map { Note(path: place, text: $0, isError: false) }
    }

    /// Writes down what was good. Apart from the reading, since the disk takes its time: pods come first.
    package mutating func remember() {
        for (name, file) in files where unkept.contains(name) && file.errors.isEmpty {
            memory?.keep(file.bytes, of: location(name).string)
        }
        unkept = []
    }

    private mutating func forget(_ name: String) {
        if files.removeValue(forKey: name) != nil { memory?.forget(location(name).string) }
    }

    /// All pods, in the order of the files' names. Of two with the same name the first file's is taken.
    package var pods: [Pods.Pod] {
        let pods = merged.pods
        guard pods.contains(where: { $0.runtimeClass != nil }) else { return pods }
        let objects = objects
        return pods.map { $0.taking(overheadOf: objects) }
    }

    /// All config maps, secrets and volumes; of two with the same name the first file's is taken.
    package var objects: LocalObjects { mergedObjects.objects }

    private var mergedObjects: (objects: LocalObjects, doubles: [String]) {
        var objects = LocalObjects()
        var doubles: [String] = []
        for (name, file) in files.sorted(by: { $0.key < $1.key }) {
            doubles += objects.add(file.objects).map {
                "\(location(name)): \($0) is left out: another file gives one of that name"
            }
        }
        return (objects, doubles)
    }

    /// What is wrong now, for the node's status.
    package var problems: [String] {
        let own = files.sorted { $0.key < $1.key }.flatMap { name, file in
            (file.errors + file.warnings).map { "\(location(name)): \($0)" }
        }
        return (listingError.map { [$0] } ?? []) + own + merged.doubles + mergedObjects.doubles
    }

    private var merged: (pods: [Pods.Pod], doubles: [String]) {
        var owner: [String: String] = [:]
        var pods: [Pods.Pod] = []
        var doubles: [String] = []
        for (name, file) in files.sorted(by: { $0.key < $1.key }) {
            for pod in file.pods {
                if let first = owner[pod.fullName] {
                    doubles.append(
                        "\(location(name)): pod \(pod.namespace)/\(pod.name) is left out: "
                            + "\(location(first)) gives one of that name")
                } else {
                    owner[pod.fullName] = name
                    pods.append(pod)
                }
            }
        }
        return (pods, doubles)
    }

    private mutating func noteDoubles() -> [Note] {
        let now = merged.doubles + mergedObjects.doubles
        defer { doubles = now }
        return now.filter { !doubles.contains($0) }.map { Note(path: path, text: $0, isError: true) }
    }

    /// Names of the files that count. A single file is a directory of one.
    private func list() throws -> Set<String> {
        guard let status = try followedStatus(path) else { return [] }
        guard status.kind == .directory else { return [""] }
        return Set(try directoryEntries(path).filter { !ManifestFile.isIgnored($0) })
    }

    private func location(_ name: String) -> FilePath { name.isEmpty ? path : path.appending(name) }
}
