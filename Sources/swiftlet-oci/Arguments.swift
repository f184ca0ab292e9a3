import Linux
import SystemPackage

/// An option that a command knows.
struct Option: Sendable {
    let name: String
    let short: Character?
    let takesValue: Bool

    static func flag(_ name: String, _ short: Character? = nil) -> Option {
        Option(name: name, short: short, takesValue: false)
    }
    static func value(_ name: String, _ short: Character? = nil) -> Option {
        Option(name: name, short: short, takesValue: true)
    }
}

/// Somebody asks for the options instead of the command.
struct HelpRequest: Error {
    let options: [Option]

    var text: String {
        let lines = options.map { option in
            let short = option.short.map { "-\($0), " } ?? ""
            return "  \(short)--\(option.name)\(option.takesValue ? " VALUE" : "")\n"
        }
        return "Usage: swiftlet-oci [OPTION...] COMMAND [OPTION...] [ARGUMENT...]\n\n" + lines.joined()
    }
}

/// A command's words, sorted into options and the rest.
///
/// Written as runc's and crun's users write them: `--name value`, `--name=value`, `-n value`, `-nvalue`, `-name`.
struct Arguments: Equatable {
    private(set) var values: [String: [String]] = [:]
    private(set) var operands: [String] = []

    /// - Parameter stopsAtOperand: from the first word on that is no option, all are operands: a command of somebody else.
    init(_ words: [String], _ options: [Option], stopsAtOperand: Bool = false) throws {
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" {
                operands += rest
                return
            }
            guard word.hasPrefix("-"), word != "-" else {
                operands.append(word)
                if stopsAtOperand {
                    operands += rest
                    return
                }
                continue
            }
            try take(word, &rest, options)
        }
    }

    private mutating func take(
        _ word: String, _ rest: inout ArraySlice<String>, _ options: [Option]
    ) throws {
        let body = word.drop { $0 == "-" }
        let parts = body.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        if let option = options.first(where: { $0.name == parts.first }) {
            if !option.takesValue {
                if parts.count == 1 || parts[1] == "true" { values[option.name, default: []].append("") }
            } else if parts.count > 1 {
                values[option.name, default: []].append(parts[1])
            } else {
                try takeValue(of: option, word, &rest)
            }
            return
        }
        if word == "--help" || word == "-h" { throw HelpRequest(options: options) }
        if word.hasPrefix("--") { throw Failure("unknown option \(word)") }
        try takeLetters(word, &rest, options)
    }

    private mutating func takeLetters(
        _ word: String, _ rest: inout ArraySlice<String>, _ options: [Option]
    ) throws(Failure) {
        var letters = word.dropFirst()
        while let letter = letters.popFirst() {
            guard let option = options.first(where: { $0.short == letter }) else {
                throw Failure("unknown option \(word)")
            }
            if !option.takesValue {
                values[option.name, default: []].append("")
            } else if letters.isEmpty {
                try takeValue(of: option, word, &rest)
            } else {
                values[option.name, default: []].append(String(letters.first == "=" ? letters.dropFirst() : letters))
                return
            }
        }
    }

    private mutating func takeValue(
        of option: Option, _ word: String, _ rest: inout ArraySlice<String>
    ) throws(Failure) {
        guard let value = rest.popFirst() else { throw Failure("option \(word) needs a value") }
        values[option.name, default: []].append(value)
    }

    func has(_ name: String) -> Bool { values[name] != nil }

    /// The last value given.
    subscript(name: String) -> String? { values[name]?.last }

    func all(_ name: String) -> [String] { values[name] ?? [] }

    func number<N: FixedWidthInteger>(_ name: String, _ type: N.Type = N.self) throws(Failure) -> N? {
        guard let text = self[name] else { return nil }
        guard let number = N(text) else { throw Failure("option --\(name): \(text) is not a number in range") }
        return number
    }

    /// How many descriptors from 3 on the container's program inherits. To be asked before anything is opened: a number
    /// that nobody gave would come to mean a file of this program.
    func preserved(and more: UInt32 = 0) throws(Failure) -> UInt32 {
        let given = try number("preserve-fds", UInt32.self) ?? 0
        // Source: open(2): numbers are below RLIMIT_NOFILE, and that is below 2^30.
        guard given < 1 << 20, more < 1 << 20 else { throw Failure("\(given) descriptors to preserve are too many") }
        let count = given + more
        for fd in 3..<Int32(3 + count) where !isInherited(FileDescriptor(rawValue: fd)) {
            throw Failure("descriptor \(fd) is to be preserved, and is not open")
        }
        return count
    }

    /// The first operand: the container's id.
    func container() throws(Failure) -> String {
        guard let id = operands.first else { throw Failure("the container's id is missing") }
        return try ContainerID.checked(id)
    }
}

/// Names of containers.
enum ContainerID {
    /// Source: crun, `libcrun_get_state_directory` and runc, `validateID`: `[a-zA-Z0-9_+-][a-zA-Z0-9_+.-]*`.
    static func checked(_ id: String) throws(Failure) -> String {
        for scalar in id.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "_", "+", "-", ".": continue
            default: throw Failure("invalid character \"\(scalar)\" in the container ID \"\(id)\"")
            }
        }
        guard !id.isEmpty, !id.hasPrefix("."), id.utf8.count <= 255 else {
            throw Failure("invalid container ID \"\(id)\"")
        }
        return id
    }
}
