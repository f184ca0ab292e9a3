import Kubernetes
import Linux
package import Pods
package import SystemPackage

/// What was last read of one manifest file.
package struct ManifestFile: Sendable {
    /// Tells a file that changed from one that did not, without reading it.
    package struct Mark: Equatable, Sendable {
        var status: FileStatus
        /// Of the files in a directory.
        var parts: [FileStatus] = []
    }

    /// What was found at a path.
    package enum Finding: Sendable {
        case nothing
        /// It is there and gives no pods by its nature.
        case passedOver(String)
        case unchanged
        case content([UInt8], Mark)
        /// It is there and cannot be read.
        case unreadable(String)
    }

    package var mark: Mark?
    package var bytes: [UInt8] = []
    package var pods: [Pods.Pod] = []
    package var objects = LocalObjects()
    package var errors: [String] = []
    package var warnings: [String] = []

    package init() {}

    /// Hidden files, and the copies that editors leave beside what they edit (`web.yaml~`, `#web.yaml#`).
    package static func isIgnored(_ name: String) -> Bool {
        name.hasPrefix(".") || name.hasSuffix("~") || (name.hasPrefix("#") && name.hasSuffix("#"))
    }

    /// Looks at a path. Links are followed; what is neither a regular file nor a directory is never opened for reading.
    package static func look(at path: FilePath, known mark: Mark?, isInBundle: Bool = false) -> Finding {
        do throws(SyscallError) {
            guard let status = try followedStatus(path) else { return .nothing }
            switch status.kind {
            case .regular: break
            case .directory where isInBundle: return .passedOver("it is a directory within a directory")
            case .directory: return ManifestBundle.look(at: path, known: mark, status)
            default: return .unreadable("it is not a regular file")
            }
            let new = Mark(status: status)
            if new == mark { return .unchanged }
            guard status.size <= UInt64(Manifest.maximumSize) else {
                return .unreadable("it is larger than \(Manifest.maximumSize >> 20) MiB")
            }
            return try read(path, new)
        } catch {
            return error.errno == .noSuchFileOrDirectory ? .nothing : .unreadable("\(error)")
        }
    }

    private static func read(_ path: FilePath, _ mark: Mark) throws(SyscallError) -> Finding {
        // Non-blocking: between the look and the opening it may have become a FIFO.
        let file = try openFile(path, [.readOnly, .nonBlocking])
        let limit = Manifest.maximumSize
        do {
            let bytes = try file.borrow { fd in try fd.readToEnd(limit: limit) }
            // What a power cut makes of a file; and no directory's files, which are kept together as such a text.
            guard bytes.first != 0 else { return .unreadable("not text: it contains the byte 0x0") }
            return .content(bytes, mark)
        } catch let error as Errno where error == .fileTooLarge {
            return .unreadable("it is larger than \(limit >> 20) MiB")
        } catch let error as Errno {
            throw SyscallError("read \(path)", error)
        } catch {
            return .unreadable("\(error)")
        }
    }

    /// Begins with what the place gave an earlier agent.
    mutating func recall(_ memory: ManifestMemory?, at path: FilePath, nodeName: String, now: Time) {
        guard let text = memory?.recall(path.string) else { return }
        let earlier = ManifestText(text, from: .file(path: path.string), nodeName: nodeName, seen: now)
        (pods, objects) = (earlier.pods, earlier.objects)
    }

    /// Takes what was found; true if that changed anything that is worth a word.
    mutating func take(_ finding: Finding, at path: FilePath, nodeName: String, now: Time) -> Bool {
        let before = (errors, warnings)
        switch finding {
        case .nothing, .unchanged: return false
        case .passedOver(let reason):
            (mark, bytes, pods, errors, warnings) = (nil, [], [], [], [reason])
            objects = LocalObjects()
        case .unreadable(let problem):
            (mark, bytes, errors, warnings) = (nil, [], [problem], [])
        case .content(let new, let mark):
            self.mark = mark
            if new == bytes && !new.isEmpty { return false }
            bytes = new
            let text = ManifestText(
                new, from: .file(path: path.string), nodeName: nodeName, seen: now, last: pods, lastObjects: objects)
            (pods, objects, errors, warnings) = (text.pods, text.objects, text.errors, text.warnings)
            return true
        }
        return before != (errors, warnings)
    }
}

/// What is at a path, links followed; `nil` when there is nothing, as with a link to nowhere.
func followedStatus(_ path: FilePath) throws(SyscallError) -> FileStatus? {
    do throws(SyscallError) {
        let file = try openFile(path, [.path])
        return try file.borrow { fd throws(SyscallError) in try fd.status() }
    } catch {
        if error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory { return nil }
        throw error
    }
}
