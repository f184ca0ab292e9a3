import APIServer
import JSONText
import Kubernetes
import Linux
import Logging
import Pods

/// Tokens with which pods speak to the API server, each bound to its pod.
actor ServiceAccountTokens {
    let client: APIClient
    let memory: ClusterMemory
    private var kept: [LocalObjects.TokenKey: KeptToken] = [:]

    init(client: APIClient, memory: ClusterMemory) {
        self.client = client
        self.memory = memory
    }

    func forget(_ key: LocalObjects.TokenKey) {
        kept[key] = nil
        memory.forget(object: key.memoryKey)
    }

    /// A token as it is now: the one that is there, or a new one.
    ///
    /// While the server does not answer, one that is still good, or one of before a reboot, does.
    func token(_ key: LocalObjects.TokenKey, for pod: Pods.Pod) async throws -> [UInt8] {
        if kept[key] == nil { kept[key] = remembered(key) }
        if let known = kept[key], !known.isDue(at: .now, .now) { return Array(known.token.utf8) }
        do {
            let (wall, boot) = (Time.now, ContinuousClock.now)
            let answer = try await ask(key, for: pod)
            let token = answer.status?.token ?? ""
            // Not until when it is good: that is by the server's clock, which may be another's.
            let life = answer.spec?.expirationSeconds ?? key.item.expirationSeconds
            let new = KeptToken(token, lasting: life, askedAt: wall, boot)
            kept[key] = new
            memory.keep(new, as: key.memoryKey)
            return Array(token.utf8)
        } catch let error as APIRequestError where error.cause.isPassing {
            // One that has ended lets the pod start all the same: it is renewed as soon as the server answers.
            guard let known = kept[key] else { throw error }
            return Array(known.token.utf8)
        }
    }

    private func remembered(_ key: LocalObjects.TokenKey) -> KeptToken? {
        memory.object(key.memoryKey).flatMap { try? JSONReader.read(KeptToken.self, from: $0) }
    }

    private func ask(_ key: LocalObjects.TokenKey, for pod: Pods.Pod) async throws -> TokenRequest {
        var bound = BoundObjectReference()
        (bound.kind, bound.apiVersion, bound.name, bound.uid) = ("Pod", "v1", pod.name, pod.id.rawValue)
        var spec = TokenRequestSpec()
        spec.audiences = key.item.audience.isEmpty ? [] : [key.item.audience]
        spec.expirationSeconds = key.item.expirationSeconds
        spec.boundObjectRef = bound
        var question = TokenRequest()
        (question.apiVersion, question.kind, question.spec) = ("authentication.k8s.io/v1", "TokenRequest", spec)
        let account = pod.serviceAccountName.isEmpty ? "default" : pod.serviceAccountName
        let path = Resources.tokens.path(account, in: pod.namespace, "token")
        return try await client.ask(
            APIRequest(.post, path, body: try JSONWriter.write(question)), for: TokenRequest.self)
    }
}

extension LocalObjects.TokenKey {
    /// The name of the file that remembers it.
    var memoryKey: String {
        let audience = item.audience.utf8.hexadecimal
        return "token_\(pod)_\(item.expirationSeconds)_\(audience.prefix(100))"
    }
}
