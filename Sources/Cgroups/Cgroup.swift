package import Linux
package import SystemPackage

/// One group of the cgroup v2 tree.
///
/// Source for the names and forms of all files: the kernel's `Documentation/admin-guide/cgroup-v2.rst`.
package struct Cgroup: Sendable, Hashable {
    /// Where the group lives, e.g. `/sys/fs/cgroup/kubepods/pod3f2a/app`. Tests give a temporary directory.
    package let path: FilePath

    package init(path: FilePath) { self.path = path }

    /// The group of that name below this one, whether it exists or not.
    package func child(_ name: String) -> Cgroup { Cgroup(path: path.appending(name)) }

    /// The group that this one is in.
    package var parent: Cgroup { Cgroup(path: path.removingLastComponent()) }

    /// Whether the group is there.
    package var exists: Bool { get throws(SyscallError) { try hasFile("cgroup.procs") } }

    package func read(_ file: String) throws -> String {
        String(decoding: try readFile(at: path.appending(file)) ?? [], as: UTF8.self)
    }

    /// Reads a file that an older kernel, or a group without the controller, does not have.
    package func read(_ file: String, ifExists: Bool) throws -> String? {
        do {
            return try readFile(at: path.appending(file), ifExists: ifExists).map {
                String(decoding: $0, as: UTF8.self)
            }
        } catch let error as SyscallError where ifExists && Refusal.isAbsence(error.errno) {
            return nil
        }
    }

    /// Writes a value. What the kernel's refusal means is said in the error.
    package func write(_ value: String, to file: String) throws {
        let target = path.appending(file)
        do {
            try naming("write \"\(value)\" to \(target)") {
                let fd = try FileDescriptor.open(target, .writeOnly, options: .closeOnExec)
                try fd.closeAfter { _ = try fd.writeAll(value.utf8) }
            }
        } catch let error as SyscallError {
            guard let explanation = Refusal.explanation(file: file, errno: error.errno, type: try? type()) else {
                throw error
            }
            throw SyscallError("\(error.operation) (\(explanation))", error.errno)
        }
    }

    package func hasFile(_ file: String) throws(SyscallError) -> Bool { try fileExists(at: path.appending(file)) }

    /// What `cgroup.type` says: `domain`, `domain threaded`, `domain invalid`, `threaded`; `nil` for the root.
    package func type() throws -> String? {
        try read("cgroup.type", ifExists: true).map { String($0.prefix { !$0.isNewline }) }
    }
}
