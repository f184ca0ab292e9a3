import Kubernetes
import SystemPackage
import Testing

@testable import Node

@Suite struct `Parts of the configuration` {
    @Test(
        arguments: [
            (
                "",
                [
                    "imagefs.available", "imagefs.inodesFree", "memory.available", "nodefs.available",
                    "nodefs.inodesFree",
                ]
            ),
            ("evictionHard: {}", []),
            ("evictionHard: {memory.available: 1Gi}", ["memory.available"]),
            ("evictionHard: {memory.available: 0%, nodefs.available: 100%}", []),
            (
                "mergeDefaultEvictionSettings: true\nevictionHard: {pid.available: 5%, nodefs.available: 0%}",
                ["imagefs.available", "imagefs.inodesFree", "memory.available", "nodefs.inodesFree", "pid.available"]
            ),
        ] as [(String, [String])])
    func `has thresholds of eviction, all or those that are set`(text: String, signals: [String]) async throws {
        #expect(try await load(text).evictionHard.keys.sorted() == signals)
    }

    @Test func `reckons thresholds as the kubelet does`() async throws {
        let some = try await load(
            "evictionHard: {memory.available: 1536Mi, nodefs.available: 12.5%, imagefs.available: 1%}")
        #expect(some.evictionHard["memory.available"]?.value(of: 1) == 1536 << 20)
        #expect(some.evictionHard["nodefs.available"]?.value(of: 1000) == 125)
        #expect(KubeletConfiguration().evictionHard["nodefs.available"]?.value(of: 1000) == 100)
        #expect(some.unusedFields == ["evictionHard.imagefs.available"])
        #expect(
            try await load("evictionHard: {memory.available: \"100Mi\"}").evictionHard["memory.available"]
                == KubeletConfiguration().evictionHard["memory.available"])
    }

    @Test(arguments: [
        ("memory.free: 1Gi", "unrecognized eviction signal memory.free"),
        ("memory.available: 101%", "eviction percentage threshold memory.available must be <= 100%: 101%"),
        ("memory.available: x%", "eviction percentage threshold memory.available must be <= 100%: x%"),
        ("nodefs.available: -1%", "eviction percentage threshold nodefs.available must be >= 0%: -1%"),
        ("memory.available: 0Mi", "eviction threshold memory.available must be positive: 0Mi"),
        ("memory.available: much", "eviction threshold memory.available: not a quantity: \"much\""),
    ])
    func `takes no threshold that is none`(text: String, problem: String) async throws {
        #expect(try await problems("evictionHard: {\(text)}") == ["evictionHard: \(problem)"])
    }

    @Test func `says who may ask the node, and where`() async throws {
        let configuration = try await load(
            """
            address: 127.0.0.1
            port: 20250
            readOnlyPort: 20255
            healthzPort: 0
            enableDebuggingHandlers: false
            enableSystemLogQuery: true
            streamingConnectionIdleTimeout: 5m
            tlsCertFile: a.crt
            tlsPrivateKeyFile: /b.key
            tlsMinVersion: VersionTLS13
            tlsCipherSuites: [TLS_AES_128_GCM_SHA256]
            authentication: {x509: {clientCAFile: ca.crt}, anonymous: {enabled: true}, webhook: {enabled: false, cacheTTL: 1s}}
            authorization: {mode: AlwaysAllow, webhook: {cacheAuthorizedTTL: 1s, cacheUnauthorizedTTL: 2s}}
            """)
        let api = configuration.api
        #expect(configuration.unusedFields == [])
        #expect(api.isEnabled && api.address == "127.0.0.1" && api.port == 20250 && api.readOnlyPort == 20255)
        #expect(api.healthzPort == 0 && api.healthzAddress == "127.0.0.1")
        #expect(!api.hasDebuggingHandlers && api.hasSystemLogHandler && api.hasSystemLogQuery)
        #expect(api.streamingConnectionIdleTimeout == .seconds(300))
        #expect(api.tlsCertFile?.isAbsolute == true && api.tlsPrivateKeyFile == "/b.key")
        #expect(api.tlsMinVersion == "VersionTLS13" && api.tlsCipherSuites == ["TLS_AES_128_GCM_SHA256"])
        #expect(api.clientCAFile?.lastComponent == "ca.crt" && api.clientCAFile?.isAbsolute == true)
        #expect(api.allowsAnonymous && !api.asksForTokens && api.tokenTTL == .seconds(1))
        #expect(api.authorizationMode == "AlwaysAllow")
        #expect(api.authorizedTTL == .seconds(1) && api.unauthorizedTTL == .seconds(2))
        #expect(KubeletConfiguration().api.authorizationMode == "Webhook")
    }
}
