import OCI
import SystemPackage
import Testing

@testable import Machine

@Suite struct `The host's devices` {
    @Test func `are its nodes, without those that a container has of its own`() throws {
        let devices = try hostDevices()
        let null = try #require(devices.first { $0.path == "/dev/null" })
        #expect(null.type == "c" && null.major == 1 && null.minor == 3 && null.fileMode == 0o666)
        let others = ["/dev/pts", "/dev/shm", "/dev/mqueue", "/dev/ptmx", "/dev/console", "/dev/fd"]
        #expect(!devices.contains { device in others.contains { device.path.hasPrefix($0) } })
    }

    @Test func `are none where there is no directory`() throws {
        #expect(try hostDevices(in: "/no/such/directory").isEmpty)
    }
}
