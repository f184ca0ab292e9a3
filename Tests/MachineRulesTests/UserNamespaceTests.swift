import Containers
import Linux
import OCI
import Pods
import SystemPackage
import Testing

@testable import Machine

@Suite struct `A pod's own users` {
    private static let ids = [RuntimeSpec.IDMapping(containerID: 0, hostID: 131072, size: 65536)]

    private func facts(mapped: Bool) -> PodFacts {
        var facts = PodFacts(
            hostname: "web", networkNamespace: "/run/netns/u", memoryCapacity: 1, etcHosts: "/p/hosts",
            etcHostname: "/p/hostname", resolvConf: "/p/resolv.conf", sharedMemory: "/p/shm")
        if mapped { facts.idMappings = Self.ids }
        return facts
    }

    private func spec(mapped: Bool, change: (inout Pod.Container) -> Void = { _ in }) throws -> RuntimeSpec {
        var container = Pod.Container(name: "app", image: "i")
        container.command = ["sh"]
        container.mounts = [
            .init(volume: "data", path: "/data"), .init(volume: "files", path: "/files"),
            .init(volume: "files/1", path: "/part"),
        ]
        change(&container)
        var pod = Pod(id: .init("u"), name: "web", containers: [container])
        pod.hostUsers = !mapped
        pod.volumes = [
            .init(name: "data", source: .emptyDir(.init())),
            .init(name: "files", source: .image(reference: "x", pullPolicy: .never)),
        ]
        return try RuntimeSpec(
            container, of: pod, image: .init(), facts: facts(mapped: mapped),
            volumes: ["data": "/v/data", "files": "/v/files", "files/1": "/v/part"], terminationLog: "/p/log")
    }

    @Test func `are those of its pause, and own what is mounted`() throws {
        let spec = try spec(mapped: true)
        #expect(spec.linux?.uidMappings == Self.ids && spec.linux?.gidMappings == Self.ids)
        #expect(spec.linux?.namespaces?.contains(.init(.user, path: RuntimeSpec.Namespace.ofSandbox)) == true)
        let mapped = (spec.mounts ?? []).filter { $0.uidMappings == Self.ids && $0.gidMappings == Self.ids }
        #expect(
            mapped.map(\.destination) == [
                "/dev/shm", "/data", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/dev/termination-log",
            ], "an image's files have their owners already, and new file systems have no others")
    }

    @Test func `are not there for a pod with the host's`() throws {
        let spec = try spec(mapped: false)
        #expect(spec.linux?.uidMappings == nil && spec.linux?.gidMappings == nil)
        #expect(spec.linux?.namespaces?.contains { $0.type == .user } == false)
        #expect((spec.mounts ?? []).allSatisfy { $0.uidMappings == nil && $0.gidMappings == nil })
    }

    @Test func `begin with the pause, and so does its network`() {
        let pod = Pod(id: .init("u"), name: "web")
        let own = RuntimeSpec(sandboxOf: pod, hostname: "web", facts(mapped: true)).linux
        #expect(own?.namespaces?.map(\.type) == [.mount, .user, .network, .ipc, .uts, .pid])
        #expect(own?.namespaces?.allSatisfy { $0.path == nil } == true)
        #expect(own?.uidMappings == Self.ids && own?.gidMappings == Self.ids)
        let hosts = RuntimeSpec(sandboxOf: pod, hostname: "web", facts(mapped: false)).linux
        #expect(hosts?.namespaces?.first { $0.type == .network }?.path == "/run/netns/u")
        #expect(hosts?.namespaces?.contains { $0.type == .user } == false)
    }

    @Test func `may see all of proc`() throws {
        #expect(try spec(mapped: true).linux?.maskedPaths?.contains("/proc/kcore") == true)
        let open = try spec(mapped: true) { $0.security.showsWholeProc = true }.linux
        #expect(open?.maskedPaths == [] && open?.readonlyPaths == [])
    }

    @Test func `are written down before they are used, and are nobody else's until they are gone`() async throws {
        try await withScratch { root in
            let directories = Directories(root: root, state: root, podLogs: root, containerLogs: root)
            let pool = try UserIDPool(
                subordinateUsers: "0: kubelet 65536 131072", groups: "0: kubelet 65536 131072", maxPods: 2)
            let users = PodUsers(pool)
            func first(_ pod: String) throws -> UInt32? {
                try UserMapping(at: directories.userMapping(of: Pod.ID(pod)))?.range?.first
            }
            try users.take(for: Pod.ID("a"), in: directories)
            try users.take(for: Pod.ID("b"), in: directories)
            #expect(try first("a") == 65536 && first("b") == 131072)
            // Again, and by the next agent.
            try users.take(for: Pod.ID("a"), in: directories)
            #expect(throws: PodUsers.NoneLeft.self) { try PodUsers(pool).take(for: Pod.ID("c"), in: directories) }
            #expect(try first("a") == 65536 && first("c") == nil)
            try removeTree(at: directories.pods.appending("a"))
            try PodUsers(pool).take(for: Pod.ID("c"), in: directories)
            #expect(try first("c") == 65536 && first("b") == 131072)
            // What cannot be read may stand for any ids: nobody is given some.
            for text in [
                "", "{}", #"{"uidMappings":[],"gidMappings":[]}"#,
                #"{"uidMappings":[{"hostId":1,"containerId":1,"length":1}],"gidMappings":[{"hostId":1,"containerId":1,"length":1}]}"#,
                #"{"uidMappings":[{"hostId":1,"containerId":0,"length":1}],"gidMappings":[{"hostId":2,"containerId":0,"length":1}]}"#,
            ] {
                try replaceFile(at: directories.userMapping(of: Pod.ID("b")), with: text.utf8)
                try removeTree(at: directories.pods.appending("c"))
                #expect(throws: (any Error).self) { try users.take(for: Pod.ID("c"), in: directories) }
            }
        }
    }
}
