package import SystemPackage

/// How the API is to be served. Source: facts of kubelet, §1.1 and §11.
package struct KubeletAPISettings: Sendable {
    /// Who may ask what.
    package enum Authorization: Equatable, Sendable {
        /// Everybody who is known.
        case alwaysAllow
        /// The API server is asked, and its answers are remembered so long.
        case webhook(authorized: Duration, unauthorized: Duration)
    }

    /// An address and a port to listen on. Port 0 is any that is free.
    package struct Place: Equatable, Sendable, CustomStringConvertible {
        package var address: String
        package var port: Int

        package init(_ address: String, _ port: Int) {
            self.address = address
            self.port = port
        }

        package var description: String { address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)" }
    }

    package var node: String
    /// `nil`: the API is not served.
    package var api: Place? = Place("0.0.0.0", 10250)
    package var readOnly: Place?
    package var health: Place? = Place("127.0.0.1", 10248)

    /// Certificates of those who may vouch for clients; `nil`: no certificate makes a client known.
    package var clientCAFile: FilePath?
    package var allowsAnonymous = false
    /// How long it is remembered whose a token is. `nil`: tokens are not looked at.
    package var tokenTTL: Duration? = .seconds(120)
    package var authorization = Authorization.webhook(authorized: .seconds(300), unauthorized: .seconds(30))
    package var tls = TLSSettings()

    package var hasDebuggingHandlers = true
    package var hasSystemLogHandler = true
    package var hasSystemLogQuery = false
    package var hasProfilingHandler = true
    package var hasDebugFlagsHandler = true
    /// A stream on which nothing passes for so long ends.
    package var streamIdleTimeout = Duration.seconds(4 * 3600)
    /// Streams that a client means to open must be there by then.
    package var streamCreationTimeout = Duration.seconds(30)
    /// An answer that takes longer is cut off, also a log that is followed. Source: facts of kubelet, §11.1.
    package var answerTimeout = Duration.seconds(4 * 3600)
    /// A connection without a request for so long ends.
    package var connectionIdleTimeout = Duration.seconds(90)
    /// What the agent says of itself.
    package var version = ""

    package init(node: String) { self.node = node }
}

/// How TLS is spoken.
package struct TLSSettings: Equatable, Sendable {
    /// `VersionTLS12`, `VersionTLS13`; empty is the first.
    package var minimumVersion = ""
    /// By their names in Go: `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`; empty: the library's choice.
    package var cipherSuites: [String] = []
    package init() {}
}
