import Linux
import Pods
package import SystemPackage

/// The module AppArmor of this node's kernel, and its default profile for containers.
///
/// Source: `apparmor(7)`, `apparmor_parser(8)`. What is loaded is asked of the kernel, which forgets it with the boot.
package struct AppArmor: Sendable {
    /// What is not confined, by the kernel's name.
    static let unconfined = "unconfined"

    /// Below it lie the module's files, of securityfs, and the parser's.
    var root: FilePath = "/"
    /// The text of the profile that was loaded last: the kernel keeps only what it was compiled to.
    let loaded: FilePath

    private var parser: FilePath { root.appending("sbin/apparmor_parser") }

    /// Source: `apparmor(7)`: securityfs has the directory where the module is enabled.
    package static func isEnabled(root: FilePath = "/") -> Bool {
        (try? FileKind(at: root.appending("sys/kernel/security/apparmor"))) == .directory
    }

    /// Source: containerd `pkg/apparmor`: the kernel's module alone is of no use to it. Nor is it to an agent that may not
    /// see its profiles, as in a container of another's.
    private var isSupported: Bool {
        Self.isEnabled(root: root) && (try? FileKind(at: parser)) == .regular && (try? openFile(list, .readOnly)) != nil
    }

    private var list: FilePath { root.appending("sys/kernel/security/apparmor/profiles") }

    /// What a container that starts now is to run under; nil: what the agent does.
    ///
    /// Source: containerd `sputil.GenerateApparmorSpecOpts`, but a privileged container is never confined.
    func profile(of security: Pod.Container.SecurityContext) async throws -> String? {
        switch security.appArmor {
        case .local(let name)?: return security.isPrivileged ? nil : name
        case .unconfined?: return Self.isEnabled(root: root) ? Self.unconfined : nil
        case .runtimeDefault? where !isSupported: throw NotSupported()
        case .runtimeDefault?, nil:
            guard isSupported, !security.isPrivileged else { return nil }
            if try !isLoaded() { try await load(try profile().text) }
            return AppArmorProfile.name
        }
    }

    /// Loads the default profile if the kernel has it not, or has another agent's.
    package func settle() async throws {
        guard isSupported else { return }
        let text = try profile().text
        let last = try readFile(at: loaded, ifExists: true, limit: 1 << 16)
        guard try !isLoaded() || last != Array(text.utf8) else { return }
        try await load(text)
    }

    private func profile() throws -> AppArmorProfile {
        var profile = AppArmorProfile()
        let own = try readFile(at: root.appending("proc/self/attr/current"), limit: 4096) ?? []
        profile.agent = Self.name(inLabel: String(decoding: own, as: UTF8.self))
        profile.knowsOlderKernel = try fileExists(at: root.appending("etc/apparmor.d/abi/3.0"))
        return profile
    }

    /// Source: `aa_getcon(2)`: a name, and its mode in parentheses where it is a profile's.
    static func name(inLabel text: String) -> String {
        let name = text.prefix { $0 != "\n" && $0 != "\0" }
        guard name.hasSuffix(")"), let mode = name.lastIndex(of: "(") else { return String(name) }
        return String(name[..<mode].dropLast())
    }

    /// Source: securityfs' `apparmor/profiles`: a line for each that is loaded, `NAME (MODE)`.
    private func isLoaded() throws -> Bool {
        let text = try readFile(at: list, limit: 4 << 20) ?? []
        return String(decoding: text, as: UTF8.self).split(separator: "\n")
            .contains { Self.name(inLabel: String($0)) == AppArmorProfile.name }
    }

    /// Containers that have the profile are confined by the new one from then on.
    private func load(_ text: String) async throws {
        // Out of no cache and into none: the profile is loaded once a boot.
        let arguments = ["apparmor_parser", "--replace", "--skip-cache"]
        let command = Command(
            executable: parser, arguments: arguments, input: Array(text.utf8), timeout: .seconds(30),
            isCancellable: false)
        let result = try await command.run()
        guard result.end == .exited(0) else {
            let words = String(decoding: result.errors, as: UTF8.self).split(separator: "\n").joined(separator: ", ")
            throw NotLoaded(cause: words.isEmpty ? "\(result.end)" : words)
        }
        try replaceFile(at: loaded, with: text.utf8, durably: false)
    }

    struct NotSupported: Error, CustomStringConvertible {
        var description: String { "AppArmor is not supported: the kernel's module or apparmor_parser is missing" }
    }

    struct NotLoaded: Error, CustomStringConvertible {
        let cause: String
        var description: String { "load AppArmor profile \(AppArmorProfile.name): apparmor_parser: \(cause)" }
    }
}
