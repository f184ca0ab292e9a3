import APIServer
import JSONText
import KubeletAPI
import Kubernetes

// Who asks the node, and whether he may: the API server knows. Source: facts of kubelet, §11.5.

extension APIClient {
    /// Whose a token is; `nil`: nobody's.
    func user(withToken token: String) async throws -> User? {
        var question = TokenReview()
        (question.apiVersion, question.kind) = ("authentication.k8s.io/v1", "TokenReview")
        question.spec = TokenReviewSpec()
        question.spec?.token = token
        let request = APIRequest(.post, Resources.tokenReviews.path(), body: try JSONWriter.write(question))
        let status = try await ask(forStranger: request, for: TokenReview.self).status
        guard status?.authenticated == true, let found = status?.user else { return nil }
        return User(
            name: found.username ?? "", uid: found.uid ?? "", groups: found.groups ?? [], extra: found.extra ?? [:])
    }

    func allows(_ review: AccessReview) async throws -> Bool {
        var attributes = ResourceAttributes()
        (attributes.verb, attributes.version, attributes.resource) = (review.verb, "v1", "nodes")
        (attributes.subresource, attributes.name) = (review.subresource, review.node)
        var question = SubjectAccessReview()
        (question.apiVersion, question.kind) = ("authorization.k8s.io/v1", "SubjectAccessReview")
        var spec = SubjectAccessReviewSpec()
        spec.resourceAttributes = attributes
        (spec.user, spec.groups, spec.extra) = (review.user.name, review.user.groups, review.user.extra)
        spec.uid = review.user.uid.isEmpty ? nil : review.user.uid
        question.spec = spec
        let request = APIRequest(.post, Resources.accessReviews.path(), body: try JSONWriter.write(question))
        return try await ask(forStranger: request, for: SubjectAccessReview.self).status?.allowed ?? false
    }
}
