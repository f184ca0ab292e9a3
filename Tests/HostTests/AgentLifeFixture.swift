import Foundation
import TestSupport
import Testing

/// A manifest out of its spec's lines, on the host's network, with the busybox image for `IMAGE`.
func lifePod(_ name: String, grace: Int = 2, policy: String = "Always", _ spec: String) -> (String, String) {
    let text = spec.replacingOccurrences(of: "IMAGE", with: "\(BusyboxImage.name), imagePullPolicy: Never")
    return (
        "\(name).yaml",
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: \(name)}
        spec:
          hostNetwork: true
          restartPolicy: \(policy)
          terminationGracePeriodSeconds: \(grace)
        \(text.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n"))
        """
    )
}

extension AgentProcess {
    /// The status of one container of any kind.
    func containerStatus(_ pod: String, _ container: String) throws -> [String: Any]? {
        guard let status = try status(pod) else { return nil }
        return ["initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"]
            .flatMap { status[$0] as? [[String: Any]] ?? [] }.first { $0["name"] as? String == container }
    }

    func state(_ pod: String, _ container: String, of field: String = "state") throws -> (kind: String, [String: Any])?
    {
        guard let state = try containerStatus(pod, container)?[field] as? [String: Any],
            let (kind, value) = state.first
        else { return nil }
        return (kind, value as? [String: Any] ?? [:])
    }

    func reason(_ pod: String, _ container: String, of field: String = "state") throws -> String? {
        try state(pod, container, of: field)?.1["reason"] as? String
    }

    func isRunning(_ pod: String, _ container: String) throws -> Bool { try state(pod, container)?.kind == "running" }

    func restarts(_ pod: String, _ container: String) throws -> Int {
        try containerStatus(pod, container)?["restartCount"] as? Int ?? -1
    }

    func condition(_ pod: String, _ type: String) throws -> [String: Any]? {
        (try status(pod)?["conditions"] as? [[String: Any]])?.first { $0["type"] as? String == type }
    }

    /// What containers wrote to the file that all of them mount, line by line.
    func lines(_ file: URL) -> [String] {
        ((try? String(contentsOf: file, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
    }

    /// A directory of this test's, for `hostPath` volumes.
    func shared(_ name: String) throws -> URL {
        let folder = directory.appending(path: name)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    /// What the command line says happened to a pod.
    func events(_ pod: String) async throws -> String { try await ask("pods", "describe", pod).output }

    /// Expects that to contain some words, soon: an event follows the status that it is about.
    func expectEvent(
        _ words: String, of pod: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        _ = try await eventually(within: .seconds(10)) { try await events(pod).contains(words) }
        let told = try await events(pod)
        #expect(told.contains(words), sourceLocation: sourceLocation)
    }
}
