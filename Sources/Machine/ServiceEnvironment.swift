import Kubernetes
import Pods

extension Pods.Pod {
    /// What a container is told of the services that it can reach: those of its namespace, unless it wants none, and the
    /// cluster's own.
    ///
    /// Source: facts of kubelet, §14.4; kubernetes `pkg/kubelet/envvars`.
    func environment(of services: [LocalObjects.Key: LocalObjects.Service]) -> [(name: String, value: String)] {
        var chosen: [String: LocalObjects.Service] = [:]
        if manifest.spec?.enableServiceLinks ?? true {
            for (key, service) in services where key.namespace == namespace { chosen[key.name] = service }
        }
        chosen["kubernetes"] = chosen["kubernetes"] ?? services[.init("default", "kubernetes")]
        return chosen.sorted { $0.key < $1.key }.flatMap { $0.value.variables(named: $0.key) }
    }
}

extension LocalObjects.Service {
    fileprivate func variables(named name: String) -> [(name: String, value: String)] {
        let prefix = Self.variable(name)
        guard let first = ports.first else { return [] }
        var variables = [("\(prefix)_SERVICE_HOST", address), ("\(prefix)_SERVICE_PORT", "\(first.number)")]
        for port in ports where !port.name.isEmpty {
            variables.append(("\(prefix)_SERVICE_PORT_\(Self.variable(port.name))", "\(port.number)"))
        }
        let host = address.contains(":") ? "[\(address)]" : address
        for (index, port) in ports.enumerated() {
            let transport = port.transport.lowercased()
            let url = "\(transport)://\(host):\(port.number)"
            if index == 0 { variables.append(("\(prefix)_PORT", url)) }
            let place = "\(prefix)_PORT_\(port.number)_\(port.transport.uppercased())"
            variables += [
                (place, url), ("\(place)_PROTO", transport), ("\(place)_PORT", "\(port.number)"),
                ("\(place)_ADDR", address),
            ]
        }
        return variables
    }

    private static func variable(_ name: String) -> String { name.uppercased().replacing("-", with: "_") }
}
