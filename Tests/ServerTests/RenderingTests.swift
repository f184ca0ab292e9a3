import Kubernetes
import Testing

@testable import Server

@Suite struct `Words for people` {
    @Test(
        arguments: [
            (0, "0s"), (119, "119s"), (120, "2m"), (312, "5m12s"), (599, "9m59s"), (600, "10m"), (10_799, "179m"),
            (10_800, "3h"), (12_000, "3h20m"), (86_400, "24h"), (86_400 * 3, "3d"), (86_400 * 3 + 7200, "3d2h"),
            (86_400 * 30, "30d"), (86_400 * 800, "2y70d"),
        ] as [(Int64, String)])
    func `tell an age as kubectl does`(seconds: Int64, age: String) {
        #expect(Words.age(of: Time(seconds: 1000), at: Time(seconds: 1000 + seconds)) == age)
    }

    @Test(
        arguments: [(0, "0B"), (999, "999B"), (1500, "1.5kB"), (2_250_000, "2.3MB"), (123_456_789, "123MB")]
            as [(Int64, String)])
    func `tell an amount of bytes`(count: Int64, words: String) { #expect(Words.bytes(count) == words) }
}

@Suite struct `A table` {
    @Test func `is as wide as its cells and ends its lines without blanks`() {
        #expect(Table(["A", "LONG"], [["aaa", "b"], ["a", ""]]).description == "A     LONG\naaa   b\na")
    }
}

@Suite struct `A pod's status` {
    private static func status(_ state: ContainerState, ready: Bool = false) -> ContainerStatus {
        var status = ContainerStatus()
        (status.name, status.state, status.ready) = ("app", state, ready)
        return status
    }

    @Test(
        arguments: [
            ([], "Running"),
            ([status(.isRunning, ready: true)], "Running"),
            ([status(.waiting("CrashLoopBackOff"))], "CrashLoopBackOff"),
            ([status(.ended(1, reason: "Error"))], "Error"),
            ([status(.ended(2))], "ExitCode:2"),
            ([status(.ended(137, signal: 9))], "Signal:9"),
            ([status(.ended(0, reason: "Completed")), status(.isRunning, ready: true)], "NotReady"),
            ([status(.ended(0, reason: "Completed"))], "Completed"),
        ] as [([ContainerStatus], String)])
    func `is the word that kubectl shows`(statuses: [ContainerStatus], word: String) {
        #expect(PodView.status(of: pod("a", containers: ["app"], statuses: statuses)) == word)
    }

    @Test func `tells init containers and deletion`() {
        var object = pod("a", containers: ["app"])
        object.spec?.initContainers = [Container(), Container()]
        object.status?.initContainerStatuses = [Self.status(.ended(0)), Self.status(.isRunning)]
        #expect(PodView.status(of: object) == "Init:1/2")
        object.metadata?.deletionTimestamp = Time(seconds: 5)
        #expect(PodView.status(of: object) == "Terminating")
    }
}

@Suite struct `A pod's name` {
    private let pods = [
        PodView(namespace: "default", name: "web-n1", uid: "1", node: "n1", phase: "Running", status: "Running"),
        PodView(namespace: "kube-system", name: "dns-n1", uid: "2", node: "n1", phase: "Running", status: "Running"),
        PodView(namespace: "default", name: "dns-n1", uid: "3", node: "n1", phase: "Running", status: "Running"),
    ]

    @Test(arguments: [
        ("web", "1"), ("web-n1", "1"), ("default/web", "1"), ("kube-system/dns", "2"), ("default/dns-n1", "3"),
        ("2", "2"),
    ])
    func `may leave out what is clear`(text: String, uid: String) throws {
        let name = try #require(PodName(parsing: text))
        let meant = try name.find(in: pods) { $0 }
        #expect(meant.uid == uid)
        #expect(name.mayMean(meant.name, in: meant.namespace, uid: meant.uid))
    }

    @Test(arguments: [
        ("dns", ControlError.Code.invalid, "not unique: default/dns-n1, kube-system/dns-n1"),
        ("nope", .notFound, "pod \"nope\" not found"),
        ("other/web", .notFound, "there is default/web-n1"),
        ("we", .notFound, "is it default/web-n1"),
    ])
    func `that does not name one pod is refused with a hint`(text: String, code: ControlError.Code, hint: String) throws
    {
        let name = try #require(PodName(parsing: text))
        let error = #expect(throws: ControlError.self) { try name.find(in: pods) { $0 } }
        #expect(error?.code == code)
        #expect(error?.message.contains(hint) == true)
    }

