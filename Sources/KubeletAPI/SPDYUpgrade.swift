import NIOHTTP1

/// How a connection is upgraded to SPDY. Source: kubernetes `apimachinery/pkg/util/httpstream`, whose words these are.
enum SPDYUpgrade {
    private static let offered = "X-Stream-Protocol-Version"

    /// The answer, with the first protocol of the client's that is known here.
    static func answer(
        _ request: Request, supported: [String], _ conversation: (String) -> Upgrade.Conversation
    ) throws -> Answer {
        let offers = request.headers[canonicalForm: offered].map(String.init)
        guard !offers.isEmpty else { throw Refusal(.badRequest, "unable to upgrade: \(offered) is required") }
        guard let chosen = offers.first(where: supported.contains) else {
            var answer = Answer.error(
                .forbidden,
                "unable to upgrade: unable to negotiate protocol: client supports [\(offers.joined(separator: " "))], "
                    + "server accepts [\(supported.joined(separator: " "))]")
            for version in supported { answer.headers.add(name: "X-Accepted-Stream-Protocol-Versions", value: version) }
            return answer
        }
        guard request.asks(for: "SPDY/3.1") else {
            throw Refusal(.badRequest, "unable to upgrade: missing upgrade headers in request")
        }
        return .upgrade(
            Upgrade(
                language: .spdy, headers: ["Connection": "Upgrade", "Upgrade": "SPDY/3.1", offered: chosen],
                conversation: conversation(chosen)))
    }
}
