import Linux
import Logging
import Pods
import ServiceLifecycle
import Statistics
import Systemd

/// Holds the machine's shutdown up until the node's pods have ended. Source: facts of kubelet, §10.6.
actor NodeShutdown: Service {
    private let pods: PodManager
    private var periods: ShutdownPeriods
    private var interruption: AsyncStream<Never>.Continuation?
    /// A machine without logind is told of once.
    private var hasWarned = false
    private let meter: NodeMeter

    init(pods: PodManager, periods: ShutdownPeriods, meter: NodeMeter) {
        self.meter = meter
        self.pods = pods
        self.periods = periods
    }

    /// From now on pods have this long.
    func setPeriods(_ new: ShutdownPeriods) {
        guard new != periods else { return }
        periods = new
        hasWarned = false
        interruption?.finish()
    }

    func run() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled { await self.holdUntilChanged() }
        }
    }

    private func holdUntilChanged() async {
        let (interrupted, interruption) = AsyncStream<Never>.makeStream()
        self.interruption = interruption
        let periods = periods
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.hold(periods) }
            group.addTask { for await _ in interrupted {} }
            await group.next()
            group.cancelAll()
        }
    }

    /// Follows logind until the task is cancelled; connects again when the connection is lost.
    private func hold(_ periods: ShutdownPeriods) async {
        var pause = Duration.seconds(1)
        while !Task.isCancelled {
            guard periods.total > .zero else {
                try? await Task.sleep(for: .seconds(24 * 3600))
                continue
            }
            do {
                let logind = try LoginManager()
                pause = .seconds(1)
                try await follow(logind, periods)
            } catch is CancellationError {
                return
            } catch {
                if !hasWarned {
                    Logger.current.warning(
                        "The machine's shutdown does not wait for pods", metadata: ["error": "\(error)"])
                }
                hasWarned = true
            }
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(60))
        }
    }

    private func follow(_ logind: LoginManager, _ periods: ShutdownPeriods) async throws {
        do {
            try await logind.allowDelay(of: periods.total)
        } catch let error as LoginManager.DelayTooShort {
            Logger.current.warning("Pods may have less time to end", metadata: ["error": "\(error)"])
        }
        while true {
            try await waitForShutdown(logind, periods)
            // Called off: the next one is waited for, with a new lock.
            while try await logind.shutdown() {}
            Logger.current.notice("Node shutdown is cancelled")
            await pods.cancelShutdown()
        }
    }

    /// Waits for a shutdown and ends the pods; the lock is given back with the return.
    private func waitForShutdown(_ logind: LoginManager, _ periods: ShutdownPeriods) async throws {
        let lock = try await logind.inhibitShutdown(why: "Pods need time to end")
        hasWarned = false
        Logger.current.info("The machine's shutdown waits for pods", metadata: ["time": "\(periods.total)"])
        while try await !logind.shutdown() {}
        Logger.current.notice("Node is shutting down")
        meter.setToNow(.shutdownStart)
        await pods.shutDown(within: periods)
        meter.setToNow(.shutdownEnd)
        Logger.current.notice("Pods have ended: the shutdown goes on")
        lock.borrow { _ in }
    }
}
