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
    private var lent: [Lent: KeptToken] = [:]

    /// Whose token, and for whom.
    private struct Lent: Hashable {
        var pod: Pods.Pod.ID
        var account: String
        var audience: String
    }

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
            let new = try await ask(for: pod, audience: key.item.audience, seconds: key.item.expirationSeconds)
            kept[key] = new
            memory.keep(new, as: key.memoryKey)
            return Array(new.token.utf8)
        } catch let error as APIRequestError where error.cause.isPassing {
            // One that has ended lets the pod start all the same: it is renewed as soon as the server answers.
            guard let known = kept[key] else { throw error }
            return Array(known.token.utf8)
        }
    }

    /// A token for one audience, not written down anywhere. It is given again until it must be renewed.
    func token(for pod: Pods.Pod, account: String, audience: String) async throws -> String {
        lent = lent.filter { !$0.value.isDue(at: .now, .now) }
        let key = Lent(pod: pod.id, account: account, audience: audience)
        if let known = lent[key] { return known.token }
        let new = try await ask(for: pod, account: account, audience: audience, seconds: 3600)
        lent[key] = new
        return new.token
    }

    private func remembered(_ key: LocalObjects.TokenKey) -> KeptToken? {
        memory.object(key.memoryKey).flatMap { try? JSONReader.read(KeptToken.self, from: $0) }
    }

    /// - Parameter account: the uid of the service account that is meant; `nil`: whichever has its name.
    private func ask(
        for pod: Pods.Pod, account uid: String? = nil, audience: String, seconds: Int64
    ) async throws -> KeptToken {
        var bound = BoundObjectReference()
        (bound.kind, bound.apiVersion, bound.name, bound.uid) = ("Pod", "v1", pod.name, pod.id.rawValue)
        var spec = TokenRequestSpec()
        spec.audiences = audience.isEmpty ? [] : [audience]
        spec.expirationSeconds = seconds
        spec.boundObjectRef = bound
        var question = TokenRequest()
        (question.apiVersion, question.kind, question.spec) = ("authentication.k8s.io/v1", "TokenRequest", spec)
        if let uid {
            var metadata = ObjectMeta()
            metadata.uid = uid
            question.metadata = metadata
        }
        let account = pod.serviceAccountName.isEmpty ? "default" : pod.serviceAccountName
        let path = Resources.tokens.path(account, in: pod.namespace, "token")
        let (wall, boot) = (Time.now, ContinuousClock.now)
        let answer = try await client.ask(
            APIRequest(.post, path, body: try JSONWriter.write(question)), for: TokenRequest.self)
        // Not until when it is good: that is by the server's clock, which may be another's.
        let life = answer.spec?.expirationSeconds ?? seconds
        return KeptToken(answer.status?.token ?? "", lasting: life, askedAt: wall, boot)
    }
}

extension LocalObjects.TokenKey {
    /// The name of the file that remembers it.
    var memoryKey: String {
        let audience = item.audience.utf8.hexadecimal
        return "token_\(pod)_\(item.expirationSeconds)_\(audience.prefix(100))"
    }
}
