import OCI
import Pods

/// The environment of a container: the image's, then what the node adds, then the pod's, later ones winning.
///
/// Source: facts of kubelet, §14.4.
struct ContainerEnvironment: Equatable, Sendable {
    private var order: [String] = []
    private var values: [String: String] = [:]

    init(_ container: Pod.Container, image: ImageConfig.Execution, hostname: String) {
        set("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
        set("HOSTNAME", hostname)
        // Source: containerd's `WithTTY`.
        if container.hasTerminal { set("TERM", "xterm") }
        for line in image.env ?? [] {
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            set(String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
        }
        // A value sees the pod's own earlier variables, not the image's: those are the runtime's.
        var earlier: [String: String] = [:]
        for variable in container.environment {
            let value = expandReferences(variable.value, with: earlier)
            earlier[variable.name] = value
            set(variable.name, value)
        }
        podVariables = earlier
    }

    /// What `$(VAR)` in the command and its arguments may name.
    private(set) var podVariables: [String: String] = [:]

    var lines: [String] { order.map { "\($0)=\(values[$0] ?? "")" } }

    private mutating func set(_ name: String, _ value: String) {
        if values.updateValue(value, forKey: name) == nil { order.append(name) }
    }
}

/// What a container runs: the pod's command and arguments over the image's entrypoint and command.
///
/// Source: facts of image, §4, and the API's documentation of `command` and `args`: a command alone drops both of
/// the image's, arguments alone drop the image's command.
struct ContainerCommand: Equatable, Sendable {
    let arguments: [String]

    init(_ container: Pod.Container, image: ImageConfig.Execution, environment: ContainerEnvironment) throws {
        let variables = environment.podVariables
        let command = container.command.map { $0.map { expandReferences($0, with: variables) } }
        let args = container.args.map { $0.map { expandReferences($0, with: variables) } }
        let given = command.flatMap { $0.isEmpty ? nil : $0 }
        let rest = args ?? (given == nil ? image.cmd ?? [] : [])
        arguments = (given ?? image.entrypoint ?? []) + rest
        guard !arguments.isEmpty else { throw NoCommand() }
    }

    struct NoCommand: Error, CustomStringConvertible {
        var description: String { "no command specified" }
    }
}

/// Replaces `$(NAME)` by its value. `$$` stands for one dollar sign; what is unknown stays as it is written.
///
/// Source: the API's documentation of `env.value`.
func expandReferences(_ text: String, with variables: [String: String]) -> String {
    var result = ""
    var rest = text[...]
    while let dollar = rest.firstIndex(of: "$") {
        result += rest[..<dollar]
        let after = rest.index(after: dollar)
        if after < rest.endIndex, rest[after] == "$" {
            result += "$"
            rest = rest[rest.index(after: after)...]
        } else if after < rest.endIndex, rest[after] == "(", let end = rest[after...].firstIndex(of: ")") {
            let name = String(rest[rest.index(after: after)..<end])
            result += variables[name] ?? String(rest[dollar...end])
            rest = rest[rest.index(after: end)...]
        } else {
            result += "$"
            rest = rest[after...]
        }
    }
    return result + rest
}

extension String? {
    /// `nil` also for an empty text: what images write for "not given".
    var nonEmpty: String? { flatMap { $0.isEmpty ? nil : $0 } }
}
