import Systemd
import Testing

@Suite struct `A notice to the service manager` {
    @Test(arguments: [
        (ServiceManager.Notice.ready, "READY=1"), (.stopping, "STOPPING=1"), (.watchdog, "WATCHDOG=1"),
        (.status("3 pods run"), "STATUS=3 pods run"),
    ])
    func `is one assignment`(notice: ServiceManager.Notice, text: String) { #expect(notice.text == text) }

    @Test func `cannot smuggle in another by a line break`() {
        #expect(ServiceManager.Notice.status("web failed\nREADY=1\r\n").text == "STATUS=web failed READY=1")
    }

    @Test func `of a reload carries the monotonic time in microseconds`() throws {
        let lines = ServiceManager.Notice.reloading.text.split(separator: "\n")
        #expect(lines.first == "RELOADING=1")
        let last = try #require(lines.last)
        #expect(last.hasPrefix("MONOTONIC_USEC="))
        #expect(try #require(Int64(last.dropFirst("MONOTONIC_USEC=".count))) > 0)
    }
}
