package import Linux
import SystemPackage

/// Rings when one of a group's event files has changed: `cgroup.events`, `memory.events`, `pids.events`, …
///
/// It carries no data: whoever wakes reads the files. A change between two waits is not lost.
///
/// Source: `Documentation/admin-guide/cgroup-v2.rst`: these files generate "file modified" events, for `inotify(7)` too.
package struct CgroupWatch: ~Copyable, Sendable {
    private let inotify: Inotify

    /// - Parameters:
    ///   - group: whose files.
    ///   - files: those that are not there are passed over.
    package init(_ group: Cgroup, files: [String]) throws(SyscallError) {
        let inotify = try Inotify()
        for file in files {
            if try group.hasFile(file) { _ = try inotify.add(group.path.appending(file), [.modified, .deletedSelf]) }
        }
        self.inotify = inotify
    }

    /// Waits for a change. False: the group is gone.
    package borrowing func change() async throws -> Bool {
        try await !inotify.events().contains { !$0.mask.isDisjoint(with: [.ignored, .deletedSelf]) }
    }
}

extension Cgroup {
    /// Looks until the condition holds: soon again at first, later every 10 ms. False: it did not within the time.
    ///
    /// What is waited for takes a millisecond or less: a watch would cost more than the looks.
    func awaits(within timeout: Duration, until condition: () throws -> Bool) async throws -> Bool {
        let deadline = ContinuousClock.now + timeout
        var pause = Duration.microseconds(200)
        while try !condition() {
            if ContinuousClock.now >= deadline { return false }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(10))
        }
        return true
    }
}
