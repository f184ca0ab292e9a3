import JSONText
import Kubernetes
package import SystemPackage

extension KubeletConfiguration {
    /// What the node answers itself, to whom, and where. Source: facts of kubelet, §1.1 and §11.
    package struct ServedAPI: Equatable, Sendable {
        package var isEnabled = true
        package var address = "0.0.0.0"
        package var port = 10250
        /// 0: none.
        package var readOnlyPort = 0
        package var healthzAddress = "127.0.0.1"
        /// 0: none.
        package var healthzPort = 10248
        package var hasDebuggingHandlers = true
        package var hasSystemLogHandler = true
        package var hasSystemLogQuery = false
        package var hasProfilingHandler = true
        package var hasDebugFlagsHandler = true
        package var streamingConnectionIdleTimeout = Duration.seconds(4 * 3600)

        /// `nil`: one that the node makes itself.
        package var tlsCertFile: FilePath?
        package var tlsPrivateKeyFile: FilePath?
        /// `VersionTLS12` …; empty: that.
        package var tlsMinVersion = ""
        package var tlsCipherSuites: [String] = []

        package var clientCAFile: FilePath?
        package var allowsAnonymous = false
        package var asksForTokens = true
        package var tokenTTL = Duration.seconds(120)
        /// `AlwaysAllow` or `Webhook`.
        package var authorizationMode = "Webhook"
        package var authorizedTTL = Duration.seconds(300)
        package var unauthorizedTTL = Duration.seconds(30)

        package init() {}
    }
}

extension KubeletConfiguration.ServedAPI {
    mutating func take(_ fields: KubeletConfiguration.Fields) {
        fields.take("enableServer", &isEnabled)
        takeText(fields, "address", &address)
        takeText(fields, "healthzBindAddress", &healthzAddress)
        if let number = fields["port"]?.integer, number != 0 { port = number }
        fields.take("readOnlyPort", &readOnlyPort)
        fields.take("healthzPort", &healthzPort)
        fields.take("enableDebuggingHandlers", &hasDebuggingHandlers)
        fields.take("enableSystemLogHandler", &hasSystemLogHandler)
        fields.take("enableSystemLogQuery", &hasSystemLogQuery)
        fields.take("enableProfilingHandler", &hasProfilingHandler)
        fields.take("enableDebugFlagsHandler", &hasDebugFlagsHandler)
        fields.take("streamingConnectionIdleTimeout", &streamingConnectionIdleTimeout)
        tlsCertFile = fields.path("tlsCertFile")
        tlsPrivateKeyFile = fields.path("tlsPrivateKeyFile")
        fields.take("tlsMinVersion", &tlsMinVersion)
        if let suites = fields["tlsCipherSuites"] { tlsCipherSuites = KubeletConfiguration.Fields.texts(suites) }
        clientCAFile = fields.path("authentication.x509.clientCAFile")
        fields.take("authentication.anonymous.enabled", &allowsAnonymous)
        fields.take("authentication.webhook.enabled", &asksForTokens)
        fields.take("authentication.webhook.cacheTTL", &tokenTTL)
        takeText(fields, "authorization.mode", &authorizationMode)
        fields.take("authorization.webhook.cacheAuthorizedTTL", &authorizedTTL)
        fields.take("authorization.webhook.cacheUnauthorizedTTL", &unauthorizedTTL)
    }

    private func takeText(_ fields: KubeletConfiguration.Fields, _ name: String, _ target: inout String) {
        if let text = fields.text(name), !text.isEmpty { target = text }
    }

    /// What is wrong with the values, in the kubelet's words where it has some.
    /// Source: kubernetes `pkg/kubelet/apis/config/validation`, and `cmd/kubelet/app/auth.go`.
    var invalid: [String] {
        var problems: [String] = []
        func check(_ isRight: Bool, _ problem: String) { if !isRight { problems.append(problem) } }
        check((1...65535).contains(port), "port (--port) \(port) must be between 1 and 65535, inclusive")
        check(
            (0...65535).contains(readOnlyPort),
            "readOnlyPort (--read-only-port) \(readOnlyPort) must be between 0 and 65535, inclusive")
        check(
            (0...65535).contains(healthzPort),
            "healthzPort (--healthz-port) \(healthzPort) must be between 1 and 65535, inclusive")
        check(
            hasSystemLogHandler || !hasSystemLogQuery,
            "enableSystemLogHandler is required for enableSystemLogQuery")
        check(
            (tlsCertFile == nil) == (tlsPrivateKeyFile == nil),
            "tlsCertFile and tlsPrivateKeyFile must be given together")
        check(
            ["", "VersionTLS10", "VersionTLS11", "VersionTLS12", "VersionTLS13"].contains(tlsMinVersion),
            "tlsMinVersion \"\(tlsMinVersion)\": unknown tls version \"\(tlsMinVersion)\"")
        check(
            ["AlwaysAllow", "Webhook"].contains(authorizationMode), "unknown authorization mode \(authorizationMode)")
        return problems
    }
}

extension UsedField {
    static let servedAPI: [UsedField] = [
        atStart("enableServer", \.api.isEnabled),
        atStart("address", \.api.address),
        atStart("port", \.api.port),
        atStart("readOnlyPort", \.api.readOnlyPort),
        atStart("healthzBindAddress", \.api.healthzAddress),
        atStart("healthzPort", \.api.healthzPort),
        atStart("enableDebuggingHandlers", \.api.hasDebuggingHandlers),
        atStart("enableSystemLogHandler", \.api.hasSystemLogHandler),
        atStart("enableSystemLogQuery", \.api.hasSystemLogQuery),
        atStart("enableProfilingHandler", \.api.hasProfilingHandler),
        atStart("enableDebugFlagsHandler", \.api.hasDebugFlagsHandler),
        atStart("streamingConnectionIdleTimeout", \.api.streamingConnectionIdleTimeout),
        atStart("tlsCertFile", \.api.tlsCertFile),
        atStart("tlsPrivateKeyFile", \.api.tlsPrivateKeyFile),
        atStart("tlsMinVersion", \.api.tlsMinVersion),
        atStart("tlsCipherSuites", \.api.tlsCipherSuites),
        atStart("authentication.x509.clientCAFile", \.api.clientCAFile),
        atStart("authentication.anonymous.enabled", \.api.allowsAnonymous),
        atStart("authentication.webhook.enabled", \.api.asksForTokens),
        atStart("authentication.webhook.cacheTTL", \.api.tokenTTL),
        atStart("authorization.mode", \.api.authorizationMode),
        atStart("authorization.webhook.cacheAuthorizedTTL", \.api.authorizedTTL),
        atStart("authorization.webhook.cacheUnauthorizedTTL", \.api.unauthorizedTTL),
    ]
}
