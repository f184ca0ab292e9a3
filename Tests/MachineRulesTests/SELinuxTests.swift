import Linux
import Pods
import SystemPackage
import Testing

@testable import Machine

@Suite struct `A container's SELinux label` {
    typealias Security = Pod.Container.SecurityContext
    private static let node = SELinuxContexts(
        parsing: """
            process = "system_u:system_r:container_t:s0"
            content = "system_u:object_r:virt_var_lib_t:s0"
            file = "system_u:object_r:container_file_t:s0"
            """)

    private static func asked(
        user: String? = nil, role: String? = nil, type: String? = nil, level: String? = nil
    ) -> Security.SELinuxLabel {
        var label = Security.SELinuxLabel()
        (label.user, label.role, label.type, label.level) = (user, role, type, level)
        return label
    }

    @Test(
        arguments: [
            (nil, false, nil, nil),
            (
                asked(), false, "system_u:system_r:container_t:s0", "system_u:object_r:container_file_t:s0"
            ),
            (
                asked(type: "spc_t"), false, "system_u:system_r:spc_t:s0", "system_u:object_r:container_file_t:s0"
            ),
            (
                asked(user: "u", role: "r", level: "s0:c1,c2"), false, "u:r:container_t:s0:c1,c2",
                "system_u:object_r:container_file_t:s0:c1,c2"
            ),
            (asked(type: "spc_t"), true, nil, nil),
        ] as [(Security.SELinuxLabel?, Bool, String?, String?)])
    func `is the node's with what the pod asks for`(
        asked: Security.SELinuxLabel?, isPrivileged: Bool, process: String?, files: String?
    ) throws {
        var security = Security()
        security.selinux = asked
        security.isPrivileged = isPrivileged
        #expect(try Self.node.process(of: security) == process)
        #expect(try Self.node.files(of: security) == files)
    }

    @Test func `must be whole where the node has none for containers`() throws {
        let node = SELinuxContexts(parsing: "")
        var security = Security()
        security.selinux = Self.asked(type: "spc_t")
        #expect(throws: SELinuxContexts.Incomplete.self) { try node.process(of: security) }
        security.selinux = Self.asked(user: "u", role: "r", type: "t")
        #expect(try node.process(of: security) == "u:r:t" && node.files(of: security) == nil)
    }

    @Test func `matters only where a policy is loaded`() async throws {
        try await withScratch { root in
            #expect(try SELinuxContexts.ofNode(root: root) == nil)
            for (path, text) in [
                ("sys/fs/selinux/enforce", "1"), ("proc/self/attr/current", "kernel\0"),
                ("etc/selinux/config", "# a\nSELINUX=enforcing\nSELINUXTYPE=mls\n"),
                ("etc/selinux/mls/contexts/lxc_contexts", "process = \"a:b:c:d\""),
            ] {
                try makeDirectories(root.appending(path).removingLastComponent(), mode: 0o755)
                try replaceFile(at: root.appending(path), with: text.utf8, durably: false)
            }
            #expect(try SELinuxContexts.ofNode(root: root) == nil)
            try replaceFile(
                at: root.appending("proc/self/attr/current"), with: "a:b:c:d\0".utf8, durably: false)
            #expect(try SELinuxContexts.ofNode(root: root)?.process == SELinuxContext("a:b:c:d"))
        }
    }
}
