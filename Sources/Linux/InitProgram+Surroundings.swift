extension InitProgram {
    /// Ids of a user namespace, and of those outside that stand for them: a line of `/proc/PID/uid_map`.
    package struct IDRange: Equatable, Sendable {
        package var inside: UInt32
        package var outside: UInt32
        package var count: UInt32
        package init(inside: UInt32, outside: UInt32, count: UInt32) {
            self.inside = inside
            self.outside = outside
            self.count = count
        }
    }

    /// How far a clock of a time namespace is ahead. Source: `time_namespaces(7)`.
    package struct ClockOffset: Equatable, Sendable {
        /// `monotonic` or `boottime`.
        package var clock: String
        package var seconds: Int64
        package var nanoseconds: UInt32
        package init(clock: String, seconds: Int64, nanoseconds: UInt32) {
            self.clock = clock
            self.seconds = seconds
            self.nanoseconds = nanoseconds
        }
    }

    /// A terminal to make.
    package struct Terminal: Equatable, Sendable {
        package var root: Slot
        /// The socket that gets the master: one message, its text `/dev/ptmx`.
        package var socket: Slot
        package var rows: UInt16
        package var columns: UInt16
        /// Who may open it again: the process' user.
        package var owner: UInt32
        /// Whether it is the container's `/dev/console`, too.
        package var isConsole: Bool
        package init(
            root: Slot, socket: Slot, rows: UInt16, columns: UInt16, owner: UInt32, isConsole: Bool = true
        ) {
            self.root = root
            self.socket = socket
            self.rows = rows
            self.columns = columns
            self.owner = owner
            self.isConsole = isConsole
        }
    }

    /// Where a process meets whoever makes it.
    package enum Stage: UInt8, Equatable, Sendable, CaseIterable {
        /// Namespaces, mounts and devices are there, the root is not entered: hooks, network devices, resource groups.
        case surroundings = 1
        /// The packet carries the listener of the seccomp filter; nothing is answered.
        case seccomp = 2
    }

    /// A program to run at a point of a container's life; it reads the container's state on its standard input.
    package struct Hook: Equatable, Sendable {
        package var path: String
        package var arguments: [String]
        package var environment: [String]
        /// In milliseconds; 0: none.
        package var timeout: UInt32
        package init(path: String, arguments: [String], environment: [String], timeout: UInt32) {
            self.path = path
            self.arguments = arguments
            self.environment = environment
            self.timeout = timeout
        }
    }

    /// Whose label a process takes on with its next exec.
    package enum SecurityModule: UInt8, Equatable, Sendable, CaseIterable { case apparmor, selinux }

    /// `sched_setattr(2)`; the numbers are the kernel's, times are nanoseconds.
    package struct Scheduler: Equatable, Sendable {
        package var policy: UInt32
        package var flags: UInt64
        package var nice: Int32
        package var priority: UInt32
        package var runtime: UInt64
        package var deadline: UInt64
        package var period: UInt64
        package init(
            policy: UInt32, flags: UInt64 = 0, nice: Int32 = 0, priority: UInt32 = 0, runtime: UInt64 = 0,
            deadline: UInt64 = 0, period: UInt64 = 0
        ) {
            self.policy = policy
            self.flags = flags
            self.nice = nice
            self.priority = priority
            self.runtime = runtime
            self.deadline = deadline
            self.period = period
        }
    }
}
