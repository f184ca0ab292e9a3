import OCI
import Pods
import SystemPackage
import Testing

@testable import Machine

@Suite struct `A container's mounts` {
    private func mounts(_ mounts: [Pod.Container.Mount]) throws -> [RuntimeSpec.Mount] {
        var container = Pod.Container(name: "app", image: "i")
        container.command = ["sh"]
        container.mounts = mounts
        let facts = PodFacts(
            hostname: "web", networkNamespace: nil, memoryCapacity: 1, etcHosts: "/p/hosts", etcHostname: "/p/hostname",
            resolvConf: "/p/resolv.conf", sharedMemory: "/p/shm")
        let spec = try RuntimeSpec(
            container, of: Pod(id: .init("u"), name: "web", containers: [container]), image: .init(), facts: facts,
            volumes: ["data": "/v/data"], terminationLog: "/p/log")
        return spec.mounts ?? []
    }

    @Test func `stand before what lies in them, and volumes in place of the node's own`() throws {
        let made = try mounts([
            .init(volume: "data", path: "/etc/app/data"), .init(volume: "data", path: "/etc"),
            .init(volume: "data", path: "/dev/shm/"), .init(volume: "data", path: "/etc/hosts"),
        ])
        #expect(
            made.map(\.destination) == [
                "/proc", "/dev", "/dev/pts", "/dev/mqueue", "/sys", "/sys/fs/cgroup", "/etc", "/etc/hostname",
                "/etc/resolv.conf", "/dev/termination-log", "/dev/shm/", "/etc/hosts", "/etc/app/data",
            ])
        #expect(made.first { $0.destination == "/etc/hosts" }?.source == "/v/data")
    }

    @Test func `are refused without their volume`() {
        #expect(throws: RuntimeSpec.NoVolume.self) { try mounts([.init(volume: "no", path: "/x")]) }
    }
}
