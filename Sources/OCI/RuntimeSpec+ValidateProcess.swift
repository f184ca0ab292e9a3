extension RuntimeSpec.Process {
    /// As ``RuntimeSpec/validate()``, of a process alone: one that joins a container.
    package func validate() throws(SpecError) {
        guard cwd.hasPrefix("/") else { throw SpecError("process.cwd", "\(cwd) is not absolute") }
        try noNUL(cwd, "process.cwd")
        if let args, args.first?.isEmpty ?? true { throw SpecError("process.args", "it names no program") }
        for (index, argument) in (args ?? []).enumerated() { try noNUL(argument, "process.args[\(index)]") }
        for (index, variable) in (env ?? []).enumerated() { try noNUL(variable, "process.env[\(index)]") }
        // Source: setresuid(2): the last number means "unchanged".
        for id in [user.uid, user.gid] + (user.additionalGids ?? []) where id == .max {
            throw SpecError("process.user", "\(id) is no id")
        }
        if let umask = user.umask, umask > 0o777 { throw SpecError("process.user.umask", "\(umask) has too many bits") }
        if let adjustment = oomScoreAdj, !(-1000...1000).contains(adjustment) {
            throw SpecError("process.oomScoreAdj", "\(adjustment) is not between -1000 and 1000")
        }
        try validateLimits()
    }

    private func validateLimits() throws(SpecError) {
        var seen: Set<String> = []
        for (index, limit) in (rlimits ?? []).enumerated() {
            let field = "process.rlimits[\(index)]"
            guard Self.limits.contains(limit.type) else {
                throw SpecError("\(field).type", "\(limit.type) is no resource limit")
            }
            guard seen.insert(limit.type).inserted else {
                throw SpecError("\(field).type", "\(limit.type) stands there twice")
            }
            guard limit.soft <= limit.hard else {
                throw SpecError("\(field).soft", "\(limit.soft) is above the hard limit \(limit.hard)")
            }
        }
    }

    /// Source: `getrlimit(2)`.
    private static let limits: Set<String> = [
        "RLIMIT_AS", "RLIMIT_CORE", "RLIMIT_CPU", "RLIMIT_DATA", "RLIMIT_FSIZE", "RLIMIT_LOCKS", "RLIMIT_MEMLOCK",
        "RLIMIT_MSGQUEUE", "RLIMIT_NICE", "RLIMIT_NOFILE", "RLIMIT_NPROC", "RLIMIT_RSS", "RLIMIT_RTPRIO",
        "RLIMIT_RTTIME", "RLIMIT_SIGPENDING", "RLIMIT_STACK",
    ]
}
