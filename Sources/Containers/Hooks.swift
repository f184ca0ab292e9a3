package import Linux
package import OCI
import SystemPackage

extension RuntimeSpec.Hooks {
    /// When a hook runs. Those that run in the container's process are steps of its ``InitProgram``; these run in the
    /// runtime, in its namespaces.
    ///
    /// Source: runtime-spec, config.md, "POSIX-platform Hooks"; runtime.md, "Lifecycle".
    package enum RuntimePoint: String, Sendable {
        /// With the state `creating`, at ``InitProgram/Stage/surroundings``, in this order.
        case prestart, createRuntime
        /// With the state `running`, after the exec. A failure stops the container.
        case poststart
        /// With the state `stopped`, after the container is deleted. A failure is only worth a warning.
        case poststop
    }

    private func hooks(at point: RuntimePoint) -> [RuntimeSpec.Hook] {
        switch point {
        case .prestart: prestart ?? []
        case .createRuntime: createRuntime ?? []
        case .poststart: poststart ?? []
        case .poststop: poststop ?? []
        }
    }

    /// Runs the hooks of a point one after the other, until one fails; after `poststop` the others run all the same.
    ///
    /// - Parameter state: the container's, as JSON.
    /// - Returns: failures that are only worth a warning.
    package func run(at point: RuntimePoint, state: [UInt8]) throws(HookError) -> [HookError] {
        var warnings: [HookError] = []
        for (index, hook) in hooks(at: point).enumerated() {
            do throws(SyscallError) {
                try InitProgram.Hook(hook).run(
                    state: state, output: .standardOutput, errors: .standardError)
            } catch {
                let failure = HookError(point: "\(point)[\(index)]", path: hook.path, cause: error)
                guard point == .poststop else { throw failure }
                warnings.append(failure)
            }
        }
        return warnings
    }
}

/// A hook that failed: `hooks.prestart[0]: /bin/hook: it ended with code 3`.
package struct HookError: Error, Equatable, CustomStringConvertible {
    package let point: String
    package let path: String
    package let cause: SyscallError

    package var description: String { "hooks.\(point): \(path): \(cause.operation)" }
}
