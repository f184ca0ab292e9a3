/// Ids of the host's users and groups that pods' user namespaces are mapped to: parts of one size, each one pod's.
///
/// Source: facts of kubelet, §9.4; kubernetes `pkg/kubelet/userns/userns_manager.go`, and its words.
package struct UserIDPool: Equatable, Sendable {
    /// So many ids, one after the other.
    package struct Range: Hashable, Sendable {
        package var first: UInt32
        package var count: UInt32
        package init(first: UInt32, count: UInt32) {
            self.first = first
            self.count = count
        }
        /// The first id behind them: 2³² behind the last there is.
        var end: UInt64 { UInt64(first) + UInt64(count) }
    }

    /// The ids cannot be given to pods.
    package struct Unfit: Error, Equatable, CustomStringConvertible {
        package var description: String
        init(_ problem: String) { description = "kubelet mappings: \(problem)" }
    }

    private let all: Range
    package let idsPerPod: UInt32

    /// All ids but those below the first part: root's, and the host's own users'.
    package init(idsPerPod: Int = 65536, maxPods: Int) throws(Unfit) {
        // As the kubelet: 2³² less the first part, as far as 32 bits hold it.
        let first = UInt32(clamping: idsPerPod)
        try self.init(Range(first: first, count: UInt32(clamping: 1 << 32 - UInt64(first))), idsPerPod, maxPods)
    }

    /// The ids that are the user `kubelet`'s, as `getsubids kubelet` and `getsubids -g kubelet` tell of them.
    package init(subordinateUsers: String, groups: String, idsPerPod: Int = 65536, maxPods: Int) throws(Unfit) {
        guard subordinateUsers == groups else {
            throw Unfit("mismatched subuids and subgids for user \"kubelet\"")
        }
        try self.init(try Self.range(subordinateUsers), idsPerPod, maxPods)
    }

    private init(_ range: Range, _ idsPerPod: Int, _ maxPods: Int) throws(Unfit) {
        let size = UInt32(clamping: idsPerPod)
        guard size > 0, size % 65536 == 0 else {
            throw Unfit("kubelet user namespace length \(idsPerPod) is not a multiple of 65536")
        }
        guard range.first % size == 0 else {
            throw Unfit("kubelet user assigned ID \(range.first) is not a multiple of \(size)")
        }
        // Root and the host's own users are nobody's in a pod.
        guard range.first >= size else {
            throw Unfit("kubelet user assigned ID \(range.first) must be greater or equal to \(size)")
        }
        guard range.count % size == 0 else {
            throw Unfit("kubelet user assigned IDs length \(range.count) is not a multiple of \(size)")
        }
        guard Int(range.count / size) >= maxPods else {
            throw Unfit("kubelet user assigned IDs are not enough to support \(maxPods) pods")
        }
        all = range
        self.idsPerPod = size
    }

    /// A line such as `0: kubelet 65536 2147483648`.
    private static func range(_ text: String) throws(Unfit) -> Range {
        let lines = text.split(separator: "\n")
        guard lines.count == 1, let line = lines.first else {
            throw Unfit("error parsing line \"\(text)\": it must contain only one line")
        }
        let words = line.split(whereSeparator: \.isWhitespace)
        guard words.count == 4 else { throw Unfit("invalid line \"\(line)\"") }
        guard let first = UInt32(words[2]), let count = UInt32(words[3]) else {
            throw Unfit("error parsing line \"\(text)\"")
        }
        return Range(first: first, count: count)
    }

    /// The first part of which nothing is taken; `nil`: there is none.
    ///
    /// - Parameter taken: ranges that may be older than the pool, and so of another size or outside of it.
    package func firstFree(besides taken: some Sequence<Range>) -> Range? {
        var used: Set<UInt64> = []
        let (start, size) = (UInt64(all.first), UInt64(idsPerPod))
        for range in taken {
            let (low, high) = (max(start, UInt64(range.first)), min(all.end, range.end))
            if low < high { used.formUnion((low - start) / size...(high - 1 - start) / size) }
        }
        // The last id of all, 2³² - 1, is none: the kernel maps no part that has it. kubernetes/kubernetes#139916.
        let parts = (min(all.end, UInt64(UInt32.max)) - start) / size
        guard let free = (0..<parts).first(where: { !used.contains($0) }) else { return nil }
        return Range(first: UInt32(start + free * size), count: idsPerPod)
    }
}
