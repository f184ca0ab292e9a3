import Logging
import Node
import ServiceLifecycle
import Systemd
import UnixSignals

/// Reads the configuration anew on SIGHUP, as `systemctl reload` asks, and says what became of it.
///
/// Networks, registries and manifests are read whenever they are used; what is taken once, at start, is told of.
struct Reload: Service {
    let options: RunOptions
    let configuration: KubeletConfiguration

    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            try ServiceManager.notify(.reloading)
            do {
                if try options.configuration() == configuration {
                    Logger.current.notice("Configuration read again: it is the same")
                } else {
                    Logger.current.warning("Configuration has changed: it holds from the agent's next start on")
                }
            } catch {
                Logger.current.error("Configuration cannot be read: the old one holds", metadata: ["error": "\(error)"])
            }
            try ServiceManager.notify(.ready)
        }
    }
}
