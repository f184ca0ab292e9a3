import Linux
package import SystemPackage

/// Where this machine has its cgroup v2 tree: at `/sys/fs/cgroup`, at `…/unified` of a hybrid one, or elsewhere.
package enum CgroupMount {
    /// Finds the tree in a process's mount table; `nil` when there is none.
    ///
    /// Of several mounts the one that shows the tree from its root wins, then the last: it may hide those before it.
    package static func find(mountinfo: FilePath = "/proc/self/mountinfo") throws -> Cgroup? {
        let text = String(decoding: try readFile(at: mountinfo) ?? [], as: UTF8.self)
        return parse(text).map { Cgroup(path: FilePath($0)) }
    }

    /// Reads `/proc/<pid>/mountinfo`, `proc_pid_mountinfo(5)`: the fields are counted up to the separator ` - `.
    package static func parse(_ mountinfo: some StringProtocol) -> String? {
        var (whole, part): (String?, String?)
        for line in mountinfo.split(separator: "\n") {
            let words = line.split(separator: " ", omittingEmptySubsequences: false)
            guard let dash = words.firstIndex(of: "-"), dash >= 6, words.count > dash + 1, words[dash + 1] == "cgroup2"
            else { continue }
            let target = unescape(words[4])
            if words[3] == "/" { whole = target } else { part = target }
        }
        return whole ?? part
    }

    /// The path of a process's group in the tree: the line `0::/…` of `/proc/<pid>/cgroup`, `cgroups(7)`.
    package static func group(inProcFile text: some StringProtocol) -> String? {
        text.split(separator: "\n").first { $0.hasPrefix("0::") }.map { String($0.dropFirst(3)) }
    }

    /// Space, tab, newline and backslash stand as `\040` and the like.
    private static func unescape(_ text: some StringProtocol) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3,
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
            {
                bytes.append(value)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
