import Linux

/// The words of a mount's `options`, sorted by what they do. Of words that contradict each other the last one holds.
///
/// Source: runtime-spec, config.md, "Linux mount options"; a word that is not in its table is data for the file system.
struct MountOptions: Equatable, Sendable {
    enum IDMap: Equatable, Sendable { case plain, recursive }

    var isBind = false
    var isRecursive = false
    /// Changes what is mounted there already.
    var isRemount = false
    /// A tmpfs begins with what lay below it.
    var copiesUp = false
    var set: MountAttributes = []
    var clear: MountAttributes = []
    /// Attributes for this mount and all below it: `mount_setattr(2)` with AT_RECURSIVE.
    var setBelow: MountAttributes = []
    var clearBelow: MountAttributes = []
    var propagation: MountPropagation?
    var propagatesBelow = false
    var idMap: IDMap?
    var data: [InitProgram.MountOption] = []

    init(_ words: [String]) {
        for word in words where !take(word) {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            data.append(.init(parts[0], parts.count > 1 ? parts[1] : nil))
        }
    }

    private mutating func take(_ word: String) -> Bool {
        if Self.silentWords.contains(word) { return true }
        if let change = Self.attributes[word] {
            (set, clear) = Self.apply(change, to: (set, clear))
            return true
        }
        if word.hasPrefix("r"), let change = Self.attributes[String(word.dropFirst())] {
            (setBelow, clearBelow) = Self.apply(change, to: (setBelow, clearBelow))
            return true
        }
        if let propagation = Self.propagations[word.hasPrefix("r") ? String(word.dropFirst()) : word] {
            (self.propagation, propagatesBelow) = (propagation, word.hasPrefix("r"))
            return true
        }
        switch word {
        case "bind": isBind = true
        case "rbind": (isBind, isRecursive) = (true, true)
        case "remount": isRemount = true
        case "tmpcopyup": copiesUp = true
        case "idmap": idMap = .plain
        case "ridmap": idMap = .recursive
        default: return false
        }
        return true
    }

    private typealias Change = (set: MountAttributes, clear: MountAttributes)

    private static func apply(
        _ change: Change, to old: (MountAttributes, MountAttributes)
    ) -> (MountAttributes, MountAttributes) {
        (
            old.0.subtracting(change.clear).union(change.set), old.1.subtracting(change.set).union(change.clear)
        )
    }

    /// Three bits hold one of relatime (0), noatime and strictatime: they change together. To have neither relatime nor
    /// strictatime is no wish for another.
    ///
    /// Each has its recursive form with an `r` before it.
    private static let attributes: [String: Change] = [
        "ro": (.readOnly, []), "rw": ([], .readOnly), "nosuid": (.noSetUserID, []), "suid": ([], .noSetUserID),
        "nodev": (.noDevices, []), "dev": ([], .noDevices), "noexec": (.noExecute, []), "exec": ([], .noExecute),
        "noatime": (.noAccessTime, .accessTime), "atime": ([], .accessTime), "relatime": ([], .accessTime),
        "norelatime": ([], []), "strictatime": (.strictAccessTime, .accessTime), "nostrictatime": ([], []),
        "nodiratime": (.noDirectoryAccessTime, []),
        "diratime": ([], .noDirectoryAccessTime), "nosymfollow": (.noLinkFollow, []),
        "symfollow": ([], .noLinkFollow),
    ]

    private static let propagations: [String: MountPropagation] = [
        "private": .private, "slave": .slave, "shared": .shared, "unbindable": .unbindable,
    ]

    /// What is so anyway, or what only `mount(2)` itself could be told: not to write to the kernel's log, and to count
    /// changes of inodes, which file systems now do of themselves.
    private static let silentWords: Set<String> = ["defaults", "loud", "silent", "iversion", "noiversion"]
}

extension MountOptions {
    /// What `fsconfig(2)` is told: the source, by which programs in the container know a mount from another, and the
    /// data. A file system on a device, or of another machine, is also made read-only itself: its device may not be
    /// writable.
    func filesystemData(type: String, source: String?) -> [InitProgram.MountOption] {
        guard let source, !source.isEmpty else { return data }
        let isItselfReadOnly = set.contains(.readOnly) && !Self.virtualTypes.contains(type)
        return [.init("source", source)] + (isItselfReadOnly ? [.init("ro")] : []) + data
    }

    private static let virtualTypes: Set<String> = [
        "proc", "sysfs", "tmpfs", "devpts", "mqueue", "cgroup2", "overlay",
    ]
}
