import Foundation
import KubeletAPI
import Linux
import SystemPackage
import Testing
import X509

@Suite(.timeLimit(.minutes(1))) struct `Whoever asks the kubelet's API` {
    private static let everything = [
        "/healthz", "/pods", "/runningpods/", "/configz", "/stats/summary", "/metrics", "/logs/",
        "/containerLogs/a/b/c",
        "/exec/a/b/c", "/attach/a/b/c", "/run/a/b/c", "/portForward/a/b", "/checkpoint/a/b/c", "/debug/pprof/heap",
        "/debug/flags/v", "/statusz", "/flagz", "/", "/nowhere",
    ]

    @Test func `without credentials, or with those of strangers, learns nothing`() async throws {
        let (authority, stranger) = (try Authority("ca"), try Authority("ca"))
        try await APIFixture.run(authority: authority) { settings, control, _ in
            settings.authorization = .alwaysAllow
            control.authenticate = { $0 == "good" ? User(name: "u") : nil }
        } _: { api in
            let strangers = [
                nil, try stranger.client("admin", groups: ["system:masters"]),
                try authority.client("admin", groups: [], usage: [.serverAuth]),
                try authority.client("", groups: ["g"]),
                try authority.client("late", groups: [], end: Date() - 10),
            ]
            for certificate in strangers {
                for path in Self.everything {
                    let answer = try await api.ask(path, certificate: certificate)
                    #expect(answer.status == 401 && answer.text == "Unauthorized", "\(path) \(answer)")
                }
            }
            let wrong = try await api.ask("/pods", headers: ["Authorization": "Bearer bad"])
            #expect(wrong.status == 401)
            // A certificate that nobody vouches for does not stand in the way of a token.
            let both = try await api.ask(
                "/pods", certificate: strangers[1], headers: ["Authorization": "Bearer good"])
            #expect(both.status == 200)
            #expect(try await api.ask("/pods", certificate: authority.client("a", groups: [])).status == 200)
        }
    }

    @Test func `before the node's certificate is signed hears the alert of a kubelet`() async throws {
        try await APIFixture.run(isSigned: false) { _, _, _ in
        } _: { api in
            let error = await #expect(throws: (any Error).self) { _ = try await api.ask("/pods") }
            #expect(String(describing: error).contains("INTERNAL_ERROR"), "\(String(describing: error))")
            let health = try await api.ask("/healthz", port: "health")
            #expect(health.status == 200)
        }
    }

    @Test func `anonymously is let in only where that is wanted, and shows nothing wrong`() async throws {
        let (authority, stranger) = (try Authority("ca"), try Authority("other"))
        try await APIFixture.run(authority: authority) { settings, control, _ in
            settings.allowsAnonymous = true
            control.authenticate = { _ in nil }
            control.review = { $0.user.name == "system:anonymous" && $0.user.groups == ["system:unauthenticated"] }
        } _: { api in
            let nobody = try await api.ask("/healthz")
            #expect(nobody.status == 200)
            #expect(try await api.ask("/healthz", certificate: stranger.client("a", groups: [])).status == 401)
            #expect(try await api.ask("/healthz", headers: ["Authorization": "Bearer x"]).status == 401)
        }
    }

    @Test func `may do what the API server allows, and is told else what was missing`() async throws {
        let authority = try Authority("ca")
        let count = Count()
        try await APIFixture.run(authority: authority) { settings, control, _ in
            settings.authorization = .webhook(authorized: .seconds(60), unauthorized: .milliseconds(1))
            control.review = { review in
                count.add()
                if review.user.name == "broken" { throw NotThere() }
                return review.user.groups.contains("pods") && review.subresource == "pods"
                    || review.user.groups.contains("proxy") && review.subresource == "proxy"
            }
        } _: { api in
            let reader = try authority.client("reader", groups: ["pods"])
            #expect(try await api.ask("/pods", certificate: reader).status == 200)
            let before = count.value
            #expect(try await api.ask("/pods", certificate: reader).status == 200)
            #expect(count.value == before, "the answer is remembered")
            let refused = try await api.ask("/containerLogs/default/web/app", certificate: reader)
            #expect(refused.status == 403)
            #expect(refused.text == "Forbidden (user=reader, verb=get, resource=nodes, subresource(s)=[proxy])")
            let two = try await api.ask("/configz", method: "POST", certificate: reader)
            #expect(two.text == "Forbidden (user=reader, verb=create, resource=nodes, subresource(s)=[configz proxy])")
            let proxy = try authority.client("proxy", groups: ["proxy"])
            #expect(try await api.ask("/configz", certificate: proxy).status == 200)
            #expect(try await api.ask("/metrics", certificate: proxy).status == 403)
            let broken = try await api.ask("/metrics", certificate: authority.client("broken", groups: []))
            #expect(broken.status == 500)
            #expect(broken.text == "Authorization error (user=broken, verb=get, resource=nodes, subresource=metrics)")
        }
    }

    @Test func `is known by a token for as long as it is remembered`() async throws {
        let count = Count()
        try await APIFixture.run { settings, control, _ in
            settings.authorization = .alwaysAllow
            settings.tokenTTL = .milliseconds(300)
            control.authenticate = { token in
                count.add()
                if token == "broken" { throw NotThere() }
                return token == "good" ? User(name: "u", groups: ["g"]) : nil
            }
        } _: { api in
            for _ in 0..<2 {
                #expect(try await api.ask("/pods", headers: ["Authorization": "Bearer good"]).status == 200)
                #expect(try await api.ask("/pods", headers: ["Authorization": "Bearer bad"]).status == 401)
            }
            #expect(count.value == 2)
            try await Task.sleep(for: .milliseconds(350))
            #expect(try await api.ask("/pods", headers: ["Authorization": "Bearer good"]).status == 200)
            #expect(count.value == 3)
            #expect(try await api.ask("/pods", headers: ["Authorization": "Bearer broken"]).status == 401)
        }
    }

    @Test func `is vouched for by whom the file names now`() async throws {
        let (first, second) = (try Authority("ca"), try Authority("ca"))
        try await APIFixture.run(authority: first) { settings, _, _ in
            settings.authorization = .alwaysAllow
        } _: { api in
            let (old, new) = (try first.client("a", groups: []), try second.client("a", groups: []))
            #expect(try await api.ask("/pods", certificate: old).status == 200)
            #expect(try await api.ask("/pods", certificate: new).status == 401)
            try replaceFile(at: api.directory.appending("ca.pem"), with: second.pem)
            try await Task.sleep(for: .milliseconds(1100))
            #expect(try await api.ask("/pods", certificate: new).status == 200)
            #expect(try await api.ask("/pods", certificate: old).status == 401)
            try replaceFile(at: api.directory.appending("ca.pem"), with: "rubbish".utf8)
            try await Task.sleep(for: .milliseconds(1100))
            #expect(try await api.ask("/pods", certificate: new).status == 200, "the last that could be read holds")
        }
    }
}
