import Linux
import SystemPackage

extension Cgroup {
    /// Makes the group, and those above it that are missing. One that is there already stays as it is.
    package func create() throws { try makeDirectories(path) }

    /// Processes of the group itself, not of the groups below it.
    package func processes() throws -> [Int32] {
        try (read("cgroup.procs", ifExists: true) ?? "").split(separator: "\n").compactMap { Int32($0) }
    }

    /// Moves a process, with all its threads, into the group.
    package func add(process: Int32) throws { try write("\(process)", to: "cgroup.procs") }

    /// Whether the group or one below it has a process that is not a zombie.
    package func isPopulated() throws -> Bool {
        guard let text = try read("cgroup.events", ifExists: true) else { return false }
        return try flatKeyed(text, file: "cgroup.events")["populated"] == 1
    }

    /// Groups below this one.
    package func children() throws -> [Cgroup] {
        try directoryEntries(path).sorted().map(child).filter { $0.hasFile("cgroup.procs") }
    }

    /// Kills every process of the group and of those below it. A fork cannot outrun it.
    ///
    /// Source: `cgroup.kill`, Linux 5.14.
    package func kill() throws {
        do {
            try write("1", to: "cgroup.kill")
        } catch let error as SyscallError where error.errno == .noSuchFileOrDirectory {}
    }

    /// Stops all processes of the group, or lets them go on, and returns when they have.
    package func setFrozen(_ frozen: Bool, timeout: Duration = .seconds(10)) async throws {
        try write(frozen ? "1" : "0", to: "cgroup.freeze")
        let deadline = ContinuousClock.now + timeout
        while try flatKeyed(read("cgroup.events"), file: "cgroup.events")["frozen"] != (frozen ? 1 : 0) {
            if ContinuousClock.now >= deadline {
                throw SyscallError("\(frozen ? "freeze" : "thaw") \(path)", Errno(rawValue: 110))  // ETIMEDOUT
            }
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    /// Kills what is left in the group and below it, then removes the groups, the deepest first.
    ///
    /// A killed process stays until its parent has waited for it: `rmdir` is tried for so long. A group that is not
    /// there is no error.
    package func remove(timeout: Duration = .seconds(10)) async throws {
        guard hasFile("cgroup.procs") else { return }
        let deadline = ContinuousClock.now + timeout
        var pause = Duration.milliseconds(1)
        while true {
            // Again each time: one that was just being started may come into the group late.
            if try isPopulated() { try kill() }
            do {
                return try removeDirectories()
            } catch let error as SyscallError where error.errno == .resourceBusy && ContinuousClock.now < deadline {
                try await Task.sleep(for: pause)
                pause = min(pause * 2, .milliseconds(100))
            }
        }
    }

    private func removeDirectories() throws {
        for child in try children() { try child.removeDirectories() }
        try removeDirectory(at: path)
    }
}
