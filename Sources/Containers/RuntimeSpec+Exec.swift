package import Linux
package import OCI

extension InitProgram {
    /// Compiles the start of another process in a container that runs already.
    ///
    /// - Parameters:
    ///   - container: the name under which whoever starts it holds the container's first process.
    ///   - meetings: the slots of a console socket, and of the socket that gets a seccomp filter's listener.
    ///   - warnings: what was left out because this kernel does not know it.
    package init(
        entering container: String, _ spec: RuntimeSpec, process: RuntimeSpec.Process, user: ContainerSpec.User,
        seccompFilter: SeccompFilter? = nil, meetings: ContainerSpec.Meetings = .init(), warnings: inout [String]
    ) throws(ContainerError) {
        let namespaces = spec.linux?.namespaces ?? []
        let kinds = namespaces.reduce(into: Namespaces()) { $0.formUnion($1.type.linux) }
        var inside = ContainerSpec(spec: spec, root: .directory("/"), user: user, sandbox: container)
        inside.spec.process = process
        inside.seccompFilter = seccompFilter
        inside.meetings = meetings
        var compiler = try ProgramCompiler(
            inside, joins: kinds.isEmpty ? [] : [.process(id: container, kinds: kinds)])
        try compiler.enterProcess()
        warnings += compiler.warnings
        self = compiler.program
    }

    /// As above, without a terminal and without a word about what was left out.
    package init(
        entering container: String, _ spec: RuntimeSpec, process: RuntimeSpec.Process, user: ContainerSpec.User,
        seccompFilter: SeccompFilter? = nil
    ) throws(ContainerError) {
        var warnings: [String] = []
        try self.init(
            entering: container, spec, process: process, user: user, seccompFilter: seccompFilter, warnings: &warnings)
    }
}
