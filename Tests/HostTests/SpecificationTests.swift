import Containers
import Glibc
import Linux
import OCI
import Shim
import SystemPackage
import Testing

@Suite(.enabled(if: geteuid() == 0, "needs root"), .timeLimit(.minutes(2))) struct `A container of the specification` {
    @Test func `lives in a user namespace, whose root owns what it makes`() async throws {
        try await LifecycleFixture.with { fixture in
            fixture.giveRoot(to: 100_000)
            var spec = fixture.spec(
                """
                id -u; cat /proc/self/uid_map; hostname; echo x > /dev/null && echo null; stat -c %t:%T /dev/zero
                echo mine > /tmp/file; grep -c . /proc/mounts; ls /sys/class/net
                """)
            let map = [RuntimeSpec.IDMapping(containerID: 0, hostID: 100_000, size: 65_536)]
            spec.linux?.namespaces?.append(.init(.user))
            spec.linux?.uidMappings = map
            spec.linux?.gidMappings = map
            spec.process?.rlimits = [.init(type: "RLIMIT_NOFILE", hard: 512, soft: 256)]
            let run = try await fixture.run(spec)
            #expect(run.exit.code == 0)
            let lines = run.lines.map { $0.split(separator: " ").joined(separator: " ") }
            #expect(lines.prefix(5) == ["0", "0 100000 65536", "box", "null", "1:5"], "\(run.lines)")
            #expect(lines.last == "lo")
            let made = try fileStatus(fixture.rootfs.appending("tmp/file"))
            #expect(made?.owner == 100_000)
        }
    }

    @Test func `joins namespaces by their paths, a user namespace among them`() async throws {
        try await LifecycleFixture.with { fixture in
            let range = InitProgram.IDRange(inside: 0, outside: 200_000, count: 65_536)
            let holder = InitProgram(
                namespaces: [.user, .network, .uts, .ipc],
                steps: [.setHostname("held"), .execute(arguments: ["/bin/busybox", "sleep", "100"], environment: [])],
                helper: .init(uids: [range], gids: [range]))
            let held = try await fixture.shim.start(StartRequest(id: "holder", program: holder)).state.pid
            fixture.giveRoot(to: 200_000)
            var spec = fixture.spec("id -u; hostname; cat /proc/self/uid_map; readlink /proc/self/ns/net")
            spec.hostname = nil
            spec.process?.args?[2] += "; busybox readlink /proc/self/ns/net /proc/self/ns/uts"
            spec.linux?.namespaces = [
                .init(.mount), .init(.pid), .init(.network, path: "/proc/\(held)/ns/net"),
                .init(.user, path: "/proc/\(held)/ns/user"), .init(.uts, path: "/proc/\(held)/ns/uts"), .init(.ipc),
                .init(.cgroup),
            ]
            let run = try await fixture.run(spec)
            let lines = run.lines.map { $0.split(separator: " ").joined(separator: " ") }
            #expect(lines.starts(with: ["0", "held", "0 200000 65536"]), "\(run.lines)")
            #expect(run.lines.contains(LifecycleFixture.target("/proc/\(held)/ns/net")), "\(run.lines)")
            try await fixture.shim.signal("holder", SIGKILL)
        }
    }

    @Test func `names a joined namespace that is of another kind`() async throws {
        try await LifecycleFixture.with { fixture in
            var spec = fixture.spec("true")
            spec.linux?.namespaces = [.init(.mount), .init(.uts), .init(.network, path: "/proc/self/ns/ipc")]
            let error = await #expect(throws: ShimError.self) { _ = try await fixture.run(spec) }
            #expect("\(error.map { "\($0)" } ?? "")".contains("/proc/self/ns/ipc"), "\(String(describing: error))")
        }
    }

    @Test func `has clocks of its own`() async throws {
        try await LifecycleFixture.with { fixture in
            var spec = fixture.spec("cat /proc/uptime; cat /proc/self/timens_offsets")
            spec.linux?.namespaces?.append(.init(.time))
            spec.linux?.timeOffsets = ["boottime": .init(secs: 100_000_000), "monotonic": .init(secs: 7, nanosecs: 5)]
            let run = try await fixture.run(spec)
            #expect(run.exit.code == 0)
            #expect(Double(run.lines.first?.split(separator: " ").first ?? "").map { $0 > 100_000_000 } == true)
            #expect(run.lines.contains { $0.split(separator: " ") == ["monotonic", "7", "5"] }, "\(run.lines)")
        }
    }

    @Test func `sees owners as an idmapped mount shows them`() async throws {
        try await LifecycleFixture.with { fixture in
            let volume = fixture.host.directory.appending("volume")
            try makeDirectories(volume)
            try replaceFile(at: volume.appending("file"), with: "x".utf8)
            unsafe chown(volume.appending("file").string, 1000, 1001)
            var spec = fixture.spec("stat -c %u:%g /mapped/file; echo new > /mapped/new; stat -c %u /mapped/new")
            spec.mounts?.append(
                .init(
                    destination: "/mapped", source: volume.string, type: "bind",
                    options: ["rbind", "rprivate", "ridmap"],
                    uidMappings: [
                        .init(containerID: 1000, hostID: 0, size: 1), .init(containerID: 0, hostID: 5, size: 1),
                    ],
                    gidMappings: [
                        .init(containerID: 1001, hostID: 0, size: 1), .init(containerID: 0, hostID: 5, size: 1),
                    ]))
            spec.process?.args?[2] = "stat -c %u:%g /mapped/file; echo x > /mapped/new; stat -c %u:%g /mapped/new"
            let run = try await fixture.run(spec)
            #expect(run.lines == ["0:0", "0:0"], "\(run.lines)")
            let made = try fileStatus(volume.appending("new"))
            #expect(made?.owner == 1000 && made?.group == 1001)
        }
    }

    @Test func `gets kernel parameters of its namespaces`() async throws {
        try await LifecycleFixture.with { fixture in
            var spec = fixture.spec(
                "cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax /proc/sys/kernel/domainname")
            spec.linux?.sysctl = ["net.ipv4.ip_forward": "1", "kernel.msgmax": "7000"]
            spec.domainname = "example"
            spec.linux?.readonlyPaths = ["/proc/sys"]
            let lines = try await fixture.run(spec).lines
            #expect(lines == ["1", "7000", "example"])
        }
    }

    @Test func `makes the devices that it should have`() async throws {
        try await LifecycleFixture.with { fixture in
            var spec = fixture.spec(
                "stat -c '%A %t:%T %u' /dev/mine /dev/pipe /dev/null; ls /dev/fd/ > /dev/null && echo fd")
            spec.linux?.devices = [
                .init(type: "c", path: "/dev/mine", major: 1, minor: 5, fileMode: 0o640, uid: 7),
                .init(type: "p", path: "/dev/pipe", fileMode: 0o600),
                .init(type: "c", path: "/dev/null", major: 1, minor: 3, fileMode: 0o600),
            ]
            let lines = try await fixture.run(spec).lines
            #expect(lines == ["crw-r----- 1:5 7", "prw------- 0:0 0", "crw------- 1:3 0", "fd"])
        }
    }

    @Test func `gets the interface that is moved to it, with its address, under its new name`() async throws {
        try await LifecycleFixture.with { fixture in
            for words in [
                ["link", "add", "outside0", "type", "veth", "peer", "name", "outside1"],
                ["addr", "add", "10.9.9.1/24", "dev", "outside0"],
            ] {
                _ = try await Command(executable: "/sbin/ip", arguments: ["ip"] + words, timeout: .seconds(10)).run()
            }
            var spec = fixture.spec(
                "busybox ip -o -4 addr show inside7 | grep -c 10.9.9.1/24; busybox ip link show inside7")
            let devices = ["outside0": RuntimeSpec.NetDevice(name: "inside7")]
            spec.linux?.netDevices = devices
            let run = try await fixture.run(spec, atSurroundings: { try NetworkDevices.move(devices, to: $0) })
            #expect(run.lines.first == "1", "\(run.lines)")
            #expect(run.lines.contains { $0.contains("UP") }, "\(run.lines)")
        }
    }
}
