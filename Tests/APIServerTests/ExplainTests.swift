import AsyncHTTPClient
import NIOCore
import Testing

@testable import APIServer

@Suite struct `What is wrong with the line` {
    @Test(arguments: [
        (IOError(errnoCode: 111, reason: "connection reset (error set)") as any Error & Sendable, "Connection refused"),
        (HTTPClientError.readTimeout, "no answer in time"), (HTTPClientError.connectTimeout, "no connection in time"),
    ])
    func `is told in words`(error: any Error & Sendable, words: String) { #expect(explain(error) == words) }
}
