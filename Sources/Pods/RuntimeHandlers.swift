/// The node's table of runtimes: what the handler of a RuntimeClass stands for.
///
/// Only one is built in, and no other can be named yet; several names may stand for it, so that pods that were written
/// for another node run here.
package struct RuntimeHandlers: Equatable, Sendable {
    /// Names of the runtime that is built in.
    private var names: Set<String> = ["swiftlet"]

    package init() {}

    /// Why the table, or a pod's class, cannot be followed.
    package struct Unknown: Error, Equatable, CustomStringConvertible {
        package var description: String
    }

    /// Reads lines `NAME=built-in`.
    package init(_ lines: [String]) throws(Unknown) {
        for line in lines {
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
                throw Unknown(description: "runtime handler \"\(line)\": expected NAME=built-in")
            }
            guard parts[1] == "built-in" else {
                throw Unknown(
                    description: "runtime handler \(parts[0]): \"\(parts[1])\" cannot be used: built-in is the only "
                        + "runtime of this version")
            }
            names.insert(parts[0])
        }
    }

    /// Throws if the pod is to be run by a runtime that the node does not have; the texts are the kubelet's and
    /// containerd's.
    package func check(_ pod: Pod, _ objects: LocalObjects) throws(Unknown) {
        guard let name = pod.runtimeClass else { return }
        guard let runtimeClass = objects.runtimeClasses[name] else {
            throw Unknown(description: "runtimeclass.node.k8s.io \"\(name)\" not found")
        }
        guard names.contains(runtimeClass.handler) else {
            throw Unknown(
                description: "failed to get sandbox runtime: no runtime for \"\(runtimeClass.handler)\" is configured")
        }
    }
}

extension LocalObjects {
    /// What a RuntimeClass of the node's manifests says.
    package struct RuntimeClass: Equatable, Sendable {
        package var handler: String
        package var overhead: ResourceAmounts
        package init(handler: String, overhead: ResourceAmounts = ResourceAmounts()) {
            self.handler = handler
            self.overhead = overhead
        }
    }
}

extension Pod {
    /// The pod with what its class takes beside its containers, unless it says so itself: as the API would fill it in.
    package func taking(overheadOf objects: LocalObjects) -> Pod {
        guard overhead.isEmpty, let name = runtimeClass, let found = objects.runtimeClasses[name] else { return self }
        var pod = self
        pod.overhead = found.overhead
        return pod
    }
}
