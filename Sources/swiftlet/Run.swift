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
        // In the journal a line has fields; anywhere else it is text.
        let isJournal = JournalHandler.isStandardErrorTheJournal(
            stream: ProcessInfo.processInfo.environment["JOURNAL_STREAM"])
        var logger = Logger(label: "swiftlet") { label -> any LogHandler in
            if isJournal { return JournalHandler(identifier: label) }
            return StreamLogHandler.standardError(label: label)
        }
        logger.logLevel = configuration.logVerbosity >= 6 ? .trace : configuration.logVerbosity >= 4 ? .debug : .info
        for field in configuration.unusedFields {
            logger.notice("Configuration field has no effect in this version", metadata: ["field": "\(field)"])
        }
        let node = Composition(configuration: configuration, options: options, stateDirectory: agent.stateDirectory)
        let services = ServiceGroup(
            services: try await node.services(), gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        try await withLogger(logger) { _ in try await services.run() }
    }
}
