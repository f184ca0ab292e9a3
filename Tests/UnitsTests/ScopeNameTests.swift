import SystemPackage
import Testing

@testable import Units

@Suite struct `A scope's name` {
    @Test(arguments: [
        ("system.slice:runc:abc", "system.slice", "runc-abc.scope", "/system.slice/runc-abc.scope"),
        (":swiftlet:x", "system.slice", "swiftlet-x.scope", "/system.slice/swiftlet-x.scope"),
        ("a-b-c.slice::x", "a-b-c.slice", "x.scope", "/a.slice/a-b.slice/a-b-c.slice/x.scope"),
        (
            "kubepods-pod1.slice:cri-containerd:3f", "kubepods-pod1.slice", "cri-containerd-3f.scope",
            "/kubepods.slice/kubepods-pod1.slice/cri-containerd-3f.scope"
        ),
        ("-.slice:p:n", "-.slice", "p-n.scope", "/p-n.scope"),
        ("a.slice:p:a-b.slice", "a.slice", "a-b.slice", "/a.slice/a-b.slice"),
    ])
    func `gives the unit and its group`(text: String, slice: String, unit: String, path: String) throws {
        let name = try ScopeName(parsing: text)
        #expect(name.slice == slice && name.unit == unit)
        #expect(try name.cgroup().string == path)
    }

    @Test(arguments: [
        "", "a", "a:b", "a.slice:b:c:d", "a.slice:b:", "a:b:c", "a--b.slice:p:n", "-a.slice:p:n", "a-.slice:p:n",
        "/a.slice:p:n", ".slice:p:n", "a.slice:p:n/../x", "a.slice:p:n x", "a.slice:p:ä",
    ])
    func `refuses other forms`(text: String) {
        #expect(throws: InvalidScopeName.self) { try ScopeName(parsing: text) }
    }

    @Test func `is in the user's slice for a user`() throws {
        #expect(try ScopeName(parsing: "::x", isUser: true).slice == "user.slice")
    }
}
