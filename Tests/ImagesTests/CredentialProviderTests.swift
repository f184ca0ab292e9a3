import SystemPackage
import Testing

@testable import Images

@Suite struct `A credential provider` {
    @Test(arguments: [
        ("reg.example", "reg.example", "team/app", true), ("reg.example", "other.example", "team/app", false),
        ("*.reg.example", "a.reg.example", "x", true), ("*.reg.example", "a.b.reg.example", "x", false),
        ("*.reg.example", "reg.example", "x", false), ("*.*.reg.example", "a.b.reg.example", "x", true),
        ("123*.dkr.*.example", "12345.dkr.eu-1.example", "x", true), ("e?.example", "eu.example", "x", true),
        ("[a-c]*.example", "beta.example", "x", true), ("[^a-c]*.example", "beta.example", "x", false),
        ("[a.example", "a.example", "x", false), ("\\*.example", "a.example", "x", false),
        ("reg.example:5000", "reg.example:5000", "x", true), ("reg.example", "reg.example:5000", "x", false),
        ("reg.example:5000", "reg.example", "x", false), ("reg.example/team", "reg.example", "team/app", true),
        ("reg.example/team", "reg.example", "teams/app", true), ("reg.example/team", "reg.example", "app", false),
        ("docker.io", "docker.io", "library/busybox", true), ("reg.example/v1", "reg.example", "team/app", false),
    ])
    func `is asked about the images that it names`(pattern: String, registry: String, repository: String, isAsked: Bool)
    {
        let provider = CredentialProvider(
            name: "p", matchImages: ["none.example", pattern], defaultCacheDuration: .zero, apiVersion: "")
        #expect(provider.matches(registry, repository) == isAsked)
    }

    private static let head = "apiVersion: kubelet.config.k8s.io/v1\nkind: CredentialProviderConfig\nproviders:\n"
    private static let entry = """
        - name: ecr
          matchImages: ["*.ecr.example"]
          defaultCacheDuration: 12h
          apiVersion: credentialprovider.kubelet.k8s.io/v1

        """
    private static let tokens = """
          tokenAttributes:
            serviceAccountTokenAudience: reg
            cacheType: Token
            requireServiceAccount: true
            requiredServiceAccountAnnotationKeys: [example.com/id]

        """

