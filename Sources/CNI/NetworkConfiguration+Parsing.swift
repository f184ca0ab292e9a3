package import JSONText
package import SystemPackage

extension NetworkConfiguration {
    /// Parses a list (`plugins`) or, where the file may be one, a single plugin (`type`), which becomes a list of one.
    ///
    /// `siblings` gives the plugin objects of the files in the directory beside the list that has its name. They are
    /// added unless the list says `loadOnlyInlinedPlugins`.
    package init(
        parsing bytes: [UInt8], file: FilePath? = nil, isList: Bool = true,
        siblings: (String) throws -> [JSON] = { _ in [] }
    ) throws {
        guard case .object(var object) = try JSON(parsing: bytes) else {
            throw ConfigurationError("the configuration is no object")
        }
        guard let name = object["name"]?.string, !name.isEmpty else { throw ConfigurationError("name is missing") }
        guard isIdentifier(name) else { throw ConfigurationError("name \(name) has characters that are not allowed") }
        self.name = name
        self.file = file
        self.bytes = bytes
        versions = try Self.versions(of: object)
        disableCheck = try Self.flag("disableCheck", of: object)
        disableGC = try Self.flag("disableGC", of: object)

        if !isList && object["plugins"] == nil {
            guard object["type"] != nil else { throw ConfigurationError("type is missing") }
            plugins = [try Plugin(.object(object))]
            var list = JSON.Object([(name: "name", value: .string(name))])
            if let version = object["cniVersion"] { list["cniVersion"] = version }
            list["plugins"] = [.object(object)]
            self.bytes = JSON.object(list).encoded
            return
        }
        let onlyInlined = try Self.flag("loadOnlyInlinedPlugins", of: object)
        var objects = try Self.inlined(object, onlyInlined: onlyInlined)
        let added = onlyInlined ? [] : try siblings(name)
        if !added.isEmpty {
            // What is captured must be whole: the directory may change before the pod ends.
            objects += added
            object["plugins"] = .array(objects)
            object["loadOnlyInlinedPlugins"] = true
            self.bytes = JSON.object(object).encoded
        }
        if objects.isEmpty { throw ConfigurationError("no plugins") }
        plugins = try objects.map { try Plugin($0) }
    }

    private static func inlined(_ object: JSON.Object, onlyInlined: Bool) throws -> [JSON] {
        switch object["plugins"] {
        case .array(let values):
            if values.isEmpty { throw ConfigurationError("plugins is empty") }
            return values
        case nil:
            if onlyInlined { throw ConfigurationError("plugins is missing and loadOnlyInlinedPlugins is set") }
            return []
        case let other?: throw ConfigurationError("plugins is \(other.kind), not an array")
        }
    }

    /// `cniVersions` and `cniVersion` together, without those that are newer or older than what is spoken here.
    private static func versions(of object: JSON.Object) throws -> [SpecVersion] {
        var texts: [String] = []
        switch object["cniVersion"] {
        case .string(let text): texts.append(text)
        case nil: break
        case let other?: throw ConfigurationError("cniVersion is \(other.kind), not a string")
        }
        for value in object["cniVersions"]?.array ?? [] {
            guard let text = value.string else { throw ConfigurationError("cniVersions holds \(value.kind)") }
            texts.append(text)
        }
        // Source: libcni, conf.go: a configuration that names no version is 0.1.0.
        if texts.isEmpty { texts = ["0.1.0"] }
        for text in texts where !isVersion(text) { throw ConfigurationError("cniVersion \(text) is no version") }
        let known = texts.compactMap { SpecVersion(rawValue: $0) }.filter { $0 >= .oldest }
        guard !known.isEmpty else {
            let wanted = texts.joined(separator: ", ")
            throw ConfigurationError(
                "cniVersion \(wanted) is not supported (\(SpecVersion.oldest.rawValue) to \(SpecVersion.newest.rawValue) are)"
            )
        }
        return Set(known).sorted()
    }

    private static func isVersion(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 3 && parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
    }

    /// A boolean, or one of the texts that libcni takes for one.
    private static func flag(_ name: String, of object: JSON.Object) throws -> Bool {
        switch object[name] {
        case nil: return false
        case .bool(let value): return value
        case .string(let text) where text.lowercased() == "true": return true
        case .string(let text) where text.lowercased() == "false": return false
        case let other?: throw ConfigurationError("\(name) is \(other.kind), not a boolean")
        }
    }
}

extension NetworkConfiguration.Plugin {
    init(_ value: JSON) throws {
        guard let object = value.object else { throw ConfigurationError("a plugin is \(value.kind), not an object") }
        guard let type = object["type"]?.string, !type.isEmpty else {
            throw ConfigurationError("a plugin has no type")
        }
        self.type = try Self.checked(type)
        self.object = object
        if let addressPlugin { _ = try Self.checked(addressPlugin) }
    }

    /// A type with a path in it would run any program of the machine (CVE-2021-20206).
    private static func checked(_ type: String) throws -> String {
        guard !type.contains("/"), type != ".", type != "..", !type.utf8.contains(0) else {
            throw ConfigurationError("plugin type \(type) is not a file name")
        }
        return type
    }
}
