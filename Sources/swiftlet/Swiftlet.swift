import ArgumentParser

@main
struct Swiftlet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "swiftlet",
        abstract: "Runs this machine's pods, and shows what they do.",
        discussion: "Shell completions: swiftlet --generate-completion-script bash|zsh|fish",
        version: BuildVersion.text,
        subcommands: [Run.self, Join.self, Version.self],
        groupedSubcommands: [
            CommandGroup(
                name: "Looking inside",
                subcommands: [
                    Status.self, PodCommands.self, Logs.self, Exec.self, Debug.self, Probe.self, ImageCommands.self,
                ])
        ]
    )
}

/// Which program this is.
enum BuildVersion {
    static let text = "0.1.0"
}
