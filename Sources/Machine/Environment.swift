package import OCI
package import Pods

/// What the command line and the environment of a container are, from the pod's wishes and the image's.
package enum ContainerCommand {
    /// The environment, one entry a name.
    ///
    /// The image's values replace those of the runtime, the pod's replace both. `$(NAME)` in a value means a variable
    /// that the pod has set before. Source: facts of kubelet, §14.4; containerd's order.
    package static func environment(of container: Pod.Container, image: ImageConfig.Execution?, hostname: String)
        -> [(name: String, value: String)]
    {
        var variables = OrderedVariables()
        variables["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        variables["HOSTNAME"] = hostname
        for entry in image?.env ?? [] {
            let pair = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2, !pair[0].isEmpty { variables[String(pair[0])] = String(pair[1]) }
        }
        for (name, value) in podVariables(container) { variables[name] = value }
        return variables.entries
    }

    /// The program and its arguments.
    ///
    /// A command replaces the image's entrypoint *and* its arguments, arguments replace only the latter.
    package static func arguments(
        of container: Pod.Container, image: ImageConfig.Execution?
    ) throws(NoCommand) -> [String] {
        let variables = Dictionary(podVariables(container), uniquingKeysWith: { $1 })
        let command = container.command ?? []
        let given = container.args ?? []
        var arguments = (command + given).map { expand($0, variables) }
        if command.isEmpty {
            arguments = (image?.entrypoint ?? []) + (given.isEmpty ? image?.cmd ?? [] : arguments)
        }
        guard let program = arguments.first, !program.isEmpty else { throw NoCommand() }
        return arguments
    }

    /// The pod's variables in their order, expanded.
    private static func podVariables(_ container: Pod.Container) -> [(String, String)] {
        var known: [String: String] = [:]
        return container.environment.map { variable in
            let value = expand(variable.value, known)
            known[variable.name] = value
            return (variable.name, value)
        }
    }

    /// Replaces `$(NAME)` by the variable's value; `$$` is a dollar sign. What is not known stays as written.
    ///
    /// Source: Kubernetes, `third_party/forked/golang/expansion`.
    package static func expand(_ text: String, _ variables: [String: String]) -> String {
        var result: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "$"), let next = rest.first else {
                result.append(byte)
                continue
            }
            rest = rest.dropFirst()
            switch next {
            case UInt8(ascii: "$"): result.append(byte)
            case UInt8(ascii: "("):
                guard let end = rest.firstIndex(of: UInt8(ascii: ")")) else {
                    result += [byte, next]
                    continue
                }
                let name = String(decoding: rest[..<end], as: UTF8.self)
                result += Array((variables[name] ?? "$(\(name))").utf8)
                rest = rest[(end + 1)...]
            default: result += [byte, next]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

/// Neither the pod nor the image says what to run.
package struct NoCommand: Error, Equatable, CustomStringConvertible {
    package init() {}
    package var description: String { "no command specified" }
}

/// Variables in the order in which they were first set.
private struct OrderedVariables {
    private var names: [String] = []
    private var values: [String: String] = [:]

    subscript(name: String) -> String? {
        get { values[name] }
        set {
            if values[name] == nil { names.append(name) }
            values[name] = newValue
        }
    }

    var entries: [(name: String, value: String)] { names.map { ($0, values[$0] ?? "") } }
}
