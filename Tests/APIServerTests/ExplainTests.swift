import AsyncHTTPClient
import NIOCore
import Testing

@testable import APIServer

@Suite struct `What is wrong with the line` {
    @Test(arguments: [
        (IOError(errnoCode: 111, reason: "connection reset (error set)") as any Error & Sendable, "Connection refused"),
        (
            Untrusted() as any Error & Sendable,
            "the server's certificate is not trusted, or not valid at this machine's time"
        ),
        (HTTPClientError.readTimeout, "no answer in time"), (HTTPClientError.connectTimeout, "no connection in time"),
    ])
    func `is told in words`(error: any Error & Sendable, words: String) { #expect(explain(error) == words) }

    /// As BoringSSL says it.
    private struct Untrusted: Error, CustomStringConvertible {
        var description: String {
            "handshakeFailed(NIOSSL.BoringSSLError.sslError([Error: 268435581 error:1000007d:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED]))"
        }
    }
}
