import Foundation
import OCI
import Testing

@Suite struct `A runtime spec` {
    private let text = """
        {"ociVersion":"1.3.0","process":{"terminal":false,"user":{"uid":7,"gid":8,"additionalGids":[5]},
        "args":["sh"],"env":["A=b"],"cwd":"/","capabilities":{"bounding":["CAP_KILL"]},
        "rlimits":[{"type":"RLIMIT_NOFILE","hard":1024,"soft":1024}],"noNewPrivileges":true,"oomScoreAdj":-5},
        "root":{"path":"rootfs","readonly":true},"hostname":"web",
        "mounts":[{"destination":"/proc","type":"proc","source":"proc","options":["nosuid"]}],
        "solaris":{"milestone":"x"},
        "linux":{"namespaces":[{"type":"pid"},{"type":"network","path":"/run/netns/a"}],
        "resources":{"devices":[{"allow":false,"access":"rwm"}],"memory":{"limit":1048576},
        "cpu":{"shares":1024,"quota":-1},"hugepageLimits":[{"pageSize":"2MB","limit":0}]},
        "seccomp":{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW"}]}}}
        """

    @Test func `is read from config.json, skipping what other systems have`() throws {
        let spec = try JSONDecoder().decode(RuntimeSpec.self, from: Data(text.utf8))
        #expect(spec.process?.user == RuntimeSpec.User(uid: 7, gid: 8, additionalGids: [5]))
        #expect(spec.mounts == [.init(destination: "/proc", source: "proc", type: "proc", options: ["nosuid"])])
        #expect(spec.linux?.namespaces == [.init(.pid), .init(.network, path: "/run/netns/a")])
        #expect(spec.linux?.resources?.memory?.limit == 1 << 20)
        #expect(spec.linux?.seccomp?.syscalls == [.init(["read"], action: "SCMP_ACT_ALLOW")])
    }

    @Test func `comes back the same after it was written`() throws {
        let spec = try JSONDecoder().decode(RuntimeSpec.self, from: Data(text.utf8))
        let again = try JSONDecoder().decode(RuntimeSpec.self, from: JSONEncoder().encode(spec))
        #expect(again == spec)
    }

    @Test(arguments: [#"{"type":"nonsense"}"#, #"{"path":"/x"}"#])
    func `refuses a namespace that does not exist`(namespace: String) {
        let text = #"{"ociVersion":"1.3.0","linux":{"namespaces":[\#(namespace)]}}"#
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(RuntimeSpec.self, from: Data(text.utf8)) }
    }
}
