import Linux

/// The words of a mount's `options`, sorted by what they do.
///
/// Source: runtime-spec, config.md, "Linux mount options"; a word that is not in its table is data for the file system.
struct MountOptions: Equatable, Sendable {
    var isBind = false
    var isRecursive = false
    var set: MountAttributes = []
    var clear: MountAttributes = []
    /// Attributes for this mount and all below it.
    var setBelow: MountAttributes = []
    var propagation: MountPropagation?
    var data: [InitProgram.MountOption] = []

    init(_ words: [String]) {
        for word in words { take(word) }
    }

    private mutating func take(_ word: String) {
        switch word {
        case "bind": isBind = true
        case "rbind": (isBind, isRecursive) = (true, true)
        case "ro": set.insert(.readOnly)
        case "rro": (set, setBelow) = (set.union(.readOnly), setBelow.union(.readOnly))
        case "rw": clear.insert(.readOnly)
        case "nosuid": set.insert(.noSetUserID)
        case "suid": clear.insert(.noSetUserID)
        case "nodev": set.insert(.noDevices)
        case "dev": clear.insert(.noDevices)
        case "noexec": set.insert(.noExecute)
        case "exec": clear.insert(.noExecute)
        case "noatime": set.insert(.noAccessTime)
        case "strictatime": set.insert(.strictAccessTime)
        case "nodiratime": set.insert(.noDirectoryAccessTime)
        case "nosymfollow": set.insert(.noLinkFollow)
        case "private", "rprivate": propagation = .private
        case "slave", "rslave": propagation = .slave
        case "shared", "rshared": propagation = .shared
        case "unbindable", "runbindable": propagation = .unbindable
        case "defaults", "relatime", "async", "loud", "atime": break
        default:
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            data.append(.init(parts[0], parts.count > 1 ? parts[1] : nil))
        }
    }
}
