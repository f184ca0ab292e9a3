/// An amount of processor time: thousandths of one CPU.
package struct MilliCPU: Codable, Hashable, Comparable, Sendable {
    package var thousandths: Int64
    package init(_ thousandths: Int64) { self.thousandths = thousandths }
    package static func < (a: Self, b: Self) -> Bool { a.thousandths < b.thousandths }
}

/// An amount of memory or disk. Never a bare integer.
package struct ByteCount: Codable, Hashable, Comparable, Sendable {
    package var bytes: Int64
    package init(_ bytes: Int64) { self.bytes = bytes }
    package static func < (a: Self, b: Self) -> Bool { a.bytes < b.bytes }
}

/// Amounts of the resources that a container asks for, or may use at most. What is absent was not given.
package struct ResourceAmounts: Equatable, Sendable {
    package var cpu: MilliCPU?
    package var memory: ByteCount?
    /// By page size as the API writes it: `2Mi`, `1Gi`.
    package var hugePages: [String: ByteCount] = [:]
    /// Of the node's, for logs, files of the container's own and empty directories.
    package var disk: ByteCount?

    package init(cpu: MilliCPU? = nil, memory: ByteCount? = nil, hugePages: [String: ByteCount] = [:]) {
        self.cpu = cpu
        self.memory = memory
        self.hugePages = hugePages
    }

    package var isEmpty: Bool { cpu == nil && memory == nil && hugePages.isEmpty }
}

extension ResourceAmounts {
    /// By the API's name, in its units: thousandths of a CPU, bytes. Nil: not given.
    package subscript(name: String) -> Int64? {
        switch name {
        case "cpu": cpu?.thousandths
        case "memory": memory?.bytes
        case "ephemeral-storage": disk?.bytes
        default: name.hasPrefix("hugepages-") ? hugePages[String(name.dropFirst("hugepages-".count))]?.bytes : nil
        }
    }
}
