package import SystemPackage

/// A program of another's that is run once, fed, and waited for: a CNI plugin.
///
/// Started by `posix_spawn(3)`, which shares the agent's memory until `execve(2)` and so costs the same however big
/// the agent is. It leads a process group of its own, which dies as a whole when the time is over.
package struct Command: Sendable {
    package var executable: FilePath
    /// With the program's own name first.
    package var arguments: [String]
    /// Texts of the form `KEY=value`.
    package var environment: [String]
    /// What it reads from its standard input.
    package var input: [UInt8]
    /// How long it may run.
    package var timeout: Duration
    /// The most bytes it may write to its standard output; more ends it.
    package var outputLimit: Int
    /// The most bytes kept of its standard error; what comes after is read and dropped.
    package var errorLimit: Int
    /// Whether cancelling the task ends the program. What gives something back must run to its end.
    package var isCancellable: Bool
    /// Locked for as long as the program, or anything that it started, runs: also when the agent does not any more.
    package var lock: FilePath?

    package init(
        executable: FilePath, arguments: [String]? = nil, environment: [String] = [], input: [UInt8] = [],
        timeout: Duration, outputLimit: Int = 10 << 20, errorLimit: Int = 64 << 10, isCancellable: Bool = true,
        lock: FilePath? = nil
    ) {
        self.executable = executable
        self.arguments = arguments ?? [executable.lastComponent?.string ?? executable.string]
        self.environment = environment
        self.input = input
        self.timeout = timeout
        self.outputLimit = outputLimit
        self.errorLimit = errorLimit
        self.isCancellable = isCancellable
        self.lock = lock
    }

    /// How a program ended.
    package enum End: Equatable, Sendable {
        case exited(Int32)
        case signalled(Int32)
        /// Killed with its whole group: the time was over.
        case timedOut
        /// Killed with its whole group: it wrote more than it may.
        case outputTooLong
        /// Killed with its whole group: nobody wants the answer any more.
        case cancelled
    }

    /// What a program left behind.
    package struct Result: Sendable {
        package var end: End
        package var output: [UInt8] = []
        package var errors: [UInt8] = []
    }
}
