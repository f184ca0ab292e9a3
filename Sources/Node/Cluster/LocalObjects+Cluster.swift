import Kubernetes
import Pods

extension [LocalObjects.Key: LocalObjects.Service] {
    /// Services with an address of their own.
    init(_ objects: [ClusterService]) {
        self.init()
        for object in objects {
            guard let address = object.spec?.clusterIP, !address.isEmpty, address != "None" else { continue }
            let ports = (object.spec?.ports ?? []).map { port in
                LocalObjects.Service.Port(
                    name: port.name ?? "", number: port.port ?? 0, transport: port.protocol ?? "TCP")
            }
            self[.init(object.metadata?.namespace ?? "", object.metadata?.name ?? "")] = .init(
                address: address, ports: ports)
        }
    }
}

extension [String: LocalObjects.RuntimeClass] {
    init(_ objects: [RuntimeClass]) {
        self.init()
        for object in objects {
            self[object.metadata?.name ?? ""] = .init(
                handler: object.handler ?? "", overhead: ResourceAmounts(object.overhead?.podFixed ?? [:]))
        }
    }
}
