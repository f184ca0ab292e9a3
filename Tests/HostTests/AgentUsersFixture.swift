import Foundation
import Linux
import SystemPackage
import TestSupport
import Testing

/// A pod on the network of its own, with users of its own.
func usersPod(_ name: String, _ spec: String) -> (String, String) {
    let image = spec.replacing(/\n( +)image: IMAGE\n/) {
        "\n\($0.1)image: \(BusyboxImage.name)\n\($0.1)imagePullPolicy: Never\n"
    }
    let (file, text) = lifePod(name, image)
    return (file, text.replacingOccurrences(of: "hostNetwork: true", with: "hostUsers: false"))
}

/// Puts a layer over an archive's image, with one file that belongs to 7:8.
func addLayer(to archive: URL) async throws {
    let script = #"""
        set -eu
        work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
        mkdir "$work/i" "$work/l"; tar -C "$work/i" -xf "$ARCHIVE"; echo top >"$work/l/top"
        tar -C "$work/l" --owner=7 --group=8 -cf "$work/i/second.tar" top
        layer=$(sha256sum "$work/i/second.tar" | cut -d' ' -f1)
        sed -i 's/"]}}$/","sha256:'"$layer"'"]}}/' "$work/i/config.json"
        sed -i 's/"layer.tar"/"layer.tar","second.tar"/' "$work/i/manifest.json"
        tar -C "$work/i" -cf "$ARCHIVE" manifest.json config.json layer.tar second.tar
        """#
    let result = try await run("env", ["ARCHIVE=\(archive.path)", "sh", "-c", script])
    try #require(result.status == 0, "\(result.output)")
}

func words(_ line: String) -> [String] { line.split(whereSeparator: \.isWhitespace).map(String.init) }

func ownerOnHost(_ path: String) throws -> [UInt32] {
    let status = try #require(try fileStatus(FilePath(path)), "\(path) is not there")
    return [status.owner, status.group]
}

func userOnHost(of pid: Int32) throws -> UInt32? {
    let status = String(decoding: try readFile(at: FilePath("/proc/\(pid)/status")) ?? [], as: UTF8.self)
    return status.split(separator: "\n").first { $0.hasPrefix("Uid:") }.flatMap { UInt32(words(String($0))[1]) }
}

extension AgentProcess {
    /// Makes the agent find a user `kubelet`, and somebody who knows its ids; `nil`: who does not answer.
    func pretend(subordinateUsers: String?, groups: String?) throws {
        func write(_ name: String, _ lines: String) throws {
            let file = programs.appending(path: name)
            try Data("#!/bin/sh\n\(lines)\n".utf8).write(to: file)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
        }
        func answer(_ text: String?) -> String { text.map { "echo '\($0)'" } ?? "echo nobody answers >&2; exit 1" }
        try write("getent", "[ \"$*\" = 'passwd kubelet' ]")
        try write(
            "getsubids",
            "case \"$*\" in kubelet) \(answer(subordinateUsers));; '-g kubelet') \(answer(groups));; *) exit 9;; esac")
    }

    /// What a command says in a pod of an agent that may just be starting.
    func answer(in pod: String, _ command: String...) async throws -> String {
        for _ in 0..<100 {
            let answer = try await run("SWIFTLET_STATE_DIR=\(state.path)", [program.path, "exec", pod, "--"] + command)
            if answer.status == 0 { return answer.output }
            try await Task.sleep(for: .milliseconds(100))
        }
        return ""
    }

    /// What a container has written, without times and tags.
    func lines(of pod: String, _ container: String = "app") throws -> [String] {
        try log(pod, container).split(whereSeparator: \.isNewline).map {
            String($0.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false).last ?? "")
        }
    }

    /// The host's id of a pod's root, as it is written down.
    func firstID(of pod: String) throws -> UInt32? {
        guard let uid = try uid(pod),
            let data = try? Data(contentsOf: root.appending(path: "pods/\(uid)/userns")),
            let object = try JSONSerialization.jsonObject(with: data) as? [String: [[String: Any]]]
        else { return nil }
        return (object["uidMappings"]?.first?["hostId"] as? NSNumber)?.uint32Value
    }
}
