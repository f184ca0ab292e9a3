import Linux
import Node
import Pods
import SystemPackage

extension UserIDPool {
    /// The ids that this machine keeps for pods: those of the user `kubelet`, if there is one and `getsubids` to ask
    /// about it, else all.
    ///
    /// Source: facts of kubelet, §9.4. Who asks for a user that is there gets an answer, or the agent does not start: the
    /// answer may come from a server that is away.
    static func found(_ configuration: KubeletConfiguration) async throws -> UserIDPool {
        let (ids, pods) = (configuration.idsPerPod, configuration.maxPods)
        guard case .exited(0)? = try await ask("getent", "passwd", "kubelet")?.end,
            let users = try await ask("getsubids", "kubelet"), let groups = try await ask("getsubids", "-g", "kubelet")
        else { return try UserIDPool(idsPerPod: ids, maxPods: pods) }
        for (kind, answer) in [("uids", users), ("gids", groups)] where answer.end != .exited(0) {
            throw NoAnswer(kind: kind, end: "\(answer.end)", words: String(decoding: answer.errors, as: UTF8.self))
        }
        func text(_ answer: Command.Result) -> String { String(decoding: answer.output, as: UTF8.self) }
        return try UserIDPool(
            subordinateUsers: text(users), groups: text(groups), idsPerPod: ids, maxPods: pods)
    }

    /// `nil`: there is no such program.
    private static func ask(_ words: String...) async throws -> Command.Result? {
        let result = try await Command(
            executable: "/usr/bin/env", arguments: ["env"] + words, environment: inheritableEnvironment(),
            timeout: .seconds(60)
        ).run()
        // Source: env(1): 127 for a program that is not found.
        return result.end == .exited(127) ? nil : result
    }

    struct NoAnswer: Error, CustomStringConvertible {
        let kind: String
        let end: String
        let words: String
        var description: String {
            "kubelet mappings: error retrieving additional \(kind) for user \"kubelet\": \(end): \(words)"
        }
    }
}
