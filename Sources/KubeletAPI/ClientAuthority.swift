import Crypto
import FoundationEssentials
import Linux
import Logging
import NIOSSL
import SwiftASN1
import SystemPackage
import X509

/// Says whose a client's certificate is, by the certificates of those who may vouch for clients.
actor ClientAuthority {
    private let file: FilePath
    private var stamp: FileStamp?
    private var store = CertificateStore()
    /// Why the file could not be read last; told when it is another.
    private var problem = ""
    private var nextLook: ContinuousClock.Instant?

    init(file: FilePath) { self.file = file }

    /// - Parameter chain: as the client has sent it, its own first.
    func user(of chain: [NIOSSLCertificate]) async throws -> User {
        look()
        let certificates = try chain.map { try Certificate(derEncoded: $0.toDERBytes()) }
        guard let leaf = certificates.first else { throw UnknownClient(reason: "no certificate") }
        var verifier = Verifier(rootCertificates: store) { RFC5280Policy() }
        let result = await verifier.validate(
            leaf: leaf, intermediates: CertificateStore(certificates.dropFirst()))
        guard case .validCertificate = result else { throw UnknownClient(reason: "\(result)") }
        if let usage = try leaf.extensions.extendedKeyUsage, !usage.contains(.clientAuth), !usage.contains(.any) {
            throw UnknownClient(reason: "it is not meant for clients")
        }
        guard let user = User(leaf.subject) else { throw UnknownClient(reason: "it names nobody") }
        return user
    }

    /// Reads the file when it has changed, looking once a second. What cannot be read leaves the old ones in force.
    private func look() {
        guard nextLook.map({ .now >= $0 }) ?? true else { return }
        nextLook = .now + .seconds(1)
        let found = fileStamp(file)
        guard found == nil || found != stamp else { return }
        do {
            let text = String(decoding: try readFile(at: file) ?? [], as: UTF8.self)
            let all = try PEMDocument.parseMultiple(pemString: text).map { try Certificate(pemDocument: $0) }
            guard !all.isEmpty else { throw UnknownClient(reason: "the file holds no certificate") }
            store = CertificateStore(all)
            (stamp, problem) = (found, "")
        } catch {
            guard problem != "\(error)" else { return }
            problem = "\(error)"
            Logger.current.error(
                "Client certificate authorities cannot be read",
                metadata: ["file": "\(file)", "error": "\(error)"])
        }
    }
}

struct UnknownClient: Error, CustomStringConvertible {
    let reason: String
    var description: String { "verifying the client's certificate failed: \(reason)" }
}

extension User {
    /// Source: kubernetes `apiserver/pkg/authentication/request/x509`, `CommonNameUserConversion`.
    init?(_ subject: DistinguishedName) {
        var (name, groups): (String, [String]) = ("", [])
        for attribute in subject.joined() {
            guard let value = String(attribute.value) else { continue }
            switch attribute.type {
            case .RDNAttributeType.commonName: name = value
            case .RDNAttributeType.organizationName: groups.append(value)
            default: break
            }
        }
        if name.isEmpty { return nil }
        self.init(name: name, groups: groups)
    }
}
