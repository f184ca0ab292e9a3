package import Linux
package import OCI

extension InitProgram {
    /// Compiles a container's description into the kernel calls that make it: nothing is looked up or decided later.
    ///
    /// - Throws: ``ContainerError`` for what the specification forbids.
    package init(_ container: ContainerSpec) throws(ContainerError) {
        var warnings: [String] = []
        try self.init(container, warnings: &warnings)
    }

    /// As ``init(_:)``, and says what was left out because this kernel does not know it.
    package init(_ container: ContainerSpec, warnings: inout [String]) throws(ContainerError) {
        // Inherited, as the specification has it, the machine itself would get the container's mounts and root.
        guard container.spec.linux?.namespaces?.contains(where: { $0.type == .mount }) == true else {
            throw .noMountNamespace
        }
        var compiler = try ProgramCompiler(container)
        try compiler.copyBinds()
        try compiler.mountEverything()
        compiler.protectPaths()
        try compiler.becomeProcess()
        warnings += compiler.warnings
        self = compiler.program
    }
}

/// What a container's description asks for that cannot be. Names the member of `config.json`.
package enum ContainerError: Error, Equatable, CustomStringConvertible {
    case noProcess
    case noMountNamespace
    case unknownLimit(String)
    case invalid(SpecError)

    package var description: String {
        switch self {
        case .noProcess: "process: it is missing, and a container runs one"
        case .noMountNamespace: "linux.namespaces: a container needs a mount namespace of its own"
        case .unknownLimit(let name): "process.rlimits: \(name) is no resource limit"
        case .invalid(let error): "\(error)"
        }
    }
}

extension RuntimeSpec.Namespace {
    /// Stands in a namespace's `path` for "that of the pod's pause": the shim finds it by the pidfd that it holds.
    package static let ofSandbox = "pause"
}

extension RuntimeSpec.Namespace.Kind {
    package var linux: Namespaces {
        switch self {
        case .pid: .pid
        case .network: .network
        case .mount: .mount
        case .ipc: .ipc
        case .uts: .uts
        case .user: .user
        case .cgroup: .cgroup
        case .time: .time
        }
    }
}
