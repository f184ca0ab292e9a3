import Kubernetes
import Linux
import Node
import Pods
import Server
import ServiceLifecycle
import SystemPackage

/// Builds the tree of services out of what the agent was told.
struct Composition {
    let configuration: KubeletConfiguration
    let options: RunOptions
    let stateDirectory: FilePath

    func services() async throws -> [any Service] {
        let node = try options.nodeName(hostname: hostName())
        var services: [any Service] = []
        services += sources(nodeName: node) { _, _ in }
        return services
    }

    /// Which sources of pods there are: each must have spoken before anything is removed.
    var sourceKinds: Set<PodSource> {
        var kinds: Set<PodSource> = []
        if configuration.staticPodPath != nil { kinds.insert(.file) }
        if configuration.staticPodURL != nil { kinds.insert(.http) }
        return kinds
    }

    /// The sources of pods, which hand over whole sets.
    func sources(
        nodeName: String, deliver: @escaping @Sendable (PodSource, [Pods.Pod]) async -> Void
    ) -> [any Service] {
        var sources: [any Service] = []
        if let path = configuration.staticPodPath {
            sources.append(
                ManifestSource(path: path, nodeName: nodeName, relist: configuration.fileCheckFrequency) {
                    await deliver(.file, $0)
                })
        }
        if let url = configuration.staticPodURL {
            sources.append(
                URLSource(
                    url: url, headers: configuration.staticPodURLHeader, nodeName: nodeName,
                    interval: configuration.httpCheckFrequency
                ) { await deliver(.http, $0) })
        }
        return sources
    }
}
