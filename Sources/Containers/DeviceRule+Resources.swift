package import Cgroups
package import OCI

extension DeviceRule {
    /// All the rules of a container: its own in their order, then what every container may use.
    ///
    /// Source: runc, `AllowedDevices`, and crun, `default_devices`, which stand behind the rules of `config.json`.
    package static func rules(for resources: RuntimeSpec.Resources) throws(UnsupportedResource) -> [DeviceRule] {
        var rules: [DeviceRule] = []
        for rule in resources.devices ?? [] { rules.append(try DeviceRule(rule)) }
        return rules + always
    }

    /// Absent and -1 numbers mean all, absent letters all accesses.
    ///
    /// A rule of type `a` with numbers or letters is about those alone, as crun has it. To runc it is about everything:
    /// then an allowance would be larger than it reads.
    init(_ rule: RuntimeSpec.DeviceRule) throws(UnsupportedResource) {
        let kind: Kind
        switch rule.type {
        case nil, "", "a": kind = .all
        case "b": kind = .block
        case "c", "u": kind = .character
        case .some(let other): throw UnsupportedResource("devices", "type \"\(other)\" is none of a, b and c")
        }
        let letters = rule.access.flatMap { $0.isEmpty ? nil : $0 } ?? "rwm"
        guard let access = Access(letters: letters) else {
            throw UnsupportedResource("devices", "access \"\(letters)\" has other letters than r, w and m")
        }
        self.init(
            allow: rule.allow, kind: kind, major: try Self.number(rule.major), minor: try Self.number(rule.minor),
            access: access)
    }

    private static func number(_ value: Int64?) throws(UnsupportedResource) -> UInt32? {
        guard let value, value != -1 else { return nil }
        guard let number = UInt32(exactly: value) else {
            throw UnsupportedResource("devices", "\(value) is not a device's number")
        }
        return number
    }
}