    @Test func `is described by a file`() throws {
        let text = Self.head + Self.entry + "  args: [get]\n  env: [{name: K, value: v}, {name: E}]\n" + Self.tokens
        let provider = try #require(try CredentialProvider.decode(Array(text.utf8), from: "c.yaml").first)
        #expect(
            provider
                == CredentialProvider(
                    name: "ecr", matchImages: ["*.ecr.example"], defaultCacheDuration: .seconds(12 * 3600),
                    apiVersion: "credentialprovider.kubelet.k8s.io/v1", arguments: ["get"],
                    environment: [.init(name: "K", value: "v"), .init(name: "E", value: "")],
                    token: .init(
                        audience: "reg", cacheType: .token, requiresAccount: true,
                        requiredAnnotations: ["example.com/id"])))
        #expect(provider.variables(over: ["K=own", "L=m", "E=n"]) == ["L=m", "K=v", "E="])
    }

    @Test(arguments: [
        ("kind: CredentialProviderConfig", "kind: Pod", "kind: expected CredentialProviderConfig, found \"Pod\""),
        ("config.k8s.io/v1\n", "config.k8s.io/v2\n", "apiVersion: expected kubelet.config.k8s.io/v1"),
        ("- name: ecr", "- name: a/b", "providers[0].name: \"a/b\" is no file of a directory"),
        ("- name: ecr", "- name: ..", "providers[0].name: "), ("- name: ecr", "- args: []", "providers[0].name: "),
        ("[\"*.ecr.example\"]", "[]", "providers[0].matchImages: at least one is due"),
        ("*.ecr.example", "ecr.example:https", "providers[0].matchImages: "),
        ("*.ecr.example", "", "providers[0].matchImages: \"\" is no host[:port][/path]"),
        ("*.ecr.example", ":5000", "providers[0].matchImages: "),
        ("*.ecr.example", "/team", "providers[0].matchImages: "),
        ("*.ecr.example", "https:///team", "providers[0].matchImages: "),
        ("- name: ecr", "- env: [{value: v}]\n  name: ecr", "providers[0].env[0].name: it is due"),
        ("12h", "-1s", "providers[0].defaultCacheDuration: "), ("12h", "soon", "providers[0].defaultCacheDuration: "),
        ("provider.kubelet.k8s.io/v1", "provider.kubelet.k8s.io/v3", "providers[0].apiVersion: expected one of "),
        ("provider.kubelet.k8s.io/v1", "provider.kubelet.k8s.io/v1beta1", "tokenAttributes: only with apiVersion"),
        ("config.k8s.io/v1\n", "config.k8s.io/v1beta1\n", "providers[0].tokenAttributes: unknown field"),
        ("matchImages", "matchimages", "providers[0].matchimages: unknown field"),
        ("Audience: reg", "Audience: ''", "tokenAttributes.serviceAccountTokenAudience: it is due"),
        ("cacheType: Token", "cacheType: Pod", "tokenAttributes.cacheType: expected ServiceAccount or Token"),
        ("requireServiceAccount: true", "requireServiceAccount: false", "only with requireServiceAccount: true"),
        ("[example.com/id]", "[a, a]", "a is there twice"),
    ])
    func `is refused where its description is wrong`(right: String, wrong: String, words: String) throws {
        let text = (Self.head + Self.entry + Self.tokens).replacing(right, with: wrong, maxReplacements: 1)
        let error = #expect(throws: ImageError.self) { try CredentialProvider.decode(Array(text.utf8), from: "c.yaml") }
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }

    @Test func `is told of an image, and of the service account that wants it`() throws {
        let version = "credentialprovider.kubelet.k8s.io/v1"
        #expect(
            String(decoding: CredentialAnswer.question(version, image: "r/a"), as: UTF8.self)
                == #"{"kind":"CredentialProviderRequest","apiVersion":"\#(version)","image":"r/a"}"#)
        let question = CredentialAnswer.question(version, image: "r/a", token: "t", annotations: ["b": "2", "a": "1"])
        #expect(
            String(decoding: question, as: UTF8.self).hasSuffix(
                #""image":"r/a","serviceAccountToken":"t","serviceAccountAnnotations":{"a":"1","b":"2"}}"#))
        var wish = CredentialProvider.TokenAttributes(
            audience: "a", cacheType: .account, requiresAccount: true, requiredAnnotations: ["r"],
            optionalAnnotations: ["o"])
        #expect(wish.annotations(of: ["r": "1", "x": "2"]) == ["r": "1"])
        #expect(wish.annotations(of: ["r": "1", "o": "3"]) == ["r": "1", "o": "3"])
        #expect(wish.annotations(of: ["o": "3"]) == nil)
        wish.requiredAnnotations = []
        #expect(wish.annotations(of: [:]) == [:])
    }

    private static let answer = #"""
        {"kind": "CredentialProviderResponse", "apiVersion": "v", "cacheKeyType": "Registry", "cacheDuration": "5m0s",
         "auth": {"*.example": {"username": "wide", "password": "p"}, "reg.example/team": {"username": "close"},
                  "other.example": {"username": "other"}}}
        """#

    @Test func `answers with credentials by registry, the closest first`() throws {
        let answer = try CredentialAnswer(parsing: Array(Self.answer.utf8), apiVersion: "v")
        #expect(answer.scope == .registry && answer.duration == .seconds(300))
        let all = answer.credentials.map { (pattern: $0.key, credential: $0.value) }
        #expect(all.credentials(for: "reg.example", "team/app").map(\.username) == ["close", "wide"])
        #expect(all.credentials(for: "reg.example", "app").map(\.username) == ["wide"])
    }

    @Test(arguments: [
        ("{", "[", "no CredentialProviderResponse"), ("\"v\"", "\"w\"", "not of apiVersion v"),
        ("Response\"", "Request\"", "of another kind"), ("Registry", "Pod", "cacheKeyType"),
        ("5m0s", "soon", "cacheDuration"), ("\"auth\"", "\"author\"", "a field that nobody knows"),
        ("\"other\"", "5", "no CredentialProviderResponse"),
    ])
    func `is not believed when its answer is wrong`(right: String, wrong: String, words: String) {
        let text = Self.answer.replacing(right, with: wrong, maxReplacements: 1)
        let error = #expect(throws: CredentialAnswer.Refusal.self) {
            try CredentialAnswer(parsing: Array(text.utf8), apiVersion: "v")
        }
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }

    private static let own = CredentialCache.Account(
        namespace: "n", name: "a", uid: "1", annotations: ["k": "v"], token: nil)

    /// For which images of `reg.example/a` … an answer about `reg.example/a` holds, and how long.
    @Test(arguments: [
        (CredentialAnswer.Scope.image, [true, false, false]), (.registry, [true, true, false]),
        (.everything, [true, true, true]),
    ])
    func `is not asked again while its answer holds`(scope: CredentialAnswer.Scope, holds: [Bool]) {
        let now = ContinuousClock.now
        for account in [nil, Self.own] {
            var cache = CredentialCache()
            func known(_ registry: String, _ repository: String, after seconds: Int) -> Bool {
                cache.answer(for: registry, repository, account, at: now.advanced(by: .seconds(seconds))) != nil
            }
            cache.keep(
                CredentialAnswer(scope: scope, duration: nil, credentials: [:]), for: "reg.example", "a", account,
                default: .seconds(10), at: now)
            let places = [("reg.example", "a"), ("reg.example", "b"), ("other.example", "a")]
            #expect(places.map { known($0.0, $0.1, after: 9) } == holds)
            #expect(places.allSatisfy { !known($0.0, $0.1, after: 10) })
            cache.keep(
                CredentialAnswer(scope: scope, duration: .zero, credentials: [:]), for: "z.example", "z", account,
                default: .seconds(10), at: now.advanced(by: .seconds(20)))
            #expect(cache.count == 0, "what ended is forgotten, and what holds for no time not kept")
        }
    }

    @Test(arguments: [
        (CredentialCache.Account(namespace: "m", name: "a", uid: "1", annotations: ["k": "v"]), false),
        (.init(namespace: "n", name: "a", uid: "2", annotations: ["k": "v"]), false),
        (.init(namespace: "n", name: "a", uid: "1", annotations: [:]), false),
        (.init(namespace: "n", name: "a", uid: "1", annotations: ["k": "v"], token: "t"), false),
        (.init(namespace: "n", name: "a", uid: "1", annotations: ["k": "v"]), true),
    ])
    func `is asked anew for another service account`(other: CredentialCache.Account, isSame: Bool) {
        var cache = CredentialCache()
        cache.keep(
            CredentialAnswer(scope: .everything, duration: .seconds(60), credentials: [:]), for: "r", "a", Self.own,
            default: .zero, at: .now)
        #expect((cache.answer(for: "r", "a", other, at: .now) != nil) == isSame)
        #expect(cache.answer(for: "r", "a", nil, at: .now) == nil)
    }
}
