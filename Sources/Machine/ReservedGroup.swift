package import Cgroups
import Logging
package import Pods
package import SystemPackage
import Units

/// A group of the node's own services, of which the configuration says what it may use.
///
/// Source: facts of kubelet, §5.5; kubernetes `enforceExistingCgroup`.
package struct ReservedGroup: Equatable, Sendable {
    /// As events name it.
    package enum Kind: String, Sendable { case system = "System", kube = "Kube" }

    package var kind: Kind
    /// As the configuration has it: `/system`, which is `system.slice` where systemd makes groups.
    package var name: String
    package var settings: CgroupSettings

    /// - Parameters:
    ///   - amounts: what is reserved, and so may be used; nil: not said, and not limited.
    ///   - isCompressible: only CPU time, which can be taken back at any moment, is limited.
    ///   - keepsMemory: memory that is reserved is kept from reclaim as well (`MemoryQoS`).
    package init(
        _ kind: Kind, name: String, cpu: MilliCPU?, memory: ByteCount?, pids: Int64?, isCompressible: Bool,
        keepsMemory: Bool
    ) {
        (self.kind, self.name, settings) = (kind, name, CgroupSettings())
        if let cpu {
            settings.append(.init(.cpu, "cpu.weight", "\(CPUShares(milliCPU: cpu.thousandths).linearWeight)"))
        }
        if isCompressible { return }
        if let memory {
            if keepsMemory { settings.append(.init(.memory, "memory.min", "\(memory.bytes)")) }
            settings.append(.init(.memory, "memory.max", "\(memory.bytes)"))
        }
        if let pids { settings.append(.init(.pids, "pids.max", "\(pids)")) }
    }

    /// Below the root of the tree. Where systemd makes groups, the last part of the name is a slice's: each `-` in it is
    /// a level. Source: kubernetes `ParseSystemdToCgroupName`, `ToSystemd`.
    package func path(isSystemd: Bool) throws -> FilePath {
        let components = name.split(separator: "/").map(String.init)
        guard isSystemd, let last = components.last else { return FilePath(components.joined(separator: "/")) }
        return FilePath(try ScopeName.expand(slice: last.hasSuffix(".slice") ? last : "\(last).slice"))
    }

    /// Limits the group, which must be there: whoever runs the services makes it.
    ///
    /// - Parameter mount: where the tree begins.
    package func enforce(below mount: FilePath, isSystemd: Bool) throws {
        do {
            if settings.settings.isEmpty { throw Unenforced.nothingReserved(name) }
            let path = try path(isSystemd: isSystemd)
            let group = Cgroup(path: mount.appending(path.components))
            guard try group.exists, let unit = path.lastComponent?.string else { throw Unenforced.missing(name) }
            // A group has the files of those controllers that the groups above it give on.
            var above = mount
            for component in path.components {
                _ = try Cgroup(path: above).enable(settings.controllers)
                above.append(component)
            }
            // systemd writes its own values over those of its units at each reload.
            if isSystemd { try UnitManager().set(UnitProperty.properties(for: settings), of: unit) }
            try group.enforce(settings)
            Logger.current.notice(
                "Updated limits on \(kind.rawValue.lowercased()) reserved cgroup \(name)",
                metadata: ["limits": "\(settings.settings.map { "\($0.file) = \($0.value)" }.joined(separator: ", "))"])
        } catch {
            throw Failure(group: self, cause: error)
        }
    }

    private enum Unenforced: Error, CustomStringConvertible {
        case nothingReserved(String), missing(String)

        var description: String {
            switch self {
            case .nothingReserved(let name): "\"\(name)\" cgroup is not configured properly"
            case .missing(let name): "\"\(name)\" cgroup does not exist"
            }
        }
    }

    package struct Failure: Error, CustomStringConvertible {
        let group: ReservedGroup
        let cause: any Error
        package var description: String {
            "Failed to enforce \(group.kind.rawValue) Reserved Cgroup Limits on \"\(group.name)\": \(cause)"
        }
    }
}
