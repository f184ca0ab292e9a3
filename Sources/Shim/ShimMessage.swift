package import Linux

/// Where a process' standard output and error go.
package enum StandardStreams: Equatable, Sendable {
    /// `/dev/null`, input included.
    case null
    /// A log in CRI format, written by the shim.
    case log(LogTarget, input: Input = .none)
    /// The first three descriptors of the request: input, output, error.
    case descriptors

    /// What a process with a log reads.
    package enum Input: UInt8, Sendable {
        /// `/dev/null`.
        case none
        /// A pipe that the shim keeps open: there is nothing to read, and no end.
        case pipe
        /// A terminal, which is its output and errors as well. The process makes it, and sends the other end through the
        /// socket in its first slot.
        case terminal
    }
}

/// A log file that the shim writes and rotates.
package struct LogTarget: Equatable, Sendable {
    package var path: String
    /// In bytes. Before a record would make the file larger, it is renamed to `<path>.<time>`. 0: never.
    package var maxSize: UInt64
    /// All files of the log, the one written to included.
    package var maxFiles: UInt32
    package init(path: String, maxSize: UInt64 = 10 << 20, maxFiles: UInt32 = 5) {
        self.path = path
        self.maxSize = maxSize
        self.maxFiles = maxFiles
    }
}

/// A process to start, and what the shim does for it.
package struct StartRequest: Equatable, Sendable {
    /// Names it for later requests; free again after `remove`.
    package var id: String
    package var program: InitProgram
    /// The cgroup that it is cloned into; `nil`: the shim's own.
    package var cgroup: String?
    package var streams: StandardStreams
    /// Where its exit is written down, before anybody is told.
    package var exitRecord: String?
    /// Whoever starts it is also told how it ended, on the same connection; then it is forgotten by itself: an exec.
    package var isTransient: Bool
    /// The program is a runtime of another's: it starts a process in `cgroup`, writes its number to this file, and ends.
    /// That process is kept then, and the start has succeeded; the program itself runs in the shim's group. `nil`: no.
    package var pidFile: String?
    package init(
        id: String, program: InitProgram, cgroup: String? = nil, streams: StandardStreams = .null,
        exitRecord: String? = nil, isTransient: Bool = false, pidFile: String? = nil
    ) {
        self.id = id
        self.program = program
        self.cgroup = cgroup
        self.streams = streams
        self.exitRecord = exitRecord
        self.isTransient = isTransient
        self.pidFile = pidFile
    }
}

/// How a process ended, and when.
package struct ExitState: Equatable, Sendable {
    /// The exit code, or 128 + the signal.
    package var code: Int32
    /// The signal that ended it, or 0.
    package var signal: Int32
    /// Nanoseconds since 1970.
    package var finished: Int64
    /// Nanoseconds since boot.
    package var finishedSinceBoot: Int64
    package init(code: Int32, signal: Int32, finished: Int64, finishedSinceBoot: Int64) {
        self.code = code
        self.signal = signal
        self.finished = finished
        self.finishedSinceBoot = finishedSinceBoot
    }
}

/// A process that a shim keeps.
package struct ProcessState: Equatable, Sendable {
    package var id: String
    package var pid: Int32
    /// See ``startTime(ofProcess:)``.
    package var startTime: UInt64
    /// `nil`: it runs.
    package var exit: ExitState?
    package init(id: String, pid: Int32, startTime: UInt64, exit: ExitState? = nil) {
        self.id = id
        self.pid = pid
        self.startTime = startTime
        self.exit = exit
    }
}

/// What the agent asks a shim. One connection carries one request and its answer.
///
/// An agent finds shims that an earlier build started. What it needs to follow and to end what these keep never changes:
/// all requests but `start`, and all answers. What a start says changes with every build, and bears a version.
package enum ShimRequest: Equatable, Sendable {
    /// Answered when the program has been executed, or a step has failed.
    case start(StartRequest)
    /// - Parameter all: every process of its cgroup.
    case signal(id: String, number: Int32, all: Bool)
    case list
    /// Gives a pidfd.
    case open(id: String)
    /// Answered when it has ended.
    case wait(id: String)
    /// Forgets one that has ended.
    case remove(id: String)
    /// Whoever asks sends pipes, for the process' output and its errors: what it writes from now on goes there as well,
    /// as far as there is room. Answered with the other end of its input, if it has one that is open.
    case attach(id: String)
    /// Ends the input of a process that reads from a pipe.
    case closeInput(id: String)
    /// Ends the shim; refused (`EBUSY`) while it keeps a running process.
    case shutdown

    /// Goes up whenever a start, a program or a step is encoded otherwise or means something else: a shim starts nothing
    /// for an agent of another version.
    package static let startVersion: UInt32 = 1
}

/// What a shim answers.
package enum ShimReply: Equatable, Sendable {
    /// With a pidfd. Warnings: steps that could not be done and are not needed.
    case process(ProcessState, warnings: [String])
    case done
    case states([ProcessState])
    case exited(ExitState)
    /// `message` names the step, `errno` is its cause.
    case failure(message: String, errno: Int32)
}

/// What the agent asks the zygote: the packet's descriptors are the answer's socket, the shim's listening socket and,
/// if `hasCgroup`, the cgroup's directory. The answer is a `ShimReply`: `process` with a pidfd, or `failure`.
package struct ForkRequest: Equatable, Sendable {
    /// What `ps` shows.
    package var name: String
    package var hasCgroup: Bool
    package init(name: String, hasCgroup: Bool) {
        self.name = name
        self.hasCgroup = hasCgroup
    }
}
