import Kubernetes
import Linux
import SystemPackage

/// A directory of manifests that count together, as one text: each file's name and content, ended by NUL, which no
/// manifest may hold.
enum ManifestBundle {
    struct Part {
        var name: String
        var bytes: [UInt8]
        /// What problems of the part begin with.
        var prefix: String { name.isEmpty ? "" : "\(name): " }
    }

    /// What a text consists of; one that is no bundle is its own only part, without a name.
    static func parts(of bytes: [UInt8]) -> [Part] {
        // A manifest with a NUL at its end only is a spoiled manifest, and not a bundle.
        let pieces = bytes.split(separator: 0, omittingEmptySubsequences: false)
        guard bytes.first == 0, pieces.count % 2 == 0, pieces.last?.isEmpty == true else {
            return [Part(name: "", bytes: bytes)]
        }
        return stride(from: 1, to: pieces.count - 1, by: 2).map {
            Part(name: String(decoding: pieces[$0], as: UTF8.self), bytes: Array(pieces[$0 + 1]))
        }
    }

    static func text(of parts: [Part]) -> [UInt8] {
        var text: [UInt8] = [0]
        for part in parts {
            text += Array(part.name.utf8)
            text.append(0)
            text += part.bytes
            text.append(0)
        }
        return text
    }

    /// Looks at a directory's files in the order of their names.
    static func look(at path: FilePath, known mark: ManifestFile.Mark?, _ status: FileStatus) -> ManifestFile.Finding {
        var new = ManifestFile.Mark(status: status)
        var parts: [Part] = []
        do throws(SyscallError) {
            let names = try directoryEntries(path).filter { !ManifestFile.isIgnored($0) }.sorted()
            for name in names { if let status = try followedStatus(path.appending(name)) { new.parts.append(status) } }
            if new == mark { return .unchanged }
            for name in names {
                switch ManifestFile.look(at: path.appending(name), known: nil, isInBundle: true) {
                case .nothing, .unchanged: continue
                case .passedOver(let problem), .unreadable(let problem): return .unreadable("\(name): \(problem)")
                case .content(let bytes, _):
                    if bytes.contains(0) { return .unreadable("\(name): not text: it contains the byte 0x0") }
                    parts.append(Part(name: name, bytes: bytes))
                }
            }
        } catch {
            return error.errno == .noSuchFileOrDirectory ? .nothing : .unreadable("\(error)")
        }
        return .content(text(of: parts), new)
    }
}
