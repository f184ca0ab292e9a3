import Foundation
import JSONText
import TestSupport
import Testing

/// Something that a hostile root file system, configuration or process tries, and what must come of it.
struct Attack: Sendable, CustomTestStringConvertible {
    enum Outcome: Sendable {
        /// Nothing runs, and the message holds this.
        case refused(String)
        /// The container runs, ends with 0, and has written this.
        case writes(String)
        /// It may run or be refused: but it ends, and the host is as it was.
        case harmless
    }

    /// The published hole, or what is tried where none is published.
    let cve: String
    let name: String
    /// Of the shell, in the root file system; `$OUT` is a directory of the host beside it.
    let prepare: String
    let config: Config
    let outcome: Outcome
    var testDescription: String { "\(cve) \(name)" }

    init(_ cve: String, _ name: String, prepare: String = "true", _ config: Config, _ outcome: Outcome) {
        (self.cve, self.name, self.prepare, self.config, self.outcome) = (cve, name, prepare, config, outcome)
    }

    /// Runs it with our runtime, and looks whether the host is as it was.
    func attempt() async throws {
        try await Bundle.with(.ours) { bundle async throws in
            _ = try await bundle.shell("mkdir $OUT; echo host >$OUT/file; cd rootfs; \(prepare)")
            let before = try await bundle.look()
            let text = String(decoding: config.json.encoded, as: UTF8.self)
            try Data(text.replacing("$OUT", with: bundle.outside).utf8)
                .write(to: bundle.directory.appending(path: "config.json"))
            let answer = try await bundle("run", "--bundle", bundle.path, bundle.id)
            switch outcome {
            case .refused(let text):
                #expect(answer.code != 0, "\(answer.text)")
                #expect(answer.text.contains(text), "\(answer.text)")
            case .writes(let text):
                #expect(answer.code == 0, "\(answer.text)")
                #expect(answer.text.contains(text), "\(answer.text)")
            case .harmless: break
            }
            let after = try await bundle.look()
            #expect(after == before)
            #expect(try await bundle("state", bundle.id).code != 0, "the container is still there")
        }
    }
}

extension Bundle {
    /// A directory of the host that no container may reach.
    var outside: String { directory.appending(path: "outside").path() }

    /// Runs a script in the bundle: `$OCI` is the runtime with its `--root`, `$ID` the container, `$OUT` a place outside.
    func shell(_ script: String) async throws -> Answer {
        let output = directory.appending(path: "output-\(UInt32.random(in: 0...UInt32.max))").path()
        let words = [
            "PATH=\(ProcessInfo.processInfo.environment["PATH"] ?? "/bin"):/usr/sbin:/sbin",
            "OCI=\(runtime.path) --root \(path)/state", "ID=\(id)", "OUT=\(outside)", "bash", "-c",
            "cd \"$0\"; exec >\"$1\" 2>&1 </dev/null; \(script)", path, output,
        ]
        let status = try await TestSupport.run("env", words).status
        return Answer(code: status, text: (try? String(contentsOfFile: output, encoding: .utf8)) ?? "")
    }

    /// What an attack must leave as it was: the directory outside, the mounts and the kernel's parameters of the host.
    func look() async throws -> String {
        try await shell(
            """
            find $OUT -printf '%p %y %m %U %s\\n' -type f -exec cat {} + | sort; cut -d' ' -f5- /proc/self/mountinfo
            cat /proc/sys/kernel/core_pattern /proc/sys/fs/suid_dumpable
            """
        ).text
    }
}

extension Config {
    func adding(_ path: String..., element: JSON) -> Config {
        var here: JSON? = json
        for name in path { here = here?[name] }
        let list = JSON.array((here?.array ?? []) + [element])
        switch path.count {
        case 1: return with(path[0], be: list)
        default: return with(path[0], path[1], be: list)
        }
    }

    func without(mount destination: String) -> Config {
        with("mounts", be: .array((json["mounts"]?.array ?? []).filter { $0["destination"]?.string != destination }))
    }

    func binding(_ source: String, at destination: String, type: String = "bind", _ options: JSON = ["rbind"]) -> Config
    {
        mounting([
            "destination": .string(destination), "source": .string(source), "type": .string(type), "options": options,
        ])
    }
}
