import APIServer
import JSONText
import Kubernetes
import Linux
import Logging
import Pods

/// Tokens with which pods speak to the API server, each bound to its pod.
///
/// Source: facts of kubelet, §8 (`serviceAccountToken`): renewed when four fifths of their time, or a day, are over.
actor ServiceAccountTokens {
    private struct Kept: Codable {
        var token: String
        var renewAt: Time
        var ends: Time
    }

    let client: APIClient
    let memory: ClusterMemory
    private var kept: [LocalObjects.TokenKey: Kept] = [:]

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
        if let known = kept[key], known.renewAt > .now { return Array(known.token.utf8) }
        do {
            let began = Time.now
            let answer = try await ask(key, for: pod)
            let token = answer.status?.token ?? ""
            let ends = answer.status?.expirationTimestamp ?? Time(seconds: began.seconds + key.item.expirationSeconds)
            let life = max(1, ends.seconds - began.seconds)
            // Source: kubernetes `pkg/kubelet/token/token_manager.go`, `requiresRefresh`.
            let renewal = min(life * 4 / 5, 24 * 3600) - Int64.random(in: 0...min(10, life / 10))
            let new = Kept(token: token, renewAt: Time(seconds: began.seconds + max(1, renewal)), ends: ends)
            kept[key] = new
            memory.keep(new, as: key.memoryKey)
            return Array(token.utf8)
        } catch let error as APIRequestError where error.cause.isPassing {
            // One that has ended lets the pod start all the same: it is renewed as soon as the server answers.
            guard let known = kept[key] else { throw error }
            return Array(known.token.utf8)
        }
    }

    private func remembered(_ key: LocalObjects.TokenKey) -> Kept? {
        memory.object(key.memoryKey).flatMap { try? JSONReader.read(Kept.self, from: $0) }
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
