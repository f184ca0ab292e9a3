import Linux
import Pods
import SystemPackage

/// What the kubelet checks of a `hostPath` before a container sees it.
///
/// Source: `pkg/volume/hostpath`, the table of facts about volume types: what is missing is made only for the two
/// `…OrCreate` types, and every mismatch names the path and what was expected.
enum HostPathCheck {
    struct Mismatch: Error, Equatable, CustomStringConvertible {
        let path: FilePath
        let expected: String
        var description: String { "hostPath type check failed: \(path) is not \(expected)" }
    }

    static func prepare(_ path: FilePath, type: Pod.HostPathType) throws {
        switch type {
        case .unset:
            // As the runtimes do: a missing source becomes a directory, for the container would not start without.
            if try FileKind(at: path) == nil { try makeDirectories(path) }
        case .directoryOrCreate:
            if try FileKind(at: path) == nil { try makeDirectories(path) }
            try expect(.directory, "a directory", at: path)
        case .fileOrCreate:
            if try FileKind(at: path) == nil { try createEmptyFile(at: path, mode: 0o644) }
            try expect(.regular, "a file", at: path)
        case .directory: try expect(.directory, "a directory", at: path)
        case .file: try expect(.regular, "a file", at: path)
        case .socket: try expect(.socket, "a socket", at: path)
        case .characterDevice: try expect(.characterDevice, "a character device", at: path)
        case .blockDevice: try expect(.blockDevice, "a block device", at: path)
        }
    }

    private static func expect(_ kind: FileKind, _ words: String, at path: FilePath) throws {
        guard try FileKind(at: path) == kind else { throw Mismatch(path: path, expected: words) }
    }
}
