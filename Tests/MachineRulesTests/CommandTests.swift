import OCI
import Pods
import Testing

@testable import Machine

@Suite struct `A container's command` {
    static func image(entrypoint: [String]? = nil, cmd: [String]? = nil, env: [String] = []) -> ImageConfig.Execution {
        var image = ImageConfig.Execution()
        image.entrypoint = entrypoint
        image.cmd = cmd
        image.env = env
        return image
    }

    /// Source: the table in the API's documentation of `command` and `args`.
    @Test(
        arguments: [
            (nil, nil, ["/ep", "foo", "bar"]), (["/cmd"], nil, ["/cmd"]), (nil, ["zoo"], ["/ep", "zoo"]),
            (["/cmd"], ["zoo", "boo"], ["/cmd", "zoo", "boo"]),
        ] as [([String]?, [String]?, [String])])
    func `stands over the image's`(command: [String]?, args: [String]?, expected: [String]) throws {
        var container = Pod.Container(name: "app", image: "i")
        container.command = command
        container.args = args
        let image = Self.image(entrypoint: ["/ep"], cmd: ["foo", "bar"])
        let environment = ContainerEnvironment(container, image: image, hostname: "h")
        #expect(try ContainerCommand(container, image: image, environment: environment).arguments == expected)
    }

    @Test func `is refused when neither the pod nor the image has one`() {
        let container = Pod.Container(name: "app", image: "i")
        let environment = ContainerEnvironment(container, image: Self.image(), hostname: "h")
        let error = #expect(throws: ContainerCommand.NoCommand.self) {
            try ContainerCommand(container, image: Self.image(), environment: environment)
        }
        #expect(error?.description == "no command specified")
    }

    @Test(arguments: [
        ("$(A)", "1"), ("x$(A)y$(B)", "x1y2"), ("$$(A)", "$(A)"), ("$(NONE)", "$(NONE)"), ("$A", "$A"), ("$", "$"),
        ("$(A", "$(A"), ("$$$(A)", "$1"),
    ])
    func `expands references as the API says`(text: String, expected: String) {
        #expect(expandReferences(text, with: ["A": "1", "B": "2"]) == expected)
    }
}

@Suite struct `A container's environment` {
    @Test func `lets the pod win over the image, and the image over the node`() {
        var container = Pod.Container(name: "app", image: "i")
        container.environment = [.init(name: "A", value: "pod"), .init(name: "B", value: "$(A)-$(PATH)")]
        let image = `A container's command`.image(env: ["PATH=/bin", "A=image", "EMPTY="])
        let lines = ContainerEnvironment(container, image: image, hostname: "web").lines
        #expect(lines == ["PATH=/bin", "HOSTNAME=web", "A=pod", "EMPTY=", "B=pod-$(PATH)"])
    }
}
