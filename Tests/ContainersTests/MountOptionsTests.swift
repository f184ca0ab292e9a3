import Linux
import OCI
import Testing

@testable import Containers

@Suite struct `The words of a mount` {
    private static let attributes: [([String], MountAttributes, MountAttributes)] = [
        (["ro"], .readOnly, []), (["ro", "rw"], [], .readOnly), (["rw", "ro"], .readOnly, []),
        (["nosuid", "nodev", "noexec"], [.noSetUserID, .noDevices, .noExecute], []),
        (["noatime"], .noAccessTime, .strictAccessTime), (["relatime"], [], .accessTime),
        (["nosymfollow", "symfollow"], [], .noLinkFollow), (["nodiratime"], .noDirectoryAccessTime, []),
        (["defaults", "loud", "silent", "iversion", "noiversion"], [], []),
    ]

    @Test(arguments: attributes)
    func `set and clear attributes, the last one holding`(words: [String], set: MountAttributes, clear: MountAttributes)
    {
        let options = MountOptions(words)
        #expect(options.set == set)
        #expect(options.clear.subtracting(.accessTime) == clear.subtracting(.accessTime))
        #expect(options.setBelow.isEmpty && options.clearBelow.isEmpty && options.data.isEmpty)
    }

    @Test(arguments: [
        "rro", "rrw", "rsuid", "rnosuid", "rdev", "rnodev", "rexec", "rnoexec", "ratime", "rnoatime", "rdiratime",
        "rnodiratime", "rrelatime", "rstrictatime", "rsymfollow", "rnosymfollow",
    ])
    func `have recursive forms`(word: String) {
        let options = MountOptions([word])
        #expect(!options.setBelow.isEmpty || !options.clearBelow.isEmpty)
        #expect(options.set.isEmpty && options.clear.isEmpty && options.data.isEmpty)
    }

    @Test(arguments: ["norelatime", "nostrictatime", "rnorelatime", "rnostrictatime"])
    func `that want one way of access times not keep the other`(word: String) {
        #expect(MountOptions([word]) == MountOptions([]))
    }

    @Test(arguments: [
        ("private", MountPropagation.private, false), ("rprivate", .private, true), ("rslave", .slave, true),
        ("rshared", .shared, true), ("shared", .shared, false), ("runbindable", .unbindable, true),
    ])
    func `say how far propagation goes`(word: String, propagation: MountPropagation, isBelow: Bool) {
        let options = MountOptions([word])
        #expect(options.propagation == propagation && options.propagatesBelow == isBelow)
    }

    @Test func `that are no words are the file system's`() {
        let options = MountOptions(["size=1m", "sync", "lowerdir=/a=b", "rbind", "ridmap", "tmpcopyup", "remount"])
        #expect(options.data == [.init("size", "1m"), .init("sync"), .init("lowerdir", "/a=b")])
        #expect(options.isBind && options.isRecursive && options.isRemount && options.copiesUp)
        #expect(options.idMap == .recursive)
        #expect(
            MountOptions(["ro", "noload"]).filesystemData(type: "ext4", source: "/dev/sda1")
                == [.init("source", "/dev/sda1"), .init("ro"), .init("noload")])
        #expect(MountOptions(["ro"]).filesystemData(type: "sysfs", source: "sysfs") == [.init("source", "sysfs")])
        #expect(MountOptions(["ro"]).filesystemData(type: "tmpfs", source: "").isEmpty)
    }
}
