import JSONText
import Linux
import SystemPackage

/// `list`: all containers below `--root`.
enum ListContainers {
    static func run(_ runtime: Runtime, _ words: [String]) throws -> Int32 {
        let arguments = try Arguments(words, [.value("format", "f"), .flag("quiet", "q")])
        let containers = try ids(runtime).compactMap { container($0, runtime) }
        if arguments.has("quiet") {
            Report.print(containers.map { $0.record.id + "\n" }.joined())
        } else if arguments["format"] == "json" {
            Report.print(JSON.array(try containers.map(row)).indented + "\n")
        } else {
            try print(containers)
        }
        return 0
    }

    /// One that is being made, or taken away, has no record; of one whose record cannot be read somebody should know.
    private static func container(_ id: String, _ runtime: Runtime) -> Container? {
        do {
            return try Container(runtime, id)
        } catch {
            if !(error is Failure) { runtime.report.warning("container \(id): \(error)") }
            return nil
        }
    }

    private static func print(_ containers: [Container]) throws {
        var rows = [["NAME", "PID", "STATUS", "BUNDLE PATH", "CREATED"]]
        for container in containers {
            let (record, status) = (container.record, try container.status)
            let pid = status == .stopped ? "0" : "\(record.pid)"
            rows.append([record.id, pid, status.rawValue, record.bundle, record.created])
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        for row in rows {
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            Report.print(cells.joined(separator: " ") + "\n")
        }
    }

    private static func row(_ container: Container) throws -> JSON {
        let (record, status) = (container.record, try container.status)
        return [
            "ociVersion": .string(record.ociVersion), "id": .string(record.id),
            "pid": .number(status == .stopped ? "0" : "\(record.pid)"), "status": .string(status.rawValue),
            "bundle": .string(record.bundle), "rootfs": .string(record.rootfs), "created": .string(record.created),
            "annotations": record.json["annotations"] ?? .null, "owner": "",
        ]
    }

    static func ids(_ runtime: Runtime) throws -> [String] {
        try directoryEntries(runtime.root).filter { (try? ContainerID.checked($0)) != nil }.sorted()
    }

    /// - Parameter pattern: a regular expression, found anywhere in the id.
    static func ids(_ runtime: Runtime, matching pattern: String) throws -> [String] {
        let expression = try Regex(pattern)
        return try ids(runtime).filter { $0.firstMatch(of: expression) != nil }
    }
}
