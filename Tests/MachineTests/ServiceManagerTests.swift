import FoundationEssentials
import Systemd
import Testing

private let isService = ProcessInfo.processInfo.environment["SWIFTLET_TEST_SERVICE"] != nil

@Suite(.serialized) struct `The service manager` {
    @Test(.boot(1)) func `hears what a service says of itself`() async throws {
        let bundle = CommandLine.arguments[0]
        try await shell(
            """
            systemd-run -q --unit=test-service -p Type=notify -p NotifyAccess=main -p WatchdogSec=4 \
                --setenv=SWIFTLET_TEST_SERVICE=1 --setenv=HOME=/root \
                \(bundle) --testing-library swift-testing --filter 'speaks up as a service'
            """)
        // `systemd-run` came back: the service said READY.
        #expect(try await property("ActiveState") == "active")
        #expect(try await property("StatusText") == "two lines")
        try await until("the service has ended") { try await property("ActiveState") == "inactive" ? true : nil }
        #expect(try await property("Result") == "success")
    }

    /// The other end: it runs in the unit that the test above makes, longer than its watchdog would let it be silent.
    @Test(.enabled(if: isService, "belongs to a unit that another test makes"))
    func `speaks up as a service`() async throws {
        #expect(ServiceManager.watchdogInterval == .seconds(4))
        try ServiceManager.notify(.ready, .status("two\nlines"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await ServiceManager.keepWatchdogQuiet() }
            try await ContinuousClock().sleep(for: .seconds(10))
            group.cancelAll()
            do { try await group.waitForAll() } catch is CancellationError {}
        }
        try ServiceManager.notify(.stopping)
    }

    private func property(_ name: String) async throws -> String {
        try await shell("systemctl show -P \(name) test-service.service")
    }
}
