import JSONText
import Kubernetes
import Linux
package import SystemPackage

extension KubeletConfiguration {
    /// Reads the configuration file and the drop-ins over it; each may be missing from the command line.
    ///
    /// Drop-ins are the files `*.conf` in and below `directory`, merged in lexical order of their paths: objects are
    /// merged, everything else is replaced, `null` gives the default back (RFC 7386).
    package static func load(file: FilePath?, dropIns directory: FilePath? = nil) throws -> KubeletConfiguration {
        var merged = JSON.object([:])
        let paths = try [file].compactMap(\.self) + (directory.map { try dropIns(in: $0) } ?? [])
        for path in paths { merged.merge(try read(path)) }
        var configuration = try KubeletConfiguration(merged)
        configuration.document = merged
        configuration.unusedFields = unused(in: merged.sorted)
        return configuration
    }

    /// One file, checked, its relative paths made absolute. Exposed for tests of single texts.
    static func check(_ bytes: [UInt8], from path: FilePath) throws -> JSON {
        let documents: [JSON]
        do {
            documents = try JSON.documents(of: bytes)
        } catch {
            throw ConfigurationError(["\(path): \(error)"])
        }
        guard documents.count == 1, let document = documents.first, case .object(var object) = document else {
            throw ConfigurationError(["\(path): expected one KubeletConfiguration, found \(documents.count) objects"])
        }
        var problems: [String] = []
        for (key, value) in [("apiVersion", "kubelet.config.k8s.io/v1beta1"), ("kind", "KubeletConfiguration")] {
            if object[key] != .string(value) {
                problems.append("\(key): expected \"\(value)\", found \(object[key]?.summary ?? "nothing")")
            }
            object[key] = nil
        }
        problems += ConfigurationField.object(ConfigurationField.all).problems(of: .object(object), at: FieldPath(""))
        guard problems.isEmpty else { throw ConfigurationError(problems.map { "\(path): \($0)" }) }
        return .object(resolvingPaths(object, from: path.removingLastComponent()))
    }

    private static func read(_ path: FilePath) throws -> JSON {
        try check(readFile(at: path, limit: Manifest.maximumSize) ?? [], from: path)
    }

    /// Source: facts of kubelet, §1.2: these paths are relative to the file that names them.
    private static func resolvingPaths(_ object: JSON.Object, from directory: FilePath) -> JSON.Object {
        var object = object
        let names = [
            "staticPodPath", "tlsCertFile", "tlsPrivateKeyFile", "resolvConf", "volumePluginDir", "podLogsDir",
        ]
        func resolved(_ value: JSON?) -> JSON? {
            guard let text = value?.string, !text.isEmpty, !text.hasPrefix("/") else { return value }
            return .string(directory.appending(text).lexicallyNormalized().string)
        }
        for name in names { object[name] = resolved(object[name]) }
        if case .object(var authentication) = object["authentication"], case .object(var x509) = authentication["x509"]
        {
            x509["clientCAFile"] = resolved(x509["clientCAFile"])
            authentication["x509"] = .object(x509)
            object["authentication"] = .object(authentication)
        }
        return object
    }

    private static func dropIns(in directory: FilePath) throws -> [FilePath] {
        guard let kind = try fileStatus(directory)?.kind else {
            throw SyscallError("open directory \(directory)", .noSuchFileOrDirectory)
        }
        guard kind == .directory else { return [] }
        var paths: [FilePath] = []
        for name in try directoryEntries(directory).sorted() {
            let path = directory.appending(name)
            if try fileStatus(path)?.kind == .directory {
                paths += try dropIns(in: path)
            } else if name.hasSuffix(".conf") {
                paths.append(path)
            }
        }
        return paths
    }

    private static func unused(in value: JSON, at path: String = "") -> [String] {
        guard case .object(let object) = value else { return [] }
        return object.members.flatMap { key, value -> [String] in
            let here = path.isEmpty ? key : "\(path).\(key)"
            if ConfigurationField.usedPaths.contains(here) { return [] }
            let isAbove = ConfigurationField.usedPaths.contains { $0.hasPrefix(here + ".") }
            return isAbove ? unused(in: value, at: here) : [here]
        }
    }
}

extension JSON {
    /// Makes the member at the end of a path what it is in another value: also absent.
    mutating func set(_ path: ArraySlice<Substring>, as other: JSON) {
        guard let name = path.first.map(String.init) else {
            self = other
            return
        }
        var members = object ?? [:]
        if let theirs = other[name] {
            var value = members[name] ?? .null
            value.set(path.dropFirst(), as: theirs)
            members[name] = value
        } else if path.count == 1 {
            members[name] = nil
        } else {
            members[name]?.set(path.dropFirst(), as: .object([:]))
        }
        self = .object(members)
    }

    /// RFC 7386, JSON merge patch.
    mutating func merge(_ patch: JSON) {
        guard case .object(let changes) = patch else {
            self = patch
            return
        }
        var merged = object ?? [:]
        for (name, change) in changes.members {
            if change == .null {
                merged[name] = nil
            } else {
                var value = merged[name] ?? .null
                value.merge(change)
                merged[name] = value
            }
        }
        self = .object(merged)
    }
}
