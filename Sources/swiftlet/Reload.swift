import Logging
import Node
import ServiceLifecycle
import Systemd
import UnixSignals

/// Reads the configuration anew on SIGHUP, as `systemctl reload` asks: gives effect to what can be changed while pods
/// run, and names what cannot.
///
/// Networks, registries and manifests are read whenever they are used.
actor Reload: Service {
    private let options: RunOptions
    private var configuration: KubeletConfiguration
    private let apply: @Sendable (KubeletConfiguration) async -> Void

    init(
        options: RunOptions, configuration: KubeletConfiguration,
        apply: @escaping @Sendable (KubeletConfiguration) async -> Void
    ) {
        self.options = options
        self.configuration = configuration
        self.apply = apply
    }

    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            try ServiceManager.notify(.reloading)
            let status = await reload()
            try ServiceManager.notify(.status(status), .ready)
        }
    }

    /// Returns a line for `systemctl status`.
    private func reload() async -> String {
        let new: KubeletConfiguration
        do {
            new = try options.configuration()
        } catch {
            Logger.current.error("Configuration cannot be read: the old one holds", metadata: ["error": "\(error)"])
            return "Running pods; the configuration cannot be read, the old one holds: \(error)"
        }
        let reloaded = configuration.reloaded(as: new)
        configuration = reloaded.configuration
        await apply(configuration)
        for field in reloaded.changed {
            Logger.current.notice("Configuration field has a new value", metadata: ["field": "\(field)"])
        }
        for field in reloaded.waiting {
            Logger.current.warning(
                "Configuration field has changed: it holds from the agent's next start on",
                metadata: ["field": "\(field)"])
        }
        for field in reloaded.unused {
            Logger.current.notice("Configuration field has no effect in this version", metadata: ["field": "\(field)"])
        }
        if reloaded.changed.isEmpty && reloaded.waiting.isEmpty {
            Logger.current.notice("Configuration read again: it is the same")
        }
        if reloaded.waiting.isEmpty { return "Running pods" }
        return "Running pods; a new start is needed for \(reloaded.waiting.joined(separator: ", "))"
    }
}
