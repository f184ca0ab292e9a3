import Kubernetes
import Machine
import Pods
import Server

/// Adds a container to a running pod, waits until it runs, and runs a command in it where somebody is attached.
func lookInside(
    _ uid: String, _ request: DebugRequest, _ machine: Machine, _ pods: PodManager
) async throws -> DebugSession {
    let name = request.container ?? "debugger-\(String(UInt32.random(in: 0 ... .max), radix: 36).prefix(5))"
    var added = EphemeralContainer()
    added.name = name
    added.image = request.image
    added.targetContainerName = request.target
    // Something has to be there for the command to run in.
    let command = request.isAttached ? ["sleep", "infinity"] : request.command
    added.command = command.isEmpty ? nil : command
    do {
        try await pods.add(added, to: .init(uid))
    } catch let error as Admission.Refusal {
        throw ControlError(.invalid, "pod \"\(request.pod)\": \(error)")
    }
    let pod = try await untilStarted(name, uid, request, pods)
    guard request.isAttached else { return DebugSession(container: name) }
    let process = try await machine.exec(
        request.command.isEmpty ? ["sh"] : request.command, in: name, of: pod, hasInput: true,
        terminal: request.terminal)
    var session = ExecSession(process)
    session.end = {
        let end = ProcessEnd(code: try await process.end())
        try await machine.end(name, of: pod)
        return end
    }
    session.kill = {
        try await process.kill()
        try await machine.end(name, of: pod)
    }
    return DebugSession(container: name, session: session)
}

/// Waits until the container runs or has run. What keeps it from that is the answer.
private func untilStarted(
    _ name: String, _ uid: String, _ request: DebugRequest, _ pods: PodManager
) async throws -> Pods.Pod {
    while true {
        guard let entry = await pods.entry(of: .init(uid)), !entry.isTerminating else {
            throw ControlError(.notFound, "pod \"\(request.pod)\" is gone")
        }
        let state = (entry.status?.ephemeralContainerStatuses ?? []).first { $0.name == name }?.state
        if state?.running != nil || state?.terminated != nil { return entry.pod }
        if let waiting = state?.waiting, let message = waiting.message, !message.isEmpty {
            throw ControlError(.failed, "container \"\(name)\" does not start: \(waiting.reason ?? ""): \(message)")
        }
        try await Task.sleep(for: .milliseconds(20))
    }
}
