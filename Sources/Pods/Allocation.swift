/// What an instance of a container, or a pod as a whole, has been given of the resources that can change while it runs.
package struct Allocation: Codable, Equatable, Sendable {
    package var cpuRequest: MilliCPU?
    package var cpuLimit: MilliCPU?
    package var memoryRequest: ByteCount?
    package var memoryLimit: ByteCount?

    package init() {}

    /// A container's; where it has no limit of its own, the pod's is its.
    package init(_ container: Pod.Container, in pod: Pod) {
        self.init(container.requests, pod.limits(of: container))
    }

    /// The pod's as a whole; nil: nothing is said of that.
    package init?(wholeOf pod: Pod) {
        guard let resources = pod.resources else { return nil }
        self.init(resources.requests, resources.limits)
        if isEmpty { return nil }
    }

    private init(_ requests: ResourceAmounts, _ limits: ResourceAmounts) {
        cpuRequest = requests.cpu
        cpuLimit = limits.cpu
        memoryRequest = requests.memory
        memoryLimit = limits.memory
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
