import Containers
import Linux
import OCI
import Pods
import Testing

@testable import Machine

@Suite struct `A container's user` {
    private func user(
        image text: String?, _ configure: (inout Pod.Container.SecurityContext) -> Void = { _ in }
    ) throws -> ContainerSpec.User {
        var container = Pod.Container(name: "app", image: "i")
        configure(&container.security)
        var image = ImageConfig.Execution()
        image.user = text
        let pod = Pod(id: .init("u"), name: "web", containers: [container])
        return try ContainerSpec.User(container, of: pod, image: image)
    }

    @Test(
        arguments: [
            (nil, nil, nil, .init(.id(0), joinsListedGroups: true)),
            ("", nil, nil, .init(.id(0), joinsListedGroups: true)),
            ("1000", nil, nil, .init(.id(1000), joinsListedGroups: true)),
            ("1000:50", nil, nil, .init(.id(1000), group: .id(50))),
            ("web:www", nil, nil, .init(.name("web"), group: .name("www"))),
            (":5", nil, nil, .init(.id(0), group: .id(5))),
            ("web:", nil, nil, .init(.name("web"), joinsListedGroups: true)),
            ("web:www", 7, nil, .init(.id(7), joinsListedGroups: true)),
            ("web:www", 7, 8, .init(.id(7), group: .id(8), joinsListedGroups: true)),
        ] as [(String?, UInt32?, UInt32?, ContainerSpec.User)])
    func `is the pod's, else the image's, else root`(
        image: String?, id: UInt32?, group: UInt32?, expected: ContainerSpec.User
    ) throws {
        #expect(try user(image: image) { ($0.runAsUser, $0.runAsGroup) = (id, group) } == expected)
    }

    @Test(arguments: [
        "4294967295", "4294967296", "99999999999999999999", "-1", "+5", "a b", "../x", "a:b:c", "a\u{1}",
        "5:4294967295",
    ])
    func `is never one that nobody can be`(text: String) {
        #expect(throws: ContainerSpec.User.InvalidUser.self) { try user(image: text) }
    }

    @Test(
        arguments: [
            ("0", nil, "container has runAsNonRoot and image will run as root"),
            ("", nil, "container has runAsNonRoot and image will run as root"),
            (
                "web", nil,
                "container has runAsNonRoot and image has non-numeric user (web), cannot verify user is non-root"
            ), ("1000", 0, "container's runAsUser breaks non-root policy"),
        ] as [(String, UInt32?, String)])
    func `is refused as root where the pod wants none`(image: String, id: UInt32?, reason: String) {
        let error = #expect(throws: ContainerSpec.User.RunsAsRoot.self) {
            try user(image: image) { ($0.runAsNonRoot, $0.runAsUser) = (true, id) }
        }
        #expect(error?.description == "\(reason) (pod: \"web_default(u)\", container: app)")
    }
}
