package import JSONText

/// What an ADD gave to a sandbox. Source: SPEC.md, "Success".
package struct NetworkResult: Equatable, Sendable {
    package var interfaces: [Interface] = []
    package var ips: [IP] = []
    package var routes: [Route] = []
    package var dns = JSON.Object()

    package struct Interface: Equatable, Sendable {
        package var name: String
        package var mac: String?
        /// The network namespace it is in; `nil` for one of the host's.
        package var sandbox: String?
        package var mtu: Int?
        package var socketPath: String?
        package var pciID: String?
    }

    package struct IP: Equatable, Sendable {
        /// With its prefix length, e.g. `10.88.0.2/16`.
        package var address: String
        package var gateway: String?
        /// The position in `interfaces`. `-1` is seen in the wild, for none.
        package var interface: Int?

        /// The address alone.
        package var host: String { String(address.prefix { $0 != "/" }) }
        package var isIPv6: Bool { address.contains(":") }
    }

    package struct Route: Equatable, Sendable {
        package var destination: String
        package var gateway: String?
        /// `mtu`, `advmss`, `priority`, `table`, `scope` of 1.1.0.
        package var attributes = JSON.Object()
    }
}

extension NetworkResult {
    /// Reads a result of any version from 0.3.0 on: they differ only in what later ones add.
    package init(reading value: JSON) throws {
        guard value.object != nil else { throw ConfigurationError("the result is \(value.kind), not an object") }
        interfaces = try Self.list("interfaces", of: value).map { item in
            guard let name = item["name"]?.string else { throw ConfigurationError("an interface has no name") }
            return Interface(
                name: name, mac: Self.text("mac", of: item), sandbox: Self.text("sandbox", of: item),
                mtu: item["mtu"]?.integer, socketPath: Self.text("socketPath", of: item),
                pciID: Self.text("pciID", of: item))
        }
        ips = try Self.list("ips", of: value).map { item in
            guard let address = item["address"]?.string, Self.isNetwork(address) else {
                throw ConfigurationError("an entry of ips has no address with a prefix length")
            }
            return IP(address: address, gateway: Self.text("gateway", of: item), interface: item["interface"]?.integer)
        }
        routes = try Self.list("routes", of: value).map { item in
            guard let destination = item["dst"]?.string, Self.isNetwork(destination) else {
                throw ConfigurationError("a route has no dst")
            }
            let names = ["mtu", "advmss", "priority", "table", "scope"]
            let attributes = names.compactMap { name in item[name].map { (name: name, value: $0) } }
            return Route(
                destination: destination, gateway: Self.text("gw", of: item), attributes: JSON.Object(attributes))
        }
        dns = value["dns"]?.object ?? JSON.Object()
    }

    private static func list(_ name: String, of value: JSON) throws -> [JSON] {
        switch value[name] {
        case nil, .null: return []
        case .array(let items): return items
        case let other?: throw ConfigurationError("\(name) is \(other.kind), not an array")
        }
    }

    private static func text(_ name: String, of value: JSON) -> String? {
        value[name]?.string.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Good enough to tell rubbish: the plugins have set the address already, and the kernel has judged it.
    private static func isNetwork(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let length = Int(parts[1]), (0...128).contains(length) else { return false }
        let address = parts[0].utf8
        return !address.isEmpty && address.allSatisfy { "0123456789abcdefABCDEF:.".utf8.contains($0) }
    }
}

extension NetworkResult {
    /// The result in the words of a version: before 1.0.0 each address carries its family, and what 1.1.0 added to
    /// interfaces and routes is left out.
    package func json(_ version: SpecVersion) -> JSON {
        var object = JSON.Object([(name: "cniVersion", value: .string(version.rawValue))])
        if !interfaces.isEmpty { object["interfaces"] = .array(interfaces.map { $0.json(version) }) }
        if !ips.isEmpty { object["ips"] = .array(ips.map { $0.json(version) }) }
        if !routes.isEmpty { object["routes"] = .array(routes.map { $0.json(version) }) }
        if !dns.isEmpty { object["dns"] = .object(dns) }
        return .object(object)
    }
}

extension NetworkResult.Interface {
    fileprivate func json(_ version: SpecVersion) -> JSON {
        var object = JSON.Object([(name: "name", value: .string(name))])
        object["mac"] = mac.map { .string($0) }
        if version >= .v11 { object["mtu"] = mtu.map { .number("\($0)") } }
        object["sandbox"] = sandbox.map { .string($0) }
        if version >= .v11 {
            object["socketPath"] = socketPath.map { .string($0) }
            object["pciID"] = pciID.map { .string($0) }
        }
        return .object(object)
    }
}

extension NetworkResult.IP {
    fileprivate func json(_ version: SpecVersion) -> JSON {
        var object = JSON.Object()
        if version < .v10 { object["version"] = isIPv6 ? "6" : "4" }
        object["interface"] = interface.map { .number("\($0)") }
        object["address"] = .string(address)
        object["gateway"] = gateway.map { .string($0) }
        return .object(object)
    }
}

extension NetworkResult.Route {
    fileprivate func json(_ version: SpecVersion) -> JSON {
        var object = JSON.Object([(name: "dst", value: .string(destination))])
        object["gw"] = gateway.map { .string($0) }
        if version >= .v11 { for member in attributes.members { object[member.name] = member.value } }
        return .object(object)
    }
}
