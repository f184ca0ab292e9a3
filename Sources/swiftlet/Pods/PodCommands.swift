import ArgumentParser
import Server

struct PodCommands: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pods", abstract: "The pods on this node.",
        subcommands: [ListPods.self, GetPod.self, DescribePod.self], aliases: ["pod"])
}

/// Which pod a command is about.
struct PodArgument: ParsableArguments {
    @Argument(help: "Pod: name (with or without the node's suffix), namespace/name, or UID.")
    var pod: String
    @Option(name: .shortAndLong, help: "Namespace of the pod; without it all are searched.")
    var namespace: String?

    func name() throws -> PodName {
        guard let name = PodName(parsing: pod, namespace: namespace) else {
            throw ValidationError("not a pod's name: \(pod)")
        }
        return name
    }

    func validate() throws { _ = try name() }
}
