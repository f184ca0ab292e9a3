import ArgumentParser
import FoundationEssentials
import Kubernetes
import Linux
import Logging
import Node
import Pods
import Server
import ServiceLifecycle
import SystemPackage
import Systemd
import UnixSignals

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run as this node's agent, until SIGTERM; its containers go on.")

    @OptionGroup var options: RunOptions
    @OptionGroup var agent: AgentOptions

    func run() async throws {
        let configuration: KubeletConfiguration
        do {
            configuration = try options.configuration()
        } catch {
            Terminal.complain("\(error)")
            throw ExitCode(1)
        }
        let log = Live(LogSettings(configuration))
        let logger = Logger(label: "swiftlet") { AgentLogHandler(label: $0, settings: log) }
        for field in configuration.unusedFields {
            logger.notice("Configuration field has no effect in this version", metadata: ["field": "\(field)"])
        }
        let node = Composition(
            configuration: configuration, options: options, stateDirectory: agent.stateDirectory, log: log)
        let lock = try await AgentLock(stateDirectory: agent.stateDirectory)
        defer { withExtendedLifetime(lock) {} }
        try await withLogger(logger) { logger in
            let services = ServiceGroup(
                services: try await node.services(), gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
            try await services.run()
        }
    }
}
