import Linux
import Pods
import SystemPackage

extension Machine {
    /// Runs a hook to its end; one whose container ends meanwhile has failed.
    func run(
        _ hook: Pod.Container.Hook, _ moment: HookError.Moment, in container: Pod.Container, of pod: Pod,
        instance: String
    ) async throws {
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await run(hook, in: container, of: pod) }
                group.addTask {
                    await waitForExit(of: instance, in: pod.id)
                    try Task.checkCancellation()
                    // What the hook itself has to say comes first.
                    try await Task.sleep(for: .milliseconds(200))
                    throw HookFailure(problem: "container terminated before \(hook.word) hook finished")
                }
                defer { group.cancelAll() }
                try await group.next()
            }
        } catch {
            if Task.isCancelled || error is CancellationError { throw CancellationError() }
            let failure = error as? HookFailure ?? HookFailure(problem: "\(error)")
            throw HookError(
                moment, hook, container: container.name, of: pod, problem: failure.problem, output: failure.output)
        }
    }

    private func run(_ hook: Pod.Container.Hook, in container: Pod.Container, of pod: Pod) async throws {
        switch hook {
        case .sleep(let time): try await Task.sleep(for: time)
        case .exec(let command): try await run(command, in: container, of: pod)
        case .http(let request):
            let ips = try pod.hostNetwork ? addresses.current : records(of: pod.id).sandbox()?.addresses ?? []
            let port = try container.resolve(request.port)
            let fellBack = try await sendHook(request, request.host ?? ips.first ?? "127.0.0.1", port)
            if fellBack { await note(.fallsBackToHTTP(container.name), pod) }
        }
    }

    private func run(_ command: [String], in container: Pod.Container, of pod: Pod) async throws {
        let process = try await exec(command, in: container.name, of: pod, hasInput: false)
        do {
            let output = try await process.collect(limit: 10 << 10)
            let code = try await process.end()
            guard code == 0 else {
                let words = command.joined(separator: " ")
                throw HookFailure(problem: "command '\(words)' exited with \(code): \(output)", output: output)
            }
        } catch {
            // Its asker goes away: whatever it still does is for nobody.
            try? await process.kill()
            throw error
        }
    }
}

/// What went wrong, and what the hook wrote.
struct HookFailure: Error {
    var problem: String
    var output = ""
}

extension Pod.Container.Hook {
    fileprivate var word: String {
        switch self {
        case .exec: "exec"
        case .http: "httpGet"
        case .sleep: "sleep"
        }
    }
}

extension ExecProcess {
    /// What it writes until it closes both of its streams, at most so much; the rest is read and forgotten.
    func collect(limit: Int) async throws -> String {
        try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for case let stream? in [output, errors] {
                group.addTask {
                    var bytes: [UInt8] = []
                    while true {
                        try await stream.readable()
                        guard let part = try stream.readPending() else { continue }
                        if part.isEmpty { return bytes }
                        bytes += part.prefix(limit - bytes.count)
                    }
                }
            }
            var bytes: [UInt8] = []
            for try await part in group { bytes += part }
            return String(decoding: bytes.prefix(limit), as: UTF8.self)
        }
    }
}
