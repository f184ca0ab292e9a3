extension RuntimeSpec {
    /// Which system calls the process may make: `seccomp(2)`.
    package struct Seccomp: Codable, Hashable, Sendable {
        /// For calls that no rule names: `SCMP_ACT_ERRNO`, `SCMP_ACT_ALLOW` …
        package var defaultAction: String
        package var defaultErrnoRet: UInt32?
        /// `SCMP_ARCH_X86_64` …; absent: the machine's own.
        package var architectures: [String]?
        /// `SECCOMP_FILTER_FLAG_LOG` …
        package var flags: [String]?
        package var listenerPath: String?
        package var listenerMetadata: String?
        package var syscalls: [Rule]?

        package init(
            defaultAction: String, defaultErrnoRet: UInt32? = nil, architectures: [String]? = nil,
            flags: [String]? = nil, listenerPath: String? = nil, listenerMetadata: String? = nil,
            syscalls: [Rule]? = nil
        ) {
            self.defaultAction = defaultAction
            self.defaultErrnoRet = defaultErrnoRet
            self.architectures = architectures
            self.flags = flags
            self.listenerPath = listenerPath
            self.listenerMetadata = listenerMetadata
            self.syscalls = syscalls
        }

        /// What happens on the calls named, if all conditions on their arguments hold.
        package struct Rule: Codable, Hashable, Sendable {
            package var names: [String]
            package var action: String
            package var errnoRet: UInt32?
            package var args: [Argument]?

            package init(_ names: [String], action: String, errnoRet: UInt32? = nil, args: [Argument]? = nil) {
                self.names = names
                self.action = action
                self.errnoRet = errnoRet
                self.args = args
            }
        }

        /// A condition on one argument: `SCMP_CMP_EQ`, or `SCMP_CMP_MASKED_EQ` (argument & value == valueTwo) …
        package struct Argument: Codable, Hashable, Sendable {
            package var index: UInt32
            package var value: UInt64
            package var valueTwo: UInt64?
            package var op: String

            package init(index: UInt32, value: UInt64, valueTwo: UInt64? = nil, op: String) {
                self.index = index
                self.value = value
                self.valueTwo = valueTwo
                self.op = op
            }
        }
    }
}
