extension CgroupSettings.Setting {
    /// The most handles and objects of one RDMA device: a line of `rdma.max`. `nil` is no limit.
    package static func rdma(device: String, handles: UInt32?, objects: UInt32?) -> Self {
        let handles = handles.map { "\($0)" } ?? "max"
        let objects = objects.map { "\($0)" } ?? "max"
        return Self(.rdma, "rdma.max", "\(device) hca_handle=\(handles) hca_object=\(objects)")
    }
}

/// What a group has of one RDMA device: a line of `rdma.current`.
package struct RDMAUsage: Equatable, Sendable {
    package var device: String
    package var handles: UInt64
    package var objects: UInt64

    package init(device: String, handles: UInt64, objects: UInt64) {
        self.device = device
        self.handles = handles
        self.objects = objects
    }

    package static func parse(_ text: some StringProtocol) throws(ParseError) -> [RDMAUsage] {
        var all: [RDMAUsage] = []
        for (device, values) in nestedKeyed(text) {
            var usage = RDMAUsage(device: device, handles: 0, objects: 0)
            if let text = values["hca_handle"] { usage.handles = try number(text, file: "rdma.current") }
            if let text = values["hca_object"] { usage.objects = try number(text, file: "rdma.current") }
            all.append(usage)
        }
        return all
    }
}

extension Cgroup {
    /// `nil` without the controller.
    package func rdmaUsage() throws -> [RDMAUsage]? {
        try read("rdma.current", ifExists: true).map { try RDMAUsage.parse($0) }
    }
}
