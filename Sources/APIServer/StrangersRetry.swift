/// When the server is asked again who a stranger is, or what he may.
///
/// Source: kubernetes `apiserver/pkg/server/options`, `DefaultAuthWebhookRetryBackoff`: half a second, each time half as
/// long again, five tries; `apiserver/pkg/util/webhook`, `DefaultShouldRetry`.
enum StrangersRetry {
    /// `nil`: no more.
    static func pause(after error: APIError, tries: Int) -> Duration? {
        guard tries < 5, isTransient(error) else { return nil }
        return (1..<tries).reduce(.milliseconds(500)) { pause, _ in pause * 3 / 2 }
    }

    private static func isTransient(_ error: APIError) -> Bool {
        switch error {
        case .refused(let code, let reason, _, let retryAfter):
            [429, 500, 504].contains(code) || ["InternalError", "Timeout", "TooManyRequests"].contains(reason)
                || retryAfter != nil
        case .interrupted: true
        // Nobody is there: that does not pass in a moment.
        case .unreachable, .garbled: false
        }
    }
}
