package import Linux
package import OCI

/// One more process in a container that runs.
package struct ExecSpec: Equatable, Sendable {
    /// The shim's name for the container's first process, whose namespaces it enters.
    package var container: String
    package var process: RuntimeSpec.Process
    package var user: ContainerSpec.User
    package var seccompFilter: SeccompFilter?
    /// Where the socket lies that gets the terminal's other end, if the process has a terminal.
    package var console: InitProgram.Slot?

    package init(
        in container: String, process: RuntimeSpec.Process, user: ContainerSpec.User, seccompFilter: SeccompFilter?,
        console: InitProgram.Slot? = nil
    ) {
        self.container = container
        self.process = process
        self.user = user
        self.seccompFilter = seccompFilter
        self.console = console
    }
}

extension InitProgram {
    /// Compiles one more process of a container: it enters what there is, and makes nothing but itself.
    package init(_ exec: ExecSpec) throws(ContainerError) {
        var container = ContainerSpec(spec: RuntimeSpec(process: exec.process), root: .directory("/"), user: exec.user)
        container.seccompFilter = exec.seccompFilter
        container.meetings.console = exec.console
        let all: Namespaces = [.mount, .cgroup, .uts, .ipc, .pid, .network]
        var compiler = try ProgramCompiler(container, joins: [.process(id: exec.container, kinds: all)])
        try compiler.enterProcess()
        self = compiler.program
    }
}
