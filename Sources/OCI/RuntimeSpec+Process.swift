extension RuntimeSpec {
    /// The container's first process.
    package struct Process: Codable, Equatable, Sendable {
        package var terminal: Bool?
        package var consoleSize: ConsoleSize?
        package var user: User
        /// The program, looked up in `PATH` of `env`, and its arguments. Needed to start.
        package var args: [String]?
        /// `NAME=value` each.
        package var env: [String]?
        /// Absolute.
        package var cwd: String
        package var capabilities: Capabilities?
        package var rlimits: [ResourceLimit]?
        package var noNewPrivileges: Bool?
        package var apparmorProfile: String?
        package var selinuxLabel: String?
        /// `nil` inherits.
        package var oomScoreAdj: Int?
        package var scheduler: Scheduler?
        package var ioPriority: IOPriority?
        package var execCPUAffinity: CPUAffinity?

        package init(
            terminal: Bool? = nil, user: User = User(), args: [String]? = nil, env: [String]? = nil,
            cwd: String = "/", capabilities: Capabilities? = nil, rlimits: [ResourceLimit]? = nil,
            noNewPrivileges: Bool? = nil, oomScoreAdj: Int? = nil
        ) {
            self.terminal = terminal
            self.user = user
            self.args = args
            self.env = env
            self.cwd = cwd
            self.capabilities = capabilities
            self.rlimits = rlimits
            self.noNewPrivileges = noNewPrivileges
            self.oomScoreAdj = oomScoreAdj
        }
    }

    /// Characters of a terminal.
    package struct ConsoleSize: Codable, Equatable, Sendable {
        package var height: UInt16
        package var width: UInt16

        package init(height: UInt16, width: UInt16) {
            self.height = height
            self.width = width
        }
    }

    /// Ids that the process runs with, as its user namespace sees them.
    package struct User: Codable, Equatable, Sendable {
        package var uid: UInt32
        package var gid: UInt32
        package var umask: UInt32?
        package var additionalGids: [UInt32]?

        package init(uid: UInt32 = 0, gid: UInt32 = 0, umask: UInt32? = nil, additionalGids: [UInt32]? = nil) {
            self.uid = uid
            self.gid = gid
            self.umask = umask
            self.additionalGids = additionalGids
        }
    }

    /// Five capability sets, names with `CAP_`: `capabilities(7)`.
    package struct Capabilities: Codable, Equatable, Sendable {
        package var bounding: [String]?
        package var effective: [String]?
        package var inheritable: [String]?
        package var permitted: [String]?
        package var ambient: [String]?

        package init(
            bounding: [String]? = nil, effective: [String]? = nil, inheritable: [String]? = nil,
            permitted: [String]? = nil, ambient: [String]? = nil
        ) {
            self.bounding = bounding
            self.effective = effective
            self.inheritable = inheritable
            self.permitted = permitted
            self.ambient = ambient
        }
    }

    /// `setrlimit(2)`. `type` is a name such as `RLIMIT_NOFILE`.
    package struct ResourceLimit: Codable, Equatable, Sendable {
        package var type: String
        package var hard: UInt64
        package var soft: UInt64

        package init(type: String, hard: UInt64, soft: UInt64) {
            self.type = type
            self.hard = hard
            self.soft = soft
        }
    }

    /// `sched_setattr(2)`. `policy` is `SCHED_OTHER`, `SCHED_FIFO` …; times are nanoseconds.
    package struct Scheduler: Codable, Equatable, Sendable {
        package var policy: String
        package var nice: Int32?
        package var priority: Int32?
        package var flags: [String]?
        package var runtime: UInt64?
        package var deadline: UInt64?
        package var period: UInt64?

        package init(
            policy: String, nice: Int32? = nil, priority: Int32? = nil, flags: [String]? = nil, runtime: UInt64? = nil,
            deadline: UInt64? = nil, period: UInt64? = nil
        ) {
            self.policy = policy
            self.nice = nice
            self.priority = priority
            self.flags = flags
            self.runtime = runtime
            self.deadline = deadline
            self.period = period
        }
    }

    /// `ioprio_set(2)`. `class` is `IOPRIO_CLASS_RT`, `…_BE` or `…_IDLE`.
    package struct IOPriority: Codable, Equatable, Sendable {
        package var `class`: String
        package var priority: Int

        package init(class: String, priority: Int) {
            self.class = `class`
            self.priority = priority
        }
    }

    /// CPUs of a process that enters the container: before and after it is moved into the group.
    package struct CPUAffinity: Codable, Equatable, Sendable {
        package var initial: String?
        package var final: String?

        package init(initial: String? = nil, final: String? = nil) {
            self.initial = initial
            self.final = final
        }
    }
}

extension KeyedDecodingContainer {
    /// Without a `user` a process is root's. Source: runtime-spec, config.md, "User": its members are required, the object
    /// itself is not, and `config-schema.json` wants only `cwd`.
    func decode(_ type: RuntimeSpec.User.Type, forKey key: Key) throws -> RuntimeSpec.User {
        try decodeIfPresent(type, forKey: key) ?? RuntimeSpec.User()
    }
}
