package import Kubernetes

/// All about one pod for people, laid out as `kubectl describe pod` does.
package struct PodDescription: CustomStringConvertible {
    private let detail: PodDetail
    private let now: Time
    private var lines: [String] = []

    package init(_ detail: PodDetail, at now: Time) {
        self.detail = detail
        self.now = now
        addPod()
        addContainers("Init Containers:", detail.view.initContainers)
        addContainers("Containers:", detail.view.containers)
        addContainers("Ephemeral Containers:", detail.view.ephemeralContainers)
        addConditions()
        addVolumes()
        addEvents()
    }

    package var description: String { lines.joined(separator: "\n") }

    private mutating func add(_ label: String, _ value: String?, indent: Int = 0, width: Int = 18) {
        guard let value, !value.isEmpty else { return }
        let gap = String(repeating: " ", count: max(1, width - indent - label.count - 1))
        let blank = String(repeating: " ", count: width)
        // A message of several lines stays in its column.
        let text = value.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\n" + blank)
        lines.append(String(repeating: " ", count: indent) + label + ":" + gap + text)
    }

    private mutating func addPod() {
        let pod = detail.view
        add("Name", pod.name)
        add("Namespace", pod.namespace)
        add("UID", pod.uid)
        add("Node", pod.node + (pod.hostIP.map { "/\($0)" } ?? ""))
        add("Source", pod.source)
        add("Start Time", pod.createdAt.map { "\($0) (\(Words.age(of: $0, at: now)) ago)" })
        add("Labels", list(pod.labels))
        add("Annotations", list(pod.annotations))
        add("Status", pod.status == pod.phase ? pod.phase : "\(pod.phase) (\(pod.status))")
        if let deleted = pod.deletedAt { add("Terminating", "since \(Words.age(of: deleted, at: now))") }
        add("Reason", pod.reason)
        add("Message", pod.message)
        add("IPs", pod.ips.isEmpty ? "<none>" : pod.ips.joined(separator: ", "))
        add("QoS Class", pod.qosClass)
        add("Restart Policy", pod.restartPolicy)
    }

    private func list(_ pairs: [String: String]) -> String {
        pairs.isEmpty ? "<none>" : pairs.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }.joined(separator: "\n")
    }

    private mutating func addContainers(_ title: String, _ containers: [ContainerView]) {
        guard !containers.isEmpty else { return }
        lines.append(title)
        for container in containers {
            lines.append("  \(container.name):")
            let width = 22
            add("Container ID", container.id, indent: 4, width: width)
            add("Image", container.image, indent: 4, width: width)
            add("Image ID", container.imageID, indent: 4, width: width)
            add("Ports", container.ports.joined(separator: "\n"), indent: 4, width: width)
            add("Command", container.command.joined(separator: "\n"), indent: 4, width: width)
            add("Args", container.arguments.joined(separator: "\n"), indent: 4, width: width)
            add("State", container.state, width)
            if let last = container.last { add("Last State", last, width) }
            add("Ready", container.ready ? "True" : "False", indent: 4, width: width)
            add("Restart Count", "\(container.restarts)", indent: 4, width: width)
            for probe in detail.probes ?? [] where probe.container == container.name { add(probe, width) }
            add("Limits", amounts(container.limits), indent: 4, width: width)
            add("Requests", amounts(container.requests), indent: 4, width: width)
            add("Environment", container.environment.joined(separator: "\n"), indent: 4, width: width)
            add("Mounts", container.mounts.joined(separator: "\n"), indent: 4, width: width)
        }
    }

    /// As kubectl writes it, and below it what came of it.
    private mutating func add(_ probe: ProbeView, _ width: Int) {
        let name = probe.kind.prefix(1).uppercased() + probe.kind.dropFirst()
        add(name, "\(probe.question) \(probe.timing)", indent: 4, width: width)
        add("Verdict", "\(probe.verdict ?? "not decided yet"), \(probe.tally)", indent: 6, width: width)
        add("Answers", probe.history(at: now), indent: 6, width: width)
        if let failure = probe.answers.last(where: { $0.outcome != "success" }) {
            add("Last Failure", failure.text(limit: 3, indent: 0), indent: 6, width: width)
        }
    }

    private func amounts(_ amounts: [String: String]) -> String {
        amounts.sorted { $0.key < $1.key }.map { "\($0): \($1)" }.joined(separator: "\n")
    }

    private mutating func add(_ label: String, _ state: ContainerStateView, _ width: Int) {
        let name =
            switch state.kind {
            case .waiting: "Waiting"
            case .running: "Running"
            case .terminated: "Terminated"
            }
        add(label, name, indent: 4, width: width)
        add("Reason", state.reason, indent: 6, width: width)
        add("Message", state.message, indent: 6, width: width)
        add("Exit Code", state.exitCode.map { "\($0)" }, indent: 6, width: width)
        add("Signal", state.signal.flatMap { $0 == 0 ? nil : "\($0)" }, indent: 6, width: width)
        add("Started", state.startedAt?.description, indent: 6, width: width)
        add("Finished", state.finishedAt?.description, indent: 6, width: width)
    }

    private mutating func addConditions() {
        guard !detail.view.conditions.isEmpty else { return }
        let rows = detail.view.conditions.map { [$0.type, $0.status, $0.reason ?? "", $0.message ?? ""] }
        addTable("Conditions:", ["Type", "Status", "Reason", "Message"], rows)
    }

    private mutating func addVolumes() {
        guard !detail.view.volumes.isEmpty else { return }
        addTable("Volumes:", ["Name", "Kind", ""], detail.view.volumes.map { [$0.name, $0.kind, $0.detail] })
    }

    private mutating func addEvents() {
        guard !detail.events.isEmpty else {
            lines.append("Events:           <none>")
            return
        }
        let namesContainers = detail.events.contains { $0.container != nil }
        let rows = detail.events.map { event in
            var age = Words.age(of: event.lastSeen, at: now)
            if event.count > 1 { age += " (x\(event.count) over \(Words.age(of: event.firstSeen, at: now)))" }
            return [event.type, event.reason, age] + (namesContainers ? [event.container ?? ""] : []) + [event.message]
        }
        let columns = ["Type", "Reason", "Age"] + (namesContainers ? ["Container"] : []) + ["Message"]
        addTable("Events:", columns, rows)
    }

    private mutating func addTable(_ title: String, _ columns: [String], _ rows: [[String]]) {
        lines.append(title)
        lines += Table(columns, rows, separator: "  ").description.split(separator: "\n").map { "  \($0)" }
    }
}
