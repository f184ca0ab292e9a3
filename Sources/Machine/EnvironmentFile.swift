import Pods

/// A file of `NAME='value'` lines that a container wrote for another one's environment.
///
/// Source: the API's documentation of `fileKeyRef`: each value in single quotes, literal and over several lines if
/// need be; empty lines and those that begin with `#` do not count.
struct EnvironmentFile: Equatable, Sendable {
    var values: [String: String] = [:]

    init(parsing text: String) throws(MissingContent) {
        var rest = text[...]
        var line = 1
        func bad(_ problem: String) -> MissingContent { MissingContent("line \(line): \(problem)") }
        while !rest.isEmpty {
            let start = rest.prefix { $0 != "\n" }
            let trimmed = start.drop { $0 == " " || $0 == "\t" || $0 == "\r" }
            if trimmed.isEmpty || trimmed.first == "#" {
                rest = rest[start.endIndex...].dropFirst()
                line += 1
                continue
            }
            guard let equals = trimmed.firstIndex(of: "=") else { throw bad("no '=' found") }
            let name = String(trimmed[..<equals])
            guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else { throw bad("no valid name") }
            let value = rest[rest.index(after: equals)...]
            guard value.first == "'" else { throw bad("value must be enclosed in single quotes") }
            guard let end = value.dropFirst().firstIndex(of: "'") else { throw bad("unterminated quote") }
            values[name] = String(value[value.index(after: value.startIndex)..<end])
            line += value[..<end].count { $0 == "\n" }
            rest = value[value.index(after: end)...]
            let tail = rest.prefix { $0 != "\n" }
            guard tail.allSatisfy({ $0 == " " || $0 == "\t" || $0 == "\r" }) else {
                throw bad("unexpected text after the value")
            }
            rest = rest[tail.endIndex...].dropFirst()
            line += 1
        }
    }
}
