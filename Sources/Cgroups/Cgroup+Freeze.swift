import Linux
import SystemPackage

extension Cgroup {
    /// Whether all processes of the group are stopped by it; `nil` when the kernel cannot do that.
    ///
    /// Source: `cgroup.freeze` and `frozen` of `cgroup.events`, Linux 5.2.
    package func isFrozen() throws -> Bool? {
        guard let text = try read("cgroup.events", ifExists: true) else { return nil }
        return try flatKeyed(text, file: "cgroup.events")["frozen"].map { $0 == 1 }
    }

    /// Stops all processes of the group, or lets them go on, and returns when they have.
    ///
    /// Those that cannot be stopped in time are let go on again: a group is not left half frozen.
    package func setFrozen(_ frozen: Bool, timeout: Duration = .seconds(10)) async throws {
        try write(frozen ? "1" : "0", to: "cgroup.freeze")
        do {
            guard try await awaits(within: timeout, until: { try isFrozen() == frozen }) else {
                throw SyscallError("\(frozen ? "freeze" : "thaw") \(path)", .timedOut)
            }
        } catch {
            if frozen { try? write("0", to: "cgroup.freeze") }
            throw error
        }
    }

    /// Sends a signal to every process of the group and of those below it. One that has ended is no error.
    package func send(_ signal: Int32) throws {
        for process in try allProcesses() {
            do throws(SyscallError) {
                try PidFD(pid: process).send(signal)
            } catch {
                guard error.errno == .noSuchProcess else { throw error }
            }
        }
    }

    /// Asks the kernel to kill every process of the group and of those below it. A fork cannot outrun it.
    ///
    /// - Returns: false on a kernel that cannot. Source: `cgroup.kill`, Linux 5.14.
    @discardableResult
    package func kill() throws -> Bool {
        do {
            try write("1", to: "cgroup.kill")
            return true
        } catch let error as SyscallError where error.errno == .noSuchFileOrDirectory {
            return false
        }
    }

    /// Kills every process of the group and of those below it, also where the kernel does not offer it.
    ///
    /// There the group is frozen meanwhile, so that none can fork; where it cannot be frozen either, it is looked again
    /// until nobody is left. It is thawed in any case: a frozen process does not die before.
    package func killAll(timeout: Duration = .seconds(10)) async throws {
        if try kill() || !exists { return }
        let freezes = try hasFile("cgroup.freeze")
        if freezes { try await setFrozen(true, timeout: timeout) }
        let sent = Result { try send(9) }  // SIGKILL
        if freezes { try write("0", to: "cgroup.freeze") }
        try sent.get()
        let deadline = ContinuousClock.now + timeout
        while try isPopulated(), ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(2))
            try send(9)
        }
    }
}
