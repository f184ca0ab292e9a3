/// What an instance of a container has been given of the resources that can change while it runs.
package struct Allocation: Codable, Equatable, Sendable {
    package var cpuRequest: MilliCPU?
    package var cpuLimit: MilliCPU?
    package var memoryRequest: ByteCount?
    package var memoryLimit: ByteCount?

    package init(_ container: Pod.Container) {
        cpuRequest = container.requests.cpu
        cpuLimit = container.limits.cpu
        memoryRequest = container.requests.memory
        memoryLimit = container.limits.memory
    }

    /// The names of the resources that differ.
    func changes(to other: Self) -> Set<String> {
        var names: Set<String> = []
        if (cpuRequest, cpuLimit) != (other.cpuRequest, other.cpuLimit) { names.insert("cpu") }
        if (memoryRequest, memoryLimit) != (other.memoryRequest, other.memoryLimit) { names.insert("memory") }
        return names
    }

    package var isEmpty: Bool {
        cpuRequest == nil && cpuLimit == nil && memoryRequest == nil && memoryLimit == nil
    }
}
