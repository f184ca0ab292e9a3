import Kubernetes

extension Pod.Container {
    /// An HTTP request that the node makes to a container, for a probe or a hook.
    package struct HTTPGet: Equatable, Sendable {
        package enum Scheme: String, Sendable { case http, https }

        package struct Header: Equatable, Sendable {
            package var name: String
            package var value: String
            package init(name: String, value: String) {
                self.name = name
                self.value = value
            }
        }

        package var scheme = Scheme.http
        /// Nil: the pod's address.
        package var host: String?
        package var port: PortReference
        /// With its query.
        package var path = "/"
        package var headers: [Header] = []

        package init(port: PortReference) { self.port = port }
    }

    /// A port by its number, or by the name that the container's ports give it.
    package enum PortReference: Equatable, Sendable {
        case number(UInt16)
        case name(String)
    }

    /// Source: kubernetes `pkg/probe/util.go`, `ResolveContainerPort`: a name that is a number is one.
    package func resolve(_ port: PortReference) throws(NoPort) -> UInt16 {
        switch port {
        case .number(let number): return number
        case .name(let name):
            guard let number = ports.first(where: { $0.name == name })?.containerPort ?? UInt16(name) else {
                throw NoPort(name: name)
            }
            return number
        }
    }

    /// A name that is none of the container's ports.
    package struct NoPort: Error, CustomStringConvertible {
        let name: String
        package var description: String { "couldn't find port: \"\(name)\" in the container's ports" }
    }
}

extension Pod.Container.HTTPGet {
    init(valid get: HTTPGetAction) {
        self.init(port: .init(valid: get.port))
        scheme = get.scheme?.lowercased() == "https" ? .https : .http
        host = get.host.unlessEmpty
        path = get.path.unlessEmpty ?? "/"
        headers = (get.httpHeaders ?? []).map { Header(name: $0.name ?? "", value: $0.value ?? "") }
    }
}

extension Pod.Container.PortReference {
    init(valid port: IntOrString?) {
        switch port {
        case .int(let number): self = .number(UInt16(clamping: number))
        case .string(let name): self = .name(name)
        case nil: self = .number(0)
        }
    }
}
