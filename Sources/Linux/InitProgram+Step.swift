extension InitProgram {
    /// One kernel call, or the few that belong together. Descriptors that later steps use lie in numbered slots.
    package enum Step: Equatable, Sendable {
        /// `sethostname(2)`.
        case setHostname(String)
        /// Replaces the process: `execve(2)` of the first argument, looked up in `PATH` of `environment` if it is a bare name.
        case execute(arguments: [String], environment: [String])
    }
}