    @Test(arguments: ["", "/", "a/", "/a", "a/b/c"]) func `of the wrong form is none`(text: String) {
        #expect(PodName(parsing: text) == nil)
    }
}

@Suite struct `A pod's container` {
    private func view(_ containers: [String], initial: [String] = [], annotation: String? = nil) -> PodView {
        var object = pod("web-n1", containers: containers)
        object.spec?.initContainers = initial.map {
            var container = Container()
            container.name = $0
            return container
        }
        object.metadata?.annotations = annotation.map { ["kubectl.kubernetes.io/default-container": $0] }
        return PodView(object)
    }

    /// As kubectl chooses and tells.
    @Test(
        arguments: [
            (["web"], [], nil, "web", nil),
            (["web", "writer"], [], nil, "web", "Defaulted container \"web\" out of: web, writer"),
            (["web"], ["setup"], nil, "web", "Defaulted container \"web\" out of: web, setup (init)"),
            (["web", "writer"], [], "writer", "writer", nil), (["web"], ["setup"], "setup", "setup", nil),
            (["web", "writer"], [], "gone", "web", "Defaulted container \"web\" out of: web, writer"),
        ] as [([String], [String], String?, String, String?)])
    func `need not be named`(
        containers: [String], initial: [String], annotation: String?, chosen: String, told: String?
    ) throws {
        let view = view(containers, initial: initial, annotation: annotation)
        #expect(try view.container(named: nil).name == chosen)
        #expect(view.defaulted(from: nil) == told)
        #expect(try view.container(named: "web").name == "web" && view.defaulted(from: "web") == nil)
    }

    @Test func `that is none of the pod's is refused`() {
        let refusal = #expect(throws: ControlError.self) {
            try view(["web", "writer"], initial: ["setup"]).container(named: "db")
        }
        #expect(refusal?.message == "container \"db\" not found in pod \"web-n1\": it has setup web writer")
    }
}

@Suite struct `A pod's description` {
    @Test func `tells states, reasons and what happened`() async {
        var status = ContainerStatus()
        (status.name, status.state, status.lastState) = (
            "app", .waiting("CrashLoopBackOff"), .ended(1, reason: "Error")
        )
        status.restartCount = 3
        let record = PodRecord(
            object: pod("web-n1", containers: ["app"], statuses: [status]),
            events: {
                [
                    EventView(
                        type: "Warning", reason: "BackOff", message: "back-off 40s", at: Time(seconds: 90), count: 3)
                ]
            })
        let text = PodDescription(await PodDetail(record), at: Time(seconds: 100)).description
        for line in [
            "Name:             web-n1", "Status:           Running (CrashLoopBackOff)",
            "    State:            Waiting", "      Reason:         CrashLoopBackOff",
            "    Last State:       Terminated", "      Exit Code:      1", "    Restart Count:    3",
            "  Warning  BackOff  10s (x3 over 10s)  back-off 40s",
        ] { #expect(text.split(separator: "\n").contains(line[...]), "\(line) in\n\(text)") }
    }
}

@Suite struct `The display of a pull` {
    private let events = [
        PullEvent(step: "resolving"),
        PullEvent(layer: "sha256:aabbcc", step: "downloading", bytesDone: 0, bytesTotal: 1000),
        PullEvent(layer: "sha256:aabbcc", step: "downloading", bytesDone: 500, bytesTotal: 1000),
        PullEvent(layer: "sha256:aabbcc", step: "done", bytesDone: 1000, bytesTotal: 1000),
    ]

    @Test func `is a line a step where no terminal is`() {
        var display = PullDisplay(isTerminal: false)
        let lines = events.compactMap { display.take($0) }
        #expect(lines == ["resolving\n", "aabbcc: downloading (1.0kB)\n", "aabbcc: done (1.0kB)\n"])
        #expect(display.end == "")
    }

    @Test func `is a bar that stays on one line of a terminal`() {
        var display = PullDisplay(isTerminal: true, width: 60)
        let lines = events.compactMap { display.take($0) }
        #expect(
            lines.allSatisfy { $0.hasPrefix("\r") && $0.hasSuffix("\u{1B}[K") && !$0.contains("\n") && $0.count < 64 })
        #expect(lines.last?.contains("1/1 layers") == true && lines.last?.contains("100% 1.0kB/1.0kB") == true)
        #expect(display.end == "\r\u{1B}[K")
    }

    @Test func `is a bar also where layers are not told apart`() {
        var display = PullDisplay(isTerminal: true, width: 60)
        let line = display.take(PullEvent(step: "reading", bytesDone: 500, bytesTotal: 1000))
        #expect(line?.contains("reading") == true && line?.contains("50% 500B/1.0kB") == true, "\(line ?? "")")
        #expect(display.take(PullEvent(step: "unpacking"))?.contains("[") == true)
    }
}
