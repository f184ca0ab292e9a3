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

    /// Writes an entry, or replaces it.
    ///
    /// - Parameter durably: Whether it is on the disk when the call returns: so for what a power cut leaves held.
    ///   Another entry outlives the agent in any case, and may be missing after a power cut.
    package func record(_ content: [UInt8], _ kind: Kind, key: String, durably: Bool = true) throws {
        let directory = root.appending(kind.name)
        try makeDirectories(directory)
        try replaceFile(at: directory.appending(FilePath.Component(checked: key)), with: content, durably: durably)
    }

    /// Strikes an entry out. One that is not there is no error.
    package func erase(_ kind: Kind, key: String) throws {
        try removeFile(at: root.appending(kind.name).appending(FilePath.Component(checked: key)))
    }

    /// What an entry holds; `nil` if there is none, or the power went before its content was on the disk.
    package func content(_ kind: Kind, key: String) throws -> [UInt8]? {
        let file = root.appending(kind.name).appending(FilePath.Component(checked: key))
        guard let content = try readFile(at: file, ifExists: true), !content.isEmpty else { return nil }
        return content
    }

    /// Removes entries that were being written when the agent ended, and those that a power cut has emptied.
    package func removeUnfinished() throws {
        for kind in try directoryEntries(root).map(Kind.init) {
            try removeUnfinishedFiles(in: root.appending(kind.name))
            for key in try keys(kind) where try content(kind, key: key) == nil { try erase(kind, key: key) }
        }
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
