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
    /// What all files give together.
    private var together = Together()
    /// Files that may give something else than what is counted above.
    private var changed: Set<String> = []
    /// Another number with every change of the pods.
    package private(set) var revision = 0
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
        // The directory may hold thousands: what is told of one of them is looked at there alone.
        if let names {
            var notes: [Note] = []
            for name in names.subtracting(unsettled).sorted() { notes += refresh(name, force: true, now: now) }
            return notes + merge()
        }
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
        memory?.forget(filesExcept: present.map { location($0).string })
        var notes: [Note] = []
        for name in present.sorted() where !unsettled.contains(name) {
            notes += refresh(name, force: false, now: now)
        }
        return notes + merge()
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
        changed.insert(name)
        unkept.insert(name)
        let kept =
            file.errors.isEmpty || file.pods.isEmpty && file.objects.isEmpty
            ? "" : " (what it gave before keeps running)"
        return file.errors.map { Note(path: place, text: $0 + kept, isError: true) }
            + file.warnings.map { Note(path: place, text: $0, isError: false) }
    }

    /// Writes down what was good. Apart from the reading, since the disk takes its time: pods come first.
    package mutating func remember() {
        for name in unkept {
            guard let file = files[name], file.errors.isEmpty else { continue }
            memory?.keep(file.bytes, of: location(name).string)
        }
        unkept = []
    }

    private mutating func forget(_ name: String) {
        guard files.removeValue(forKey: name) != nil else { return }
        changed.insert(name)
        memory?.forget(location(name).string)
    }

    /// All pods, in the order of the files' names. Of two with the same name the first file's is taken.
    package var pods: [Pods.Pod] { together.pods }

    /// All config maps, secrets and volumes; of two with the same name the first file's is taken.
    package var objects: LocalObjects { together.objects }

    /// What is wrong now, for the node's status.
    package var problems: [String] {
        let own = files.sorted { $0.key < $1.key }.flatMap { name, file in
            (file.errors + file.warnings).map { "\(location(name)): \($0)" }
        }
        return (listingError.map { [$0] } ?? []) + own + together.doubles
    }

    private struct Together {
        var pods: [Pods.Pod] = []
        /// The file that gives each of the pods, in the same order.
        var files: [String] = []
        /// The file whose pod of a full name is taken.
        var owner: [String: String] = [:]
        var objects = LocalObjects()
        /// Files that give objects.
        var givers: Set<String> = []
        /// What is left out, a line each: first pods, then objects.
        var doubles: [String] = []

        /// Where the pods of a file are, or would be, among those of all.
        func place(of file: String) -> Range<Int> {
            func first(where isPast: (String) -> Bool) -> Int {
                var (low, high) = (0, files.count)
                while low < high {
                    let middle = (low + high) / 2
                    if isPast(files[middle]) { high = middle } else { low = middle + 1 }
                }
                return low
            }
            return first { $0 >= file }..<first { $0 > file }
        }
    }

    /// Returns what is new to tell of names that two files give.
    private mutating func merge() -> [Note] {
        guard !changed.isEmpty else { return [] }
        defer { changed = [] }
        if changed.count == 1, let name = changed.first, replace(name) { return [] }
        let earlier = Set(together.doubles)
        let before = together.pods
        together = merged
        if together.pods != before { revision += 1 }
        return together.doubles.filter { !earlier.contains($0) }.map { Note(path: path, text: $0, isError: true) }
    }

    /// Exchanges what one file gives for what it gives now, however many others there are. False: others are concerned.
    private mutating func replace(_ name: String) -> Bool {
        let new = files[name]?.pods ?? []
        let objects = files[name]?.objects ?? LocalObjects()
        guard together.doubles.isEmpty, objects.isEmpty, !together.givers.contains(name) else { return false }
        let names = new.map(\.fullName)
        guard Set(names).count == names.count, names.allSatisfy({ (together.owner[$0] ?? name) == name }) else {
            return false
        }
        let place = together.place(of: name)
        let pods = new.map { $0.runtimeClass == nil ? $0 : $0.taking(overheadOf: together.objects) }
        guard together.pods[place] != pods[...] else { return true }
        revision += 1
        for old in together.pods[place] { together.owner[old.fullName] = nil }
        for fullName in names { together.owner[fullName] = name }
        together.pods.replaceSubrange(place, with: pods)
        together.files.replaceSubrange(place, with: pods.map { _ in name })
        return true
    }

    private var merged: Together {
        var merged = Together()
        var doubledObjects: [String] = []
        for name in files.keys.sorted() {
            guard let file = files[name] else { continue }
            for pod in file.pods {
                let fullName = pod.fullName
                if let first = merged.owner[fullName] {
                    merged.doubles.append(
                        "\(location(name)): pod \(pod.namespace)/\(pod.name) is left out: "
                            + "\(location(first)) gives one of that name")
                } else {
                    merged.owner[fullName] = name
                    merged.pods.append(pod)
                    merged.files.append(name)
                }
            }
            if !file.objects.isEmpty { merged.givers.insert(name) }
            doubledObjects += merged.objects.add(file.objects).map {
                "\(location(name)): \($0) is left out: another file gives one of that name"
            }
        }
        merged.doubles += doubledObjects
        for index in merged.pods.indices where merged.pods[index].runtimeClass != nil {
            merged.pods[index] = merged.pods[index].taking(overheadOf: merged.objects)
        }
        return merged
    }

    /// Names of the files that count. A single file is a directory of one.
    private func list() throws -> Set<String> {
        guard let status = try followedStatus(path) else { return [] }
        guard status.kind == .directory else { return [""] }
        return Set(try directoryEntries(path).filter { !ManifestFile.isIgnored($0) })
    }

    private func location(_ name: String) -> FilePath { name.isEmpty ? path : path.appending(name) }
}
