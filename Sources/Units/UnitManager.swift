import Linux
package import SystemPackage

/// A property of a unit, by systemd's name. - SeeAlso: `org.freedesktop.systemd1(5)`.
package struct UnitProperty: Equatable, Sendable {
    package var name: String
    package var value: BusValue

    package init(_ name: String, _ value: BusValue) {
        self.name = name
        self.value = value
    }

    var busValue: BusValue { .structure([.string(name), .variant(value)]) }
}

/// A systemd that is asked for units: what it is to do is done, or has failed, when a call returns.
///
/// It blocks, so that a program without tasks can use it; the agent does so on a thread of its own.
package struct UnitManager {
    private let connection: BusConnection
    private static let path = "/org/freedesktop/systemd1"
    private static let manager = "org.freedesktop.systemd1.Manager"

    /// Connects to the machine's systemd.
    package init() throws { try self.init(socket: "/run/systemd/private", user: 0) }

    /// Connects to a user's own systemd.
    ///
    /// - Parameter runtimeDirectory: `$XDG_RUNTIME_DIR`, e.g. `/run/user/1000`.
    package init(user: UInt32, runtimeDirectory: FilePath) throws {
        try self.init(socket: runtimeDirectory.appending("systemd/private"), user: user)
    }

    init(socket: FilePath, user: UInt32) throws { connection = try BusConnection(to: socket, user: user) }

    private func call(
        _ method: String, of interface: String, at path: String, _ arguments: [BusValue]
    ) throws -> [BusValue] {
        try connection.call(BusMessage(call: method, of: interface, at: path, arguments))
    }

    private func call(_ method: String, _ arguments: [BusValue]) throws -> [BusValue] {
        try call(method, of: Self.manager, at: Self.path, arguments)
    }

    /// Makes a unit that goes with its last process, and waits until it is there.
    ///
    /// One of the name that has failed is in the way only until it is reset.
    package func startTransient(_ unit: String, _ properties: [UnitProperty]) throws {
        let arguments: [BusValue] = [
            .string(unit), .string("fail"), .array(of: "(sv)", properties.map(\.busValue)), .array(of: "(sa(sv))", []),
        ]
        do {
            try job("start \(unit)") { try call("StartTransientUnit", arguments) }
        } catch let error as BusError where error.isUnitExists {
            try resetFailed(unit)
            try job("start \(unit)") { try call("StartTransientUnit", arguments) }
        }
    }

    /// Ends a unit and all its processes. One that is not there is no error.
    package func stop(_ unit: String) throws {
        do {
            try job("stop \(unit)") { try call("StopUnit", [.string(unit), .string("replace")]) }
        } catch let error as BusError where error.isNoSuchUnit {}
        try resetFailed(unit)
    }

    /// Lets systemd forget that a unit has failed. One that is not there is no error.
    package func resetFailed(_ unit: String) throws {
        do {
            _ = try call("ResetFailedUnit", [.string(unit)])
        } catch let error as BusError where error.isNoSuchUnit {}
    }

    /// Changes a unit that runs, until it ends.
    package func set(_ properties: [UnitProperty], of unit: String) throws {
        if properties.isEmpty { return }
        let arguments: [BusValue] = [.string(unit), .bool(true), .array(of: "(sv)", properties.map(\.busValue))]
        _ = try call("SetUnitProperties", arguments)
    }

    /// Adds processes to a scope's group, or to one below it.
    package func attach(_ processes: [Int32], to unit: String, below: String = "") throws {
        let pids = BusValue.array(of: "u", processes.map { .uint32(UInt32(bitPattern: $0)) })
        _ = try call("AttachProcessesToUnit", [.string(unit), .string(below), pids])
    }

    /// A property of a unit. - Parameter kind: e.g. `Unit`, `Scope`, `Slice`.
    package func property(_ name: String, of unit: String, kind: String) throws -> BusValue? {
        let path = "\(Self.path)/unit/\(Self.escaped(unit))"
        return try property(name, of: "org.freedesktop.systemd1.\(kind)", at: path)
    }

    private func property(_ name: String, of interface: String, at path: String) throws -> BusValue? {
        let arguments: [BusValue] = [.string(interface), .string(name)]
        let answer = try call("Get", of: "org.freedesktop.DBus.Properties", at: path, arguments)
        guard case .variant(let value)? = answer.first else { return nil }
        return value
    }

    /// A name as part of an object's path: what is no letter or digit stands as `_` and two hexadecimal digits.
    ///
    /// Source: systemd's `bus_label_escape`.
    static func escaped(_ name: String) -> String {
        if name.isEmpty { return "_" }
        return name.utf8.enumerated().map { index, byte -> String in
            let character = Unicode.Scalar(byte)
            let isDigit = "0"..."9" ~= character
            if isDigit && index > 0 || "a"..."z" ~= character || "A"..."Z" ~= character { return String(character) }
            return "_" + [byte].hexadecimal
        }.joined()
    }
}

extension UnitManager {
    /// Asks for a job and waits until it is over.
    private func job(_ what: String, _ ask: () throws -> [BusValue]) throws {
        guard let job = try ask().first?.text else { throw MalformedBusMessage(reason: "\(what): no job") }
        // Source: `org.freedesktop.systemd1(5)`, JobRemoved(u id, o job, s unit, s result).
        let result = try connection.signal { signal -> String? in
            guard signal.member == "JobRemoved", signal.body.count == 4, signal.body[1].text == job else { return nil }
            return signal.body[3].text ?? ""
        }
        guard result == "done" else { throw JobFailed(what: what, result: result) }
    }
}

/// A job that systemd gave up.
package struct JobFailed: Error, Equatable, CustomStringConvertible {
    package let what: String
    /// `canceled`, `timeout`, `failed`, `dependency` or `skipped`.
    package let result: String
    package var description: String { "\(what): systemd says \(result)" }
}
