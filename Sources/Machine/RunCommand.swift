import Linux
package import Pods
import Shim
import SystemPackage

/// How a command in a container ended, and the first of what it wrote.
package struct CommandEnd: Equatable, Sendable {
    /// Its exit code, or 128 + the signal; nil: its time was over, and it was killed.
    package var code: Int32?
    /// Output and errors as they came.
    package var output: [UInt8]
}

extension Machine {
    /// Runs a command in a container to its end, as a probe or a hook does. `$(VAR)` stands for what the pod itself
    /// writes as the container's environment. It is killed when its time is over, or the task is cancelled.
    package func run(
        _ command: [String], in container: Pod.Container, of pod: Pod, timeout: Duration, outputLimit: Int
    ) async throws -> CommandEnd {
        var variables: [String: String] = [:]
        for variable in container.environment {
            variables[variable.name] = expandReferences(variable.value, with: variables)
        }
        let process = try await exec(
            command.map { expandReferences($0, with: variables) }, in: container.name, of: pod, hasInput: false,
            joinsErrors: true)
        do {
            return try await end(of: process, timeout: timeout, outputLimit: outputLimit)
        } catch {
            // Nobody would ever end it.
            try? await withoutCancellation { try await process.kill() }
            throw error
        }
    }

    private func end(of process: ExecProcess, timeout: Duration, outputLimit: Int) async throws -> CommandEnd {
        try await withThrowingTaskGroup(of: CommandEvent.self) { group in
            group.addTask { .ended(try await process.end()) }
            group.addTask { .output(try await process.output.collect(limit: outputLimit)) }
            group.addTask {
                try await Task.sleep(for: timeout)
                return .timeIsOver
            }
            defer { group.cancelAll() }
            var output: [UInt8]?
            while let event = try await group.next() {
                switch event {
                case .output(let bytes): output = bytes
                case .timeIsOver:
                    try await process.kill()
                    return CommandEnd(code: nil, output: output ?? [])
                case .ended(let code):
                    // A child that it left behind may hold the pipe: what is written by now is all.
                    group.cancelAll()
                    while output == nil, let event = await group.nextResult() {
                        if case .success(.output(let bytes)) = event { output = bytes }
                    }
                    return CommandEnd(code: code, output: output ?? [])
                }
            }
            throw CancellationError()
        }
    }
}

private enum CommandEvent: Sendable {
    case ended(Int32)
    case output([UInt8])
    case timeIsOver
}

extension StreamEnd {
    /// Reads until the end, or until cancelled, and keeps the first bytes.
    fileprivate func collect(limit: Int) async throws -> [UInt8] {
        var kept: [UInt8] = []
        while true {
            if let bytes = try readPending() {
                if bytes.isEmpty { return kept }
                kept += bytes.prefix(limit - kept.count)
            } else {
                do { try await readable() } catch is CancellationError { return kept }
            }
        }
    }
}
