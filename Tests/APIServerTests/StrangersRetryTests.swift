import Testing

@testable import APIServer

@Suite struct `A question about a stranger` {
    private static func refused(_ code: Int, _ reason: String = "", after: Duration? = nil) -> APIError {
        .refused(code: code, reason: reason, message: "", retryAfter: after)
    }

    @Test(arguments: [
        (refused(500), true), (refused(429), true), (refused(504), true), (refused(503), false),
        (refused(503, after: .seconds(1)), true), (refused(503, "Timeout"), true), (refused(404), false),
        (refused(403), false), (refused(401), false), (.interrupted("reset"), true), (.unreachable("refused"), false),
        (.garbled("x"), false),
    ])
    func `is asked again where the fault may be over in a moment`(error: APIError, again: Bool) {
        #expect((StrangersRetry.pause(after: error, tries: 1) != nil) == again)
    }

    @Test func `is asked five times, with pauses that grow by half`() {
        let pauses = (1...5).map { StrangersRetry.pause(after: .interrupted(""), tries: $0) }
        #expect(
            pauses == [.milliseconds(500), .milliseconds(750), .milliseconds(1125), .microseconds(1_687_500), nil])
    }
}
