import Crypto
import FoundationEssentials
import Linux
import SwiftASN1
package import SystemPackage
package import X509

/// Who a server is: its name, and what it may be called.
package struct ServerIdentity: Equatable, Sendable {
    package var name: String
    package var dnsNames: [String]
    /// IPv4 and IPv6, as text.
    package var addresses: [String]

    package init(name: String, dnsNames: [String], addresses: [String]) {
        self.name = name
        self.dnsNames = dnsNames
        self.addresses = addresses
    }

    /// As the extension of a certificate, or of a request for one.
    package var alternativeNames: SubjectAlternativeNames {
        SubjectAlternativeNames(
            dnsNames.map { .dnsName($0) }
                + addresses.compactMap { addressBytes($0) }.map { .ipAddress(ASN1OctetString(contentBytes: $0[...])) })
    }
}

extension ServingCertificate {
    /// Takes the certificate of a directory, or makes one that its own authority vouches for, for a year.
    ///
    /// Source: facts of kubelet, §12.3: `<root>/pki/kubelet.crt` and `.key`.
    package static func selfSigned(_ identity: ServerIdentity, in directory: FilePath) throws -> ServingCertificateFiles
    {
        let (certificate, key) = (directory.appending("kubelet.crt"), directory.appending("kubelet.key"))
        if !isUsable(certificate, key) {
            try makeDirectories(directory, mode: 0o700)
            let made = try selfSigned(identity, at: Date())
            // The key first: a certificate without its key would be taken for usable by nobody.
            try replaceFile(at: key, with: made.key)
            try replaceFile(at: certificate, with: made.chain)
        }
        return ServingCertificateFiles(certificate: certificate, key: key)
    }

    /// The first certificate can be read, fits the key and has not run out.
    private static func isUsable(_ certificate: FilePath, _ key: FilePath) -> Bool {
        guard let chain = try? readFile(at: certificate), let key = try? readFile(at: key),
            (try? ServingCertificate(chain: chain, key: key).context(TLSSettings(), asksForCertificate: false)) != nil,
            let first = try? PEMDocument.parseMultiple(pemString: String(decoding: chain, as: UTF8.self)).first,
            let leaf = try? Certificate(pemDocument: first)
        else { return false }
        return leaf.notValidAfter > Date()
    }

    /// - SeeAlso: client-go `util/cert`, `GenerateSelfSignedCertKey`, whose names these are.
    static func selfSigned(_ identity: ServerIdentity, at now: Date) throws -> ServingCertificate {
        let (authorityKey, key) = (P256.Signing.PrivateKey(), P256.Signing.PrivateKey())
        let stamp = Int64(now.timeIntervalSince1970)
        let authorityName = try DistinguishedName { CommonName("\(identity.name)-ca@\(stamp)") }
        // A client whose clock is a little behind shall take it.
        let (start, end) = (now.addingTimeInterval(-3600), now.addingTimeInterval(365 * 86400))
        let authority = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: .init(authorityKey.publicKey), notValidBefore: start,
            notValidAfter: end, issuer: authorityName, subject: authorityName,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try .init {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                Critical(KeyUsage(digitalSignature: true, keyEncipherment: true, keyCertSign: true))
            }, issuerPrivateKey: .init(authorityKey))
        let certificate = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: .init(key.publicKey), notValidBefore: start,
            notValidAfter: end, issuer: authorityName,
            subject: DistinguishedName { CommonName("\(identity.name)@\(stamp)") },
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try .init {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true, keyEncipherment: true))
                try ExtendedKeyUsage([.serverAuth])
                identity.alternativeNames
            }, issuerPrivateKey: .init(authorityKey))
        let chain = try [certificate, authority].map { try $0.serializeAsPEM().pemString + "\n" }.joined()
        return ServingCertificate(chain: Array(chain.utf8), key: Array(key.pemRepresentation.utf8))
    }
}
