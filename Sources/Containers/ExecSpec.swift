package import Linux
package import OCI

/// One more process in a container that runs.
package struct ExecSpec: Equatable, Sendable {
    /// The shim's name for the container's first process, whose namespaces it enters.
    package var container: String
    package var process: RuntimeSpec.Process
    package var user: ContainerSpec.User
    package var seccompFilter: SeccompFilter?
    /// Of the container's user namespace, in which root is somebody else; empty: it has none of its own.
    package var idMappings: [RuntimeSpec.IDMapping] = []
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
        container.ownsStreams = true
        var all: Namespaces = [.mount, .cgroup, .uts, .ipc, .pid, .network]
        if !exec.idMappings.isEmpty {
            all.formUnion(.user)
            var linux = RuntimeSpec.Linux()
            (linux.uidMappings, linux.gidMappings) = (exec.idMappings, exec.idMappings)
            container.spec.linux = linux
        }
        var compiler = try ProgramCompiler(container, joins: [.process(id: exec.container, kinds: all)])
        try compiler.enterProcess()
        self = compiler.program
    }
}
