package import Linux
package import OCI

extension InitProgram {
    /// Compiles the start of another process in a container that runs already.
    ///
    /// - Parameter container: the name under which whoever starts it holds the container's first process.
    package init(
        entering container: String, _ spec: RuntimeSpec, process: RuntimeSpec.Process, user: ContainerSpec.User,
        seccompFilter: SeccompFilter? = nil
    ) throws(ContainerError) {
        let namespaces = spec.linux?.namespaces ?? []
        let kinds = namespaces.reduce(into: Namespaces()) { $0.formUnion($1.type.linux) }
        var inside = spec
        inside.process = process
        var container = ContainerSpec(spec: inside, root: .directory("/"), user: user, sandbox: container)
        container.seccompFilter = seccompFilter
        var compiler = try ProgramCompiler(container)
        try compiler.enterProcess()
        self.init(
            joins: kinds.isEmpty ? [] : [.process(id: container.sandbox ?? "", kinds: kinds)], steps: compiler.steps)
    }
}

extension ProgramCompiler {
    /// The root is the container's already: what is left is to become the process.
    mutating func enterProcess() throws(ContainerError) {
        openRoot()
        try becomeProcess()
    }
}
