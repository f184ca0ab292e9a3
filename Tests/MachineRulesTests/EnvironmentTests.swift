import Machine
import OCI
import Pods
import Testing

private func image(env: [String]? = nil, entrypoint: [String]? = nil, cmd: [String]? = nil) -> ImageConfig.Execution {
    var execution = ImageConfig.Execution()
    (execution.env, execution.entrypoint, execution.cmd) = (env, entrypoint, cmd)
    return execution
}

@Suite struct `A container's command` {
    // Source: the expansion tests of Kubernetes.
    @Test(arguments: [
        ("$(VAR)", "foo"), ("___$(VAR)___", "___foo___"), ("$(VAR)$(VAR)", "foofoo"), ("$$(VAR)", "$(VAR)"),
        ("$$$(VAR)", "$foo"), ("$$$$(VAR)", "$$(VAR)"), ("$(NONE)", "$(NONE)"), ("$VAR", "$VAR"), ("$", "$"),
        ("a$", "a$"), ("$(", "$("), ("$(VAR", "$(VAR"), ("$()", "$()"), ("$(EMPTY)", ""), ("${VAR}", "${VAR}"),
        ("$(VAR))", "foo)"), ("$((VAR)", "$((VAR)"), ("é$(VAR)ü", "éfooü"), ("$é", "$é"), ("", ""),
    ])
    func `has its variables expanded`(text: String, expected: String) {
        #expect(ContainerCommand.expand(text, ["VAR": "foo", "EMPTY": ""]) == expected)
    }

    @Test(
        arguments: [
            (nil, nil, ["/entry", "-d"], ["cmd"], ["/entry", "-d", "cmd"]),
            (nil, ["arg"], ["/entry"], ["cmd"], ["/entry", "arg"]),
            (["sh"], nil, ["/entry"], ["cmd"], ["sh"]), (["sh"], ["-c"], ["/entry"], ["cmd"], ["sh", "-c"]),
            ([], [], ["/entry"], ["cmd"], ["/entry", "cmd"]), (nil, nil, nil, ["cmd"], ["cmd"]),
            (nil, ["x"], nil, nil, ["x"]), (["$(A)"], ["$(B)", "$(A)$$"], nil, nil, ["one", "$(B)", "one$"]),
            (nil, nil, ["$(A)"], nil, ["$(A)"]),
        ] as [([String]?, [String]?, [String]?, [String]?, [String])])
    func `is the pod's, else the image's`(
        command: [String]?, args: [String]?, entrypoint: [String]?, cmd: [String]?, expected: [String]
    ) throws {
        var container = container()
        (container.command, container.args) = (command, args)
        container.environment = [.init(name: "A", value: "one")]
        #expect(
            try ContainerCommand.arguments(of: container, image: image(entrypoint: entrypoint, cmd: cmd)) == expected)
    }

    @Test(arguments: [nil, [""]] as [[String]?])
    func `must be given by one of them`(cmd: [String]?) {
        #expect(throws: NoCommand()) { try ContainerCommand.arguments(of: container(), image: image(cmd: cmd)) }
        #expect(throws: NoCommand()) { try ContainerCommand.arguments(of: container(), image: nil) }
    }

    @Test func `has the image's variables, then the pod's, each name once`() {
        var container = container()
        container.environment = [
            .init(name: "A", value: "1"), .init(name: "B", value: "$(A)$(C)$(LANG)"), .init(name: "C", value: "3"),
            .init(name: "LANG", value: "de"), .init(name: "A", value: "$(A)2"),
        ]
        let image = image(env: ["PATH=/bin", "LANG=C", "EMPTY=", "broken", "=x", "URL=a=b"])
        let variables = ContainerCommand.environment(of: container, image: image, hostname: "web")
        #expect(
            variables.map { "\($0.name)=\($0.value)" } == [
                "PATH=/bin", "HOSTNAME=web", "LANG=de", "EMPTY=", "URL=a=b", "A=12", "B=1$(C)$(LANG)", "C=3",
            ])
    }

    @Test func `has a path and a hostname without an image's`() {
        let variables = ContainerCommand.environment(of: container(), image: nil, hostname: "web")
        #expect(variables.map(\.name) == ["PATH", "HOSTNAME"])
        #expect(variables[0].value.hasPrefix("/usr/local/sbin:"))
    }
}
