import Linux
import Logging
import Pods
import ServiceLifecycle

/// Gives back what a burst of starts took, once it is over. A quiet node does not wake it.
struct MemoryTrim: Service {
    private static let pause = Duration.seconds(5)

    /// Rung whenever something happened to a pod.
    let bell: Wakeup

    func run() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await bell.wait(until: nil, on: ContinuousClock())
                guard (try? await Task.sleep(for: Self.pause)) != nil else { return }
                do {
                    try trimOwnMemory()
                } catch {
                    Logger.current.warning("Memory is not given back", metadata: ["error": "\(error)"])
                }
            }
        }
    }
}
