import Linux
import SystemPackage

extension Cgroup {
    /// Makes the group, and those above it that are missing. One that is there already stays as it is.
    package func create() throws { try makeDirectories(path) }

    /// Processes of the group itself, not of the groups below it.
    package func processes() throws -> [Int32] {
        try (read("cgroup.procs", ifExists: true) ?? "").split(whereSeparator: \.isNewline).compactMap { Int32($0) }
    }

    /// Processes of the group and of all groups below it.
    package func allProcesses() throws -> [Int32] {
        try children().reduce(processes()) { try $0 + $1.allProcesses() }
    }

    /// Moves a process, with all its threads, into the group.
    package func add(process: Int32) throws { try write("\(process)", to: "cgroup.procs") }

    /// Whether the group or one below it has a process that is not a zombie.
    ///
    /// A kernel without `cgroup.events` lists zombies, too.
    package func isPopulated() throws -> Bool {
        guard let text = try read("cgroup.events", ifExists: true) else { return try !allProcesses().isEmpty }
        return try flatKeyed(text, file: "cgroup.events")["populated"] == 1
    }

    /// Groups below this one.
    package func children() throws -> [Cgroup] {
        try directoryEntries(path).sorted().map(child).filter { try $0.exists }
    }

    /// Removes the group and those below it, the deepest first, when what was in them has been killed.
    ///
    /// A killed process stays until its parent has waited for it: `rmdir` is tried for so long. A group that is not
    /// there is no error.
    package func remove(timeout: Duration = .seconds(10)) async throws {
        guard try exists else { return }
        let deadline = ContinuousClock.now + timeout
        var pause = Duration.milliseconds(1)
        while true {
            do {
                // Again each time: one that was just being started may come into the group late.
                if try isPopulated() { try await killAll(timeout: timeout) }
                return try removeDirectories()
            } catch let error as SyscallError where error.errno == .resourceBusy && ContinuousClock.now < deadline {
                try await Task.sleep(for: pause)
                pause = min(pause * 2, .milliseconds(100))
            }
        }
    }

    /// Removes a group that has neither processes nor groups in it.
    func removeNow() throws { try removeDirectory(at: path) }

    private func removeDirectories() throws {
        for child in try children() { try child.removeDirectories() }
        try removeDirectory(at: path)
    }
}
