package import Foundation
import Linux
import SystemPackage

/// All that pods take on a machine, by kind, with names: two of them compare as what was left or lost.
package struct Census: Equatable, CustomStringConvertible {
    package var held: [String: [String]] = [:]

    package var description: String {
        held.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.joined(separator: " "))" }.joined(separator: "\n")
    }

    /// What is there and was not in `earlier`, and the reverse. Open files of the agent may be fewer: it closes some
    /// a while after it used them.
    package func difference(from earlier: Census) -> [String] {
        held.keys.sorted().flatMap { kind -> [String] in
            let (now, then) = (held[kind] ?? [], earlier.held[kind] ?? [])
            return now.difference(from: then).compactMap { change in
                switch change {
                case .insert(_, let name, _): "\(kind) +\(name)"
                case .remove(_, let name, _): kind == "descriptors" ? nil : "\(kind) -\(name)"
                }
            }
        }
    }
}

extension AgentProcess {
    /// What there is now of everything that pods of this agent take.
    package func census() throws -> Census {
        var census = Census()
        census.held["link"] = try names("/sys/class/net")
        census.held["lease"] = try names(leases.path).filter { $0.first?.isNumber ?? false }
        census.held["mount"] = try mounts()
        census.held["cgroup"] = try cgroups().map { String($0.path.dropFirst(cgroupRoot.path.count)) }.sorted()
        census.held["process"] = try processes()
        census.held["descriptors"] = try names("/proc/\(pid)/fd").compactMap { number in
            // Sockets and pipes have a number of their own each.
            let file = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/\(number)")
            return file?.replacing(/:\[\d+\]$/, with: "")
        }.sorted()
        for place in [
            "root/pods", "root/ledger/pods", "root/ledger/network", "root/cni/results", "state/pods", "state/netns",
            "state/statuses", "logs", "container-logs",
        ] { census.held[place] = try names(directory.appending(path: place).path) }
        return census
    }

    package var leases: URL { directory.appending(path: "leases/test") }

    private func names(_ path: String) throws -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: path))?.sorted() ?? []
    }

    /// Those of this mount namespace, agent and tests alike: pods' namespaces and shared memory are among them.
    func mounts() throws -> [String] {
        // Foundation reads no more than a page of it, and a machine may have many mounts.
        String(decoding: try readFile(at: "/proc/self/mountinfo") ?? [], as: UTF8.self).split(separator: "\n").map {
            String($0.split(separator: " ")[4])
        }.sorted()
    }

    /// Programs that see the same mounts as the agent, and whatever is in its cgroups: shims, pauses, containers.
    private func processes() throws -> [String] {
        let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/mnt")
        let near = try names("/proc").compactMap { Int32($0) }.filter {
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\($0)/ns/mnt")) == own
        }
        let inside = try cgroups().flatMap(members)
        return Set(near + inside).compactMap { pid in
            guard let stat = try? ProcessStat(pid: pid), stat.state != "Z", stat.state != "X" else { return nil }
            return (try? String(contentsOfFile: "/proc/\(pid)/comm", encoding: .utf8))?.trimmingCharacters(
                in: .newlines)
        }.sorted()
    }

    /// The shims and the zygote.
    package func keepers() throws -> [Int32] { members(of: cgroupRoot.appending(path: "shims")).sorted() }

    /// Processes anywhere on the machine that were started with an argument, which is theirs alone.
    package func processes(withArgument argument: String) throws -> [Int32] {
        try names("/proc").compactMap { Int32($0) }.filter { pid in
            guard let line = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") else { return false }
            return line.split(separator: 0).contains { $0.elementsEqual(argument.utf8) }
        }
    }
}
