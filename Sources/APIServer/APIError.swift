package import Kubernetes

/// Why the API server did not do what it was asked; cases by what a caller would do differently.
package enum APIError: Error, Equatable {
    /// It answered with an error. Source: `meta/v1` `Status`.
    case refused(code: Int, reason: String, message: String, retryAfter: Duration?)
    /// No answer, or no whole one: the line, the server or its certificate.
    case unreachable(String)
    /// It was asked, and the line broke before there was an answer.
    case interrupted(String)
    /// It answered with what is no answer.
    case garbled(String)

    /// The line was closed because there is a new one.
    static let replaced = APIError.unreachable("the connection was replaced")

    package var code: Int? {
        if case .refused(let code, _, _, _) = self { code } else { nil }
    }

    package var isNotFound: Bool { code == 404 }
    package var isConflict: Bool { code == 409 }
    package var isForbidden: Bool { code == 403 }
    /// A list or watch asked for a version that is no longer kept. Source: "410 Gone responses", API concepts.
    package var isExpired: Bool { code == 410 }
    package var isAlreadyThere: Bool {
        if case .refused(409, "AlreadyExists", _, _) = self { true } else { false }
    }

    /// The same request may succeed later without anybody's doing.
    package var isPassing: Bool {
        switch self {
        case .refused(let code, _, _, _): code == 429 || code >= 500
        case .unreachable, .interrupted, .garbled: true
        }
    }

    package var retryAfter: Duration? {
        if case .refused(_, _, _, let pause) = self { pause } else { nil }
    }

    package init(_ status: APIStatus, code: Int, retryAfter: Duration?) {
        self = .refused(
            code: status.code.map(Int.init) ?? code, reason: status.reason ?? "", message: status.message ?? "",
            retryAfter: retryAfter ?? status.details?.retryAfterSeconds.flatMap { $0 > 0 ? .seconds($0) : nil })
    }
}

extension APIError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .refused(let code, _, let message, _): message.isEmpty ? "status \(code)" : "\(message) (\(code))"
        case .unreachable(let problem), .interrupted(let problem): problem
        case .garbled(let problem): "the answer makes no sense: \(problem)"
        }
    }
}

/// An error with the request that it is about: `get nodes/a: nodes "a" not found (404)`.
package struct APIRequestError: Error, CustomStringConvertible {
    package let request: String
    package let cause: APIError
    package var description: String { "\(request): \(cause)" }
}
