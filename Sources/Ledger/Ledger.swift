import Linux
package import SystemPackage

/// What the node has taken and must give back: written down before it is taken, found again after a crash.
///
/// One file an entry, `<root>/<kind>/<key>`, replaced as a whole. The content belongs to the module that holds the
/// thing; the ledger only keeps it.
package struct Ledger: Sendable {
    /// What kind of thing is held; the name of the directory that its entries lie in.
    package struct Kind: Hashable, Sendable {
        package let name: String
        package init(_ name: String) { self.name = name }
    }

    package let root: FilePath

    package init(root: FilePath) { self.root = root }

    /// Writes an entry, or replaces it. It is on disk when the call returns.
    package func record(_ content: [UInt8], _ kind: Kind, key: String) throws {
        let directory = root.appending(kind.name)
        try makeDirectories(directory)
        try replaceFile(at: directory.appending(FilePath.Component(checked: key)), with: content)
    }

    /// Strikes an entry out. One that is not there is no error.
    package func erase(_ kind: Kind, key: String) throws {
        try removeFile(at: root.appending(kind.name).appending(FilePath.Component(checked: key)))
    }

    package func content(_ kind: Kind, key: String) throws -> [UInt8]? {
        try readFile(at: root.appending(kind.name).appending(FilePath.Component(checked: key)), ifExists: true)
    }

    /// Removes entries that were being written when the agent ended.
    package func removeUnfinished() throws {
        for kind in try directoryEntries(root) { try removeUnfinishedFiles(in: root.appending(kind)) }
    }

    /// The keys of all entries of a kind, sorted.
    package func keys(_ kind: Kind) throws -> [String] {
        try directoryEntries(root.appending(kind.name)).filter { !$0.hasSuffix(".new") }.sorted()
    }
}

extension FilePath.Component {
    /// A key that holds a separator would leave the ledger's directory: a fault in our code, never input.
    fileprivate init(checked key: String) {
        guard let component = Self(key), component.kind == .regular else {
            preconditionFailure("a ledger key must be one path component: \(key)")
        }
        self = component
    }
}
