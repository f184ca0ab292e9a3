import CLinux
import Glibc
package import SystemPackage

extension NetworkNamespace {
    /// Makes an empty network namespace and binds it to a file, which keeps it alive until ``remove()``.
    ///
    /// A thread of its own unshares (`unshare(2)` moves only the calling thread), binds its namespace and ends. The
    /// directory needs no special propagation: `unlink(2)` of the file detaches the mount in every other mount
    /// namespace as well (Linux 3.13).
    package static func create(at path: FilePath) async throws -> NetworkNamespace {
        try makeFile(at: path)
        do {
            try await onOwnThread {
                try syscall("unshare the network namespace") { linux_netns_unshare() }
                // Source: proc(5): Linux 3.17.
                try bind("/proc/thread-self/ns/net", to: path)
            }
        } catch {
            try? removeFile(at: path)
            throw error
        }
        return NetworkNamespace(path: path)
    }

    /// Binds the namespace that a process is in to a file, as ``create(at:)`` binds a new one: it belongs to the user
    /// namespace of the process that made it.
    ///
    /// The number may have become another process' by then: whoever calls looks afterwards whether its process lives.
    package static func bind(ofProcess pid: Int32, at path: FilePath) throws -> NetworkNamespace {
        try makeFile(at: path)
        do { try bind("/proc/\(pid)/ns/net", to: path) } catch {
            try? removeFile(at: path)
            throw error
        }
        return NetworkNamespace(path: path)
    }

    private static func makeFile(at path: FilePath) throws {
        try makeDirectories(path.removingLastComponent())
        let file = try naming("create \(path)") {
            try FileDescriptor.open(
                path, .readOnly, options: [.create, .exclusiveCreate, .closeOnExec], permissions: [.ownerRead])
        }
        try file.close()
    }

    private static func bind(_ source: String, to path: FilePath) throws(SyscallError) {
        try syscall("bind a network namespace to \(path)") {
            unsafe path.withPlatformString { unsafe linux_netns_bind(source, $0) }
        }
    }

    /// Whether a namespace is bound to the file now. A file left by another boot is bound to nothing.
    package var exists: Bool {
        get throws(SyscallError) {
            do {
                return try syscall("statfs \(path)") {
                    unsafe path.withPlatformString { unsafe linux_netns_is_bound($0) }
                } == 1
            } catch  where error.errno == .noSuchFileOrDirectory || error.errno == .notDirectory {
                return false
            }
        }
    }

    /// Lets the namespace go, and removes its file. One that is not there is no error.
    ///
    /// The kernel takes it down, with its interfaces, when the last process and socket have left it.
    package func remove() throws(SyscallError) {
        // A file can carry more than one mount, after a crash between two of them.
        while try exists {
            try syscall("unmount \(path)") { unsafe path.withPlatformString { unsafe linux_netns_detach($0) } }
        }
        try removeFile(at: path)
    }

    /// All files in a directory that namespaces are or were bound to, by name.
    package static func all(in directory: FilePath) throws(SyscallError) -> [NetworkNamespace] {
        try directoryEntries(directory).sorted().map { NetworkNamespace(path: directory.appending($0)) }
    }
}
