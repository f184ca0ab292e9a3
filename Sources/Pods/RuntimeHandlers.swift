package import Kubernetes

/// The node's table of runtimes: what the handler of a RuntimeClass stands for.
///
/// Several names may stand for the built-in one, so that pods that were written for another node run here.
package struct RuntimeHandlers: Equatable, Sendable {
    /// What makes a pod's containers.
    package enum Runtime: Equatable, Sendable {
        case builtIn
        /// A program with the command line of runc: its path, and options that go before each command.
        case program([String])
    }

    private var table: [String: Runtime] = ["swiftlet": .builtIn]

    package init() {}

    /// Why the table, or a pod's class, cannot be followed.
    package struct Unknown: Error, Equatable, CustomStringConvertible {
        package var description: String
        package init(description: String) { self.description = description }
    }

    /// Reads lines `NAME=built-in` and `NAME=/PATH [OPTION …]`.
    package init(_ lines: [String]) throws(Unknown) {
        for line in lines {
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let command = parts.last?.split(separator: " ").map(String.init) ?? []
            guard parts.count == 2, command == ["built-in"] || command.first?.hasPrefix("/") == true else {
                throw Unknown(
                    description: "runtime handler \"\(line)\": expected NAME=built-in or NAME=/PATH [OPTION …]")
            }
            // Source: the API's RuntimeClass: a handler is a DNS label, as no other can be asked for.
            guard Validation.isLabel(parts[0]) else {
                throw Unknown(description: "runtime handler \"\(line)\": \"\(parts[0])\" is not a DNS label")
            }
            table[parts[0]] = command == ["built-in"] ? .builtIn : .program(command)
        }
    }

    /// The programs that the table names.
    package var programs: [(handler: String, path: String)] {
        table.compactMap { name, runtime in
            guard case .program(let command) = runtime, let path = command.first else { return nil }
            return (name, path)
        }.sorted { $0.0 < $1.0 }
    }

    /// What runs the pod, with the handler's name; the errors' texts are the kubelet's and containerd's.
    package func runtime(
        of pod: Pod, _ objects: LocalObjects
    ) throws(Unknown) -> (handler: String, runtime: Runtime) {
        guard let name = pod.runtimeClass else { return ("swiftlet", .builtIn) }
        guard let runtimeClass = objects.runtimeClasses[name] else {
            throw Unknown(description: "runtimeclass.node.k8s.io \"\(name)\" not found")
        }
        guard let runtime = table[runtimeClass.handler] else {
            throw Unknown(
                description: "failed to get sandbox runtime: no runtime for \"\(runtimeClass.handler)\" is configured")
        }
        // Source: facts of kubelet, §9.4: the built-in one alone maps what is mounted.
        if !pod.hostUsers, runtime != .builtIn {
            throw Unknown(
                description: "can't set `spec.hostUsers: false`, RuntimeClass handler \"\(runtimeClass.handler)\" "
                    + "does not support user namespaces")
        }
        return (runtimeClass.handler, runtime)
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

extension RuntimeHandlers {
    /// What the node's object tells of them. Source: facts of kubelet, §10.2; the built-in one is the handler without name.
    package var told: [NodeRuntimeHandler] {
        func handler(_ name: String, isOurs: Bool) -> NodeRuntimeHandler {
            var features = NodeRuntimeHandlerFeatures()
            (features.recursiveReadOnlyMounts, features.userNamespaces) = (isOurs, isOurs)
            var handler = NodeRuntimeHandler()
            (handler.name, handler.features) = (name, features)
            return handler
        }
        let named = table.sorted { $0.key < $1.key }.map { handler($0.key, isOurs: $0.value == .builtIn) }
        return [handler("", isOurs: true)] + named
    }
}
