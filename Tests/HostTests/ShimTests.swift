import Glibc
import Linux
import Shim
import SystemPackage
import Testing

@Suite(.enabled(if: geteuid() == 0, "needs root"), .timeLimit(.minutes(2))) struct `A shim` {
    @Test(arguments: [0, 1, 42, 255] as [Int32])
    func `learns the exit code and writes it down first`(code: Int32) async throws {
        try await ShimFixture.with { fixture in
            let started = try await fixture.shim.start(fixture.command("a", ["sh", "-c", "exit \(code)"]))
            #expect(started.pid > 0 && started.warnings.isEmpty)
            let exit = try await fixture.shim.wait("a")
            #expect(exit.code == code && exit.signal == 0)
            #expect(try ExitState.read(fixture.directory.appending("a.exit")) == exit)
            try await fixture.shim.remove("a")
            #expect(try await fixture.shim.list().isEmpty)
        }
    }

    @Test func `names the step that failed`() async throws {
        try await ShimFixture.with { fixture in
            let message = "execute /no/such/program: execve: No such file or directory"
            var request = fixture.command("a", ["true"])
            request.program.steps = [.execute(arguments: ["/no/such/program"], environment: [])]
            await #expect(throws: ShimError.refused(message: message, errno: .noSuchFileOrDirectory)) {
                _ = try await fixture.shim.start(request)
            }
            request.program.steps = [.makeFilesystem(0, type: "nofs", options: [], attributes: [])]
            await #expect(
                throws: ShimError.refused(
                    message: "mount nofs: fsopen nofs: No such device", errno: Errno(rawValue: ENODEV))
            ) { _ = try await fixture.shim.start(request) }
            // A start that failed leaves no process, no record and its name free.
            _ = try await fixture.shim.start(fixture.command("a", ["true"]))
            #expect(try await fixture.shim.wait("a").code == 0)
        }
    }

    @Test func `begins with the host's mounts where it may have no others, and says why`() async throws {
        let directory = FilePath("/tmp/swiftlet-host-\(getpid())-\(UInt32.random(in: 0...UInt32.max))")
        try makeDirectories(directory)
        defer { try? removeTree(at: directory) }
        // A user namespace of its own is to have no namespaces of mounts: that limits nobody else.
        let zygote = try ShimFixture.products().appending("swiftlet-shim")
        let script = "echo 0 >/proc/sys/user/max_mnt_namespaces && exec \(zygote)"
        let (line, ends) = (try UnixSocket.pair().release(), try UnixSocket.pair().release())
        let process = try openFile("/usr/bin/unshare", .readOnly).borrow { program throws(SyscallError) in
            try spawn(program: program, arguments: ["unshare", "-Ur", "sh", "-c", script], socket: line.far)
        }
        try line.far.close()
        let listener = try UnixSocket.listening(at: directory.appending("shim.sock"), .packets)
        try line.near.sendPacket(
            ForkRequest(name: "shim-test", hasCgroup: false).encoded(), descriptors: [ends.far, listener.borrow { $0 }])
        try ends.far.close()
        let answer = UnixSocket(adopting: OwnedFileDescriptor(ends.near))
        guard let packet = try await answer.receivePacket() else { return #expect(Bool(false), "it has ended") }
        let reply = try ShimReply(decoding: packet.bytes)
        for fd in packet.takeDescriptors() { try PidFD(adopting: OwnedFileDescriptor(fd)).send(SIGKILL) }
        try line.near.close()
        try await process.ended()
        guard case .process(_, let warnings) = reply else { return #expect(Bool(false), "\(reply)") }
        #expect(warnings == ["clone3: No space left on device"])
    }

    @Test func `kills by signal, one or a whole cgroup`() async throws {
        try await ShimFixture.with { fixture in
            _ = try await fixture.shim.start(fixture.command("one", ["sleep", "1000"]))
            try await fixture.shim.signal("one", SIGTERM)
            let exit = try await fixture.shim.wait("one")
            #expect(exit.code == 128 + SIGTERM && exit.signal == SIGTERM)
            let group = fixture.cgroup.appending("all")
            try makeDirectories(group)
            let script = "sleep 1000 & sleep 1000 & wait"
            _ = try await fixture.shim.start(fixture.command("all", ["sh", "-c", script], cgroup: group.string))
            #expect(try fixture.text(group.appending("cgroup.procs")).isEmpty == false)
            try await fixture.shim.signal("all", SIGKILL, all: true)
            #expect(try await fixture.shim.wait("all").signal == SIGKILL)
            while try !fixture.text(group.appending("cgroup.procs")).isEmpty {
                try await Task.sleep(for: .milliseconds(2))
            }
        }
    }

    @Test func `answers others while one waits`() async throws {
        try await ShimFixture.with { fixture in
            let gate = try FileDescriptor.pipe()
            var request = fixture.command("slow", ["true"], before: [.wait(0)])
            request.exitRecord = nil
            let waiting = request
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    let started = try await fixture.shim.start(waiting, descriptors: [gate.readEnd])
                    #expect(started.pid > 0)
                }
                while try await fixture.shim.list().isEmpty { try await Task.sleep(for: .milliseconds(1)) }
                _ = try await fixture.shim.start(fixture.command("quick", ["true"]))
                #expect(try await fixture.shim.wait("quick").code == 0)
                try gate.readEnd.close()
                try gate.writeEnd.close()
                try await group.waitForAll()
            }
            #expect(try await fixture.shim.wait("slow").code == 0)
        }
    }

    @Test func `survives whatever it is sent`() async throws {
        try await ShimFixture.with { fixture in
            var generator = SystemRandomNumberGenerator()
            // Two bytes could be a request to shut down.
            for size in [0, 1, 3, 100, 8191, 8192, 8193, 60_000] {
                let socket = try UnixSocket.connecting(to: fixture.shim.socket, .packets)
                let bytes = (0..<size).map { _ in UInt8.random(in: 0...6, using: &generator) }
                try await socket.send(bytes)
            }
            // A memory file that is not sealed, or too large, is refused before it is read.
            for size in [10, 16 << 20] {
                let socket = try UnixSocket.connecting(to: fixture.shim.socket, .packets)
                let path = fixture.directory.appending("file")
                let file = try openFile(path, [.readWrite, .create])
                ftruncate(file.borrow { $0.rawValue }, size)
                try await socket.send([1], descriptors: [file.borrow { $0 }])
                let answer = try await socket.readSome()
                guard case .failure = try ShimReply(decoding: answer) else {
                    Issue.record("not refused")
                    return
                }
            }
            // A large request is an ordinary one.
            var request = fixture.command("large", ["true"])
            request.program.steps = [
                .execute(
                    arguments: ["/bin/busybox", "true"],
                    environment: (0..<2000).map { "V\($0)=\(String(repeating: "x", count: 50))" })
            ]
            _ = try await fixture.shim.start(request)
            #expect(try await fixture.shim.wait("large").code == 0)
        }
    }

    @Test func `keeps no descriptor of what has ended`() async throws {
        try await ShimFixture.with { fixture in
            // The zygote answers for a shim that it has forked: only one that answers itself has all that it needs.
            _ = try await fixture.shim.list()
            let before = try directoryEntries(FilePath("/proc/\(fixture.shimPID)/fd")).count
            for n in 0..<50 {
                let log = LogTarget(path: fixture.directory.appending("\(n).log").string)
                _ = try await fixture.shim.start(fixture.command("c\(n)", ["echo", "hello"], log: log))
                _ = try await fixture.shim.wait("c\(n)")
                try await fixture.shim.remove("c\(n)")
                var bad = fixture.command("bad", ["true"], log: log)
                bad.program.steps = []
                await #expect(throws: ShimError.self) { _ = try await fixture.shim.start(bad) }
                bad.cgroup = "/no/such/cgroup"
                await #expect(throws: ShimError.self) { _ = try await fixture.shim.start(bad) }
            }
            // An answer may arrive a moment before the shim has closed its end.
            var left = Int.max
            for _ in 0..<1000 where left > before {
                left = try directoryEntries(FilePath("/proc/\(fixture.shimPID)/fd")).count
                try await Task.sleep(for: .milliseconds(1))
            }
            #expect(left <= before)
            #expect(try fixture.text(fixture.directory.appending("7.log")).hasSuffix(" stdout F hello\n"))
        }
    }

    @Test func `outlives the zygote, and another takes its place`() async throws {
        try await ShimFixture.with { fixture in
            let started = try await fixture.shim.start(fixture.command("a", ["sleep", "1000"]))
            // The zygote is the shim's parent.
            let zygote = try PidFD(pid: try ProcessStat(pid: fixture.shimPID).parent)
            try zygote.send(SIGKILL)
            try await zygote.ended()
            let again = try await fixture.shim.open("a")
            #expect(again.pid == started.pid && again.state.startTime == started.state.startTime)
            let other = fixture.directory.appending("other.sock")
            let second = try await fixture.zygote.forkShim(socket: other, cgroup: nil, name: "shim-other")
            try await ShimClient(socket: other).shutdown()
            try await second.process.ended()
            try await fixture.shim.signal("a", SIGKILL)
            #expect(try await fixture.shim.wait("a").signal == SIGKILL)
        }
    }
}
