import Crypto
import FoundationEssentials
import JSONText
import Kubernetes
import Linux
import SwiftASN1
package import X509

/// Which certificate a node asks the cluster for. Source: facts of kubelet, §12.
package struct CertificateWish: Sendable {
    package var signer: String
    /// The files' names begin with it.
    package var prefix: String
    package var usages: [String]
    package var node: String
    /// Who may be called by it; none for a client's.
    package var alternativeNames: @Sendable () -> SubjectAlternativeNames?

    /// What the node shows to the API server.
    package static func client(of node: String) -> CertificateWish {
        CertificateWish(
            signer: "kubernetes.io/kube-apiserver-client-kubelet", prefix: "kubelet-client",
            usages: ["digital signature", "client auth"], node: node, alternativeNames: { nil })
    }

    /// What the node's own API shows.
    package static func serving(
        of node: String, alternativeNames: @escaping @Sendable () -> SubjectAlternativeNames?
    ) -> CertificateWish {
        CertificateWish(
            signer: "kubernetes.io/kubelet-serving", prefix: "kubelet-server",
            usages: ["digital signature", "server auth"], node: node, alternativeNames: alternativeNames)
    }

    /// The request for a key's certificate, as PEM.
    func request(for key: P256.Signing.PrivateKey) throws -> String {
        let subject = try DistinguishedName {
            OrganizationName("system:nodes")
            CommonName("system:node:\(node)")
        }
        var attributes = CertificateSigningRequest.Attributes()
        if let names = alternativeNames() {
            let extensions = try Certificate.Extensions { names }
            attributes = .init([try .init(ExtensionRequest(extensions: extensions))])
        }
        let request = try X509.CertificateSigningRequest(
            version: .v1, subject: subject, privateKey: .init(key), attributes: attributes,
            signatureAlgorithm: .ecdsaWithSHA256)
        return try request.serializeAsPEM().pemString + "\n"
    }
}

extension APIClient {
    /// Asks for a certificate, and waits until somebody has approved and signed it. Returns its chain as PEM.
    ///
    /// The same key gives the same request: an agent that was replaced while it waited goes on waiting for it.
    func certificate(_ wish: CertificateWish, key: P256.Signing.PrivateKey) async throws -> [UInt8] {
        let name = "node-csr-\(Self.fingerprint(of: key))-\(wish.prefix)"
        var object = Kubernetes.CertificateSigningRequest()
        (object.apiVersion, object.kind) = ("certificates.k8s.io/v1", "CertificateSigningRequest")
        object.metadata = ObjectMeta()
        object.metadata?.name = name
        var spec = CertificateSigningRequestSpec()
        spec.request = Data(try wish.request(for: key).utf8).base64EncodedString()
        (spec.signerName, spec.usages) = (wish.signer, wish.usages)
        object.spec = spec
        do {
            _ = try await send(
                APIRequest(.post, Resources.signingRequests.path(), body: try JSONWriter.write(object)))
        } catch let error as APIRequestError where error.cause.isAlreadyThere {}
        let deadline = ContinuousClock.now + .seconds(15 * 60)
        var pause = Duration.milliseconds(200)
        while ContinuousClock.now < deadline {
            let found = try await ask(
                APIRequest(.get, Resources.signingRequests.path(name)), for: Kubernetes.CertificateSigningRequest.self)
            if let condition = found.status?.conditions?.first(where: { $0.type != "Approved" }) {
                throw CertificateRefused(
                    name: name, problem: "\(condition.type ?? ""): \(condition.reason ?? "") \(condition.message ?? "")"
                )
            }
            if let text = found.status?.certificate, let chain = bytes(ofBase64: text), !chain.isEmpty { return chain }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(2))
        }
        throw CertificateRefused(name: name, problem: "nobody has approved it in fifteen minutes")
    }

    private static func fingerprint(of key: P256.Signing.PrivateKey) -> String {
        SHA256.hash(data: key.publicKey.derRepresentation).prefix(16).hexadecimal
    }
}

struct CertificateRefused: Error, CustomStringConvertible {
    let name: String
    let problem: String
    var description: String { "certificate signing request \(name): \(problem)" }
}
