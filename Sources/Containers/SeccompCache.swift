package import OCI

/// Compiled profiles, each compiled once: that takes milliseconds, a start of a container hardly one.
package actor SeccompCache {
    private var filters: [RuntimeSpec.Seccomp: SeccompFilter] = [:]
    /// Profiles differ with the capabilities; a pod author could invent any number.
    private static let capacity = 64

    package init() {}

    package func filter(for profile: RuntimeSpec.Seccomp) throws -> SeccompFilter {
        if let filter = filters[profile] { return filter }
        let filter = try SeccompFilter(compiling: profile)
        if filters.count >= Self.capacity { filters.removeAll() }
        filters[profile] = filter
        return filter
    }
}
