import AsyncHTTPClient
import Crypto
import FoundationEssentials
import JSONText
import Kubernetes
import Linux
import NIOCore
import NIOHTTP1
import NIOSSL
import SwiftASN1
import X509

/// Finds a cluster's certificate authority by a bootstrap token, trusting nobody on the way.
///
/// The cluster tells its own kubeconfig to everybody, signed with the token; whoever has a hash of the authority's key
/// is safe from others who have the token, too. Source: kubeadm, `app/discovery/token`.
package struct Discovery: Sendable {
    package struct Failure: Error, Equatable, CustomStringConvertible {
        package let description: String
        init(_ description: String) { self.description = description }
    }

    /// `HOST:PORT`.
    package let server: String
    /// `ID.SECRET`.
    package let token: String
    /// `sha256:HEX` of the authority's public key; empty: the token alone is trusted.
    package let pins: [String]

    package init(server: String, token: String, pins: [String]) throws(Failure) {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        let isToken =
            parts.count == 2 && parts[0].count == 6 && parts[1].count == 16
            && token.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 0x2E }
        guard isToken else { throw Failure("token: expected the form \"abcdef.0123456789abcdef\"") }
        for pin in pins where !pin.hasPrefix("sha256:") || pin.utf8.count != 71 {
            throw Failure("hash \(pin): expected sha256: and 64 hexadecimal digits")
        }
        self.server = server
        self.token = token
        self.pins = pins
    }

    /// The cluster's authority, as PEM.
    package func authority() async throws -> [UInt8] {
        // Nobody is known yet: what comes is checked by what it says.
        var insecure = TLSConfiguration.makeClientConfiguration()
        insecure.certificateVerification = .none
        let first = try authority(in: await clusterInfo(insecure))
        guard !pins.isEmpty else { return first }
        var secure = TLSConfiguration.makeClientConfiguration()
        secure.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(first))
        guard try authority(in: await clusterInfo(secure)) == first else {
            throw Failure("\(server): it told another certificate authority when it was asked again")
        }
        return first
    }

    private func clusterInfo(_ tls: TLSConfiguration) async throws -> JSON {
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.timeout.connect = .seconds(10)
        let client = HTTPClient(configuration: configuration)
        do {
            let url = "https://\(server)/api/v1/namespaces/kube-public/configmaps/cluster-info"
            let response = try await client.execute(HTTPClientRequest(url: url), deadline: .now() + .seconds(20))
            let body = Array(try await response.body.collect(upTo: 1 << 20).readableBytesView)
            try await client.shutdown()
            guard response.status == .ok else {
                throw Failure("\(server): it does not tell cluster-info (status \(response.status.code))")
            }
            return try JSON(parsing: body)
        } catch let error as Failure {
            throw error
        } catch {
            try? await client.shutdown()
            throw Failure("\(server): \(explain(error))")
        }
    }

    /// The authority that the kubeconfig names, if token and pins vouch for it. A pure function.
    func authority(in info: JSON) throws(Failure) -> [UInt8] {
        let id = String(token.prefix { $0 != "." })
        guard let text = info["data"]?["kubeconfig"]?.string else { throw Failure("cluster-info has no kubeconfig") }
        guard let signature = info["data"]?["jws-kubeconfig-\(id)"]?.string else {
            throw Failure("cluster-info is not signed with the token \(id): it may have ended")
        }
        guard isSigned(text, signature) else { throw Failure("cluster-info's signature does not fit the token") }
        guard let documents = try? JSON.documents(of: Array(text.utf8)), let config = documents.first,
            let encoded = config["clusters"]?.array?.first?["cluster"]?["certificate-authority-data"]?.string,
            let authority = bytes(ofBase64: encoded)
        else { throw Failure("cluster-info's kubeconfig names no certificate authority") }
        guard pins.isEmpty || pins.contains(where: { fits(authority, $0) }) else {
            throw Failure("the cluster's certificate authority has none of the given hashes")
        }
        return authority
    }

    /// A JSON web signature whose content is left out, HMAC with SHA-256. Source: RFC 7515, appendix F.
    private func isSigned(_ text: String, _ signature: String) -> Bool {
        let parts = signature.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, let code = Self.decoded(parts[2]) else { return false }
        let secret = token.drop { $0 != "." }.dropFirst()
        let signed = "\(parts[0]).\(Self.encoded(Array(text.utf8)))"
        return HMAC<SHA256>.isValidAuthenticationCode(
            code, authenticating: Array(signed.utf8), using: SymmetricKey(data: Array(secret.utf8)))
    }

    private static func encoded(_ bytes: [UInt8]) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private static func decoded(_ text: String) -> Data? {
        var text = text.replacing("-", with: "+").replacing("_", with: "/")
        while text.utf8.count % 4 != 0 { text += "=" }
        return Data(base64Encoded: text)
    }

    /// Source: RFC 7469, §2.4: the hash of a certificate's SubjectPublicKeyInfo.
    private func fits(_ authority: [UInt8], _ pin: String) -> Bool {
        guard let certificate = try? Certificate(pemEncoded: String(decoding: authority, as: UTF8.self)) else {
            return false
        }
        var serializer = DER.Serializer()
        guard (try? serializer.serialize(certificate.publicKey)) != nil else { return false }
        let hash = SHA256.hash(data: serializer.serializedBytes).hexadecimal
        return pin.lowercased() == "sha256:\(hash)"
    }
}
