import Linux
import SystemPackage

/// The node's directory of logs, as it is shown: nothing that does not lie in it, whatever its links say.
struct LogDirectory: Sendable {
    enum Found: ~Copyable {
        case file(OwnedFileDescriptor, FileStatus)
        /// Names, those of directories with a slash at the end.
        case directory([String], FileStatus)
    }

    let root: FilePath

    /// `nil`: there is nothing, or nothing that is shown.
    ///
    /// Links are followed as the machine does, since those of containers' logs are absolute. What they lead to is then
    /// opened by its own path, which must begin in this directory and have no link left in it.
    func find(_ components: [String]) throws -> Found? {
        guard let place = try place(of: components) else { return nil }
        do throws(SyscallError) {
            let top = try openDirectory(root)
            let file = try top.borrow { fd throws(SyscallError) in
                try fd.open(
                    place, [.readOnly, .nonBlocking, .noTerminal], resolve: [.beneath, .noLinks, .noMagicLinks])
            }
            let status = try file.borrow { fd throws(SyscallError) in try fd.status() }
            switch status.kind {
            case .regular: return .file(file, status)
            case .directory: return .directory(try names(in: root.appending(place.components)), status)
            default: return nil
            }
        } catch {
            if [.noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels, .improperLink].contains(error.errno)
            {
                return nil
            }
            throw error
        }
    }

    /// The path below the root that the components lead to; `nil`: they lead out of it, or nowhere.
    private func place(of components: [String]) throws -> FilePath? {
        var path = root
        for component in components where !component.isEmpty {
            guard let component = FilePath.Component(component), component.kind == .regular else { return nil }
            path.append(component)
        }
        let (here, there): (FilePath, FilePath)
        do throws(SyscallError) {
            (here, there) = (try realPath(root), try realPath(path))
        } catch {
            return nil
        }
        guard there.starts(with: here) else { return nil }
        let rest = Array(there.components.dropFirst(here.components.count))
        return rest.isEmpty ? "." : FilePath(root: nil, rest)
    }

    /// Where a path leads, without a link. What is there is not opened: nothing happens to it.
    private func realPath(_ path: FilePath) throws(SyscallError) -> FilePath {
        let file = try FileDescriptor.workingDirectory.open(path, [.path], resolve: [.noMagicLinks])
        return try file.borrow { fd throws(SyscallError) in
            let target = try FileDescriptor.workingDirectory.linkTarget(of: "/proc/self/fd/\(fd.rawValue)")
            return FilePath(target ?? "")
        }
    }

    private func names(in directory: FilePath) throws(SyscallError) -> [String] {
        var names: [String] = []
        for name in try directoryEntries(directory) {
            let isDirectory = try fileStatus(directory.appending(name))?.kind == .directory
            names.append(isDirectory ? name + "/" : name)
        }
        return names.sorted()
    }
}
