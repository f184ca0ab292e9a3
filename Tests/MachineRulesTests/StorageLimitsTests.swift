import Kubernetes
import Pods
import Testing

@testable import Linux
@testable import Machine
@testable import Statistics

@Suite struct `A pod's limits on the node's disks` {
    private static func pod(_ spec: String) throws -> Pods.Pod {
        let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {\(spec)}\n"
        let manifest = try #require(try Manifest(Array(text.utf8)).pods.first)
        return try Admission.admit(manifest, from: .file(path: "/m/a"), nodeName: "n")
    }

    private static func limit(_ amount: String) -> String { "resources: {limits: {ephemeral-storage: \(amount)}}" }

    /// Containers `a`, `b` … with these words each, and `more` of the spec.
    private static func spec(_ containers: String..., more: String = "") -> String {
        let list = containers.enumerated()
            .map { "{name: \(["a", "b", "c"][$0]), image: i\($1.isEmpty ? "" : ", \($1)")}" }
        return "\(more)containers: [\(list.joined(separator: ", "))]"
    }

    private static func usage(_ bytes: UInt64) -> FilesystemUsage {
        FilesystemUsage(
            FilesystemStatus(type: 0, total: 1 << 40, free: 1, available: 1, files: 9, filesFree: 1),
            part: DiskUse(bytes: bytes, files: 1), at: MicroTime(microseconds: 0))
    }

    /// - Parameters:
    ///   - containers: layer and log of `a`, of `b` …, in bytes.
    ///   - volume: of the volume `v`.
    private static func use(_ containers: [(UInt64, UInt64)], volume: UInt64 = 0) -> PodStatistics {
        let group = GroupStatistics(path: "")
        var use = PodStatistics(name: "a", namespace: "default", uid: "u", group: group)
        for (name, (layer, log)) in zip(["a", "b", "c"], containers) {
            var container = ContainerStatistics(name: name, id: name, image: "i", group: group)
            (container.rootFilesystem, container.logs) = (usage(layer), usage(log))
            use.containers.append(container)
        }
        use.volumes = [VolumeStatistics(name: "v", usage: usage(volume), isEphemeral: true)]
        use.ephemeralStorage = usage(containers.reduce(volume) { $0 + $1.0 + $1.1 })
        return use
    }

    private static let mebi: UInt64 = 1 << 20
    private static let volume = "volumes: [{name: v, emptyDir: {sizeLimit: 1Mi}}], "
    private static let (own, other) = (limit("1Mi"), limit("3Mi"))

    @Test(
        arguments: [
            (spec(""), use([(9 << 20, 9 << 20)], volume: 9 << 20), nil),
            (spec(own), use([(mebi / 2, mebi / 2)]), nil),
            (
                spec(own), use([(mebi / 2, mebi / 2 + 1)]),
                "Pod ephemeral local storage usage exceeds the total limit of containers 1Mi. "
            ),
            (
                spec(own), use([(0, 0)], volume: mebi + 1),
                "Pod ephemeral local storage usage exceeds the total limit of containers 1Mi. "
            ),
            // What a container without a limit has counts, and adds nothing to what the pod may have.
            (
                spec(own, ""), use([(0, 0), (mebi + 1, 0)]),
                "Pod ephemeral local storage usage exceeds the total limit of containers 1Mi. "
            ),
            (spec(own, other), use([(mebi, 0), (0, 3 * mebi)]), nil),
            (
                spec(own, other), use([(mebi, 1), (0, 0)]),
                "Container a exceeded its local ephemeral storage limit \"1Mi\". "
            ),
            (
                spec(own, other), use([(0, 0), (3 * mebi, 1)]),
                "Container b exceeded its local ephemeral storage limit \"3Mi\". "
            ),
            (
                spec(own, other), use([(0, 0), (4 * mebi, 1)]),
                "Pod ephemeral local storage usage exceeds the total limit of containers 4Mi. "
            ),
            (
                spec(limit("1M"), own, more: "overhead: {ephemeral-storage: 1k}, "), use([(3 << 20, 0)]),
                "Pod ephemeral local storage usage exceeds the total limit of containers 2049576. "
            ),
            // Init containers run alone, and their own limit is nobody's who runs now.
            (
                spec(own, more: "initContainers: [{name: c, image: i, \(other)}], "), use([(2 * mebi, 0)]),
                "Container a exceeded its local ephemeral storage limit \"1Mi\". "
            ),
            (spec("", more: volume), use([(9 << 20, 0)], volume: mebi), nil),
            (
                spec(own, more: volume), use([(9 << 20, 0)], volume: mebi + 1),
                "Usage of EmptyDir volume \"v\" exceeds the limit \"1Mi\". "
            ),
            (spec("", more: "volumes: [{name: v, emptyDir: {sizeLimit: 0}}], "), use([], volume: 9), nil),
        ] as [(String, PodStatistics, String?)])
    func `are passed by volumes, by all of it, or by one container`(
        spec: String, use: PodStatistics, excess: String?
    ) throws {
        let found = try Self.pod(spec).excess(use)
        #expect(found?.message == excess)
        let signals = [
            "Usage": "emptydirfs.limit", "Pod": "ephemeralpodfs.limit", "Container": "ephemeralcontainerfs.limit",
        ]
        #expect(found?.signal == excess.flatMap { $0.split(separator: " ").first.flatMap { signals[String($0)] } })
    }

    @Test(arguments: [
        (spec(""), false), (spec(own), true), (spec("", own), true), (spec("", more: volume), true),
        (spec("", more: "volumes: [{name: v, emptyDir: {medium: Memory, sizeLimit: 1Mi}}], "), false),
        (spec("", more: "volumes: [{name: v, emptyDir: {}}], "), false),
        (spec("resources: {requests: {ephemeral-storage: 1Mi}}"), false),
    ])
    func `are what it is looked through for`(spec: String, isLimited: Bool) throws {
        #expect(try Self.pod(spec).hasStorageLimit == isLimited)
    }
}
