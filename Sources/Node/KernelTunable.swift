import Linux
import Logging
package import SystemPackage

/// A setting of the whole kernel that a node's pods rely on. Source: facts of kubelet, §5.6.
package struct KernelTunable: Equatable, Sendable, CustomStringConvertible {
    /// Below `/proc/sys`.
    package var path: String
    package var expected: String
    package var found: String

    package var description: String { "\(path) is \(found), expected \(expected)" }

    static let all = [
        ("vm/overcommit_memory", "1"), ("vm/panic_on_oom", "0"), ("kernel/panic", "10"), ("kernel/panic_on_oops", "1"),
        ("kernel/keys/root_maxkeys", "1000000"), ("kernel/keys/root_maxbytes", "25000000"),
    ]

    /// Those that are not as they should be. What this kernel does not have is passed over.
    package static func deviations(below root: FilePath = "/proc/sys") throws -> [KernelTunable] {
        try all.compactMap { path, expected in
            guard let bytes = try readFile(at: root.pushing(FilePath(path)), ifExists: true) else { return nil }
            let found = String(decoding: bytes.filter { $0 > 0x20 }, as: UTF8.self)
            return found == expected ? nil : KernelTunable(path: path, expected: expected, found: found)
        }
    }

    /// Sets what deviates; where that is not wanted a deviation is an error. What cannot be set is told of in one line.
    package static func settle(isProtected: Bool, below root: FilePath = "/proc/sys") throws {
        let deviations = try deviations(below: root)
        if isProtected, !deviations.isEmpty { throw Deviating(tunables: deviations) }
        var failures: [String] = []
        for tunable in deviations {
            do {
                let file = try FileDescriptor.open(
                    root.pushing(FilePath(tunable.path)), .writeOnly, options: .closeOnExec)
                _ = try file.closeAfter { try file.writeAll(Array(tunable.expected.utf8)) }
            } catch {
                failures.append("\(tunable) (\(error))")
            }
        }
        if !failures.isEmpty {
            Logger.current.warning(
                "Kernel settings cannot be made", metadata: ["settings": "\(failures.joined(separator: ", "))"])
        }
    }

    package struct Deviating: Error, CustomStringConvertible {
        package var tunables: [KernelTunable]
        package var description: String {
            "protectKernelDefaults: \(tunables.map(\.description).joined(separator: ", "))"
        }
    }
}

/// The swap of this machine. Source: facts of kubelet, §5.8.
package enum Swap {
    /// What is swapped to. The first line of `/proc/swaps` is its head: `proc_swaps(5)`.
    package static func devices(in text: String) -> [String] {
        text.split(separator: "\n").dropFirst().compactMap {
            $0.split(whereSeparator: \.isWhitespace).first.map(String.init)
        }
    }

    /// Bytes of all that is swapped to; the file counts in 1024 of them.
    package static func capacity(in text: String) -> Int64 {
        text.split(separator: "\n").dropFirst().reduce(0) { sum, line in
            let words = line.split(whereSeparator: \.isWhitespace)
            return sum + (words.count > 2 ? Int64(words[2]) ?? 0 : 0) * 1024
        }
    }

    /// Of this machine.
    package static func capacity(_ path: FilePath = "/proc/swaps") throws -> Int64 {
        capacity(in: String(decoding: try readFile(at: path, ifExists: true) ?? [], as: UTF8.self))
    }

    /// Throws if there is any.
    package static func refuse(_ path: FilePath = "/proc/swaps") throws {
        let devices = devices(in: String(decoding: try readFile(at: path, ifExists: true) ?? [], as: UTF8.self))
        if !devices.isEmpty { throw IsOn(devices: devices) }
    }

    package struct IsOn: Error, CustomStringConvertible {
        package var devices: [String]
        package var description: String {
            "running with swap on is not supported, please disable swap or set failSwapOn to false: "
                + devices.joined(separator: ", ")
        }
    }
}
