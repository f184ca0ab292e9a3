import Foundation
import Linux
import NIOSSL
import SwiftASN1
import SystemPackage
import Testing
import X509

@testable import KubeletAPI

@Suite struct `A serving certificate` {
    private let identity = ServerIdentity(name: "h", dnsNames: ["n1"], addresses: ["10.0.0.1", "fd00::1", "rubbish"])

    @Test func `that the node makes names it, for a year`() throws {
        let now = Date(timeIntervalSince1970: 1_800_000_000)
        let made = try ServingCertificate.selfSigned(identity, at: now)
        let chain = try PEMDocument.parseMultiple(pemString: String(decoding: made.chain, as: UTF8.self))
            .map { try Certificate(pemDocument: $0) }
        #expect(chain.count == 2)
        #expect("\(chain[0].subject)" == "CN=h@1800000000" && "\(chain[0].issuer)" == "CN=h-ca@1800000000")
        #expect(chain[0].notValidAfter == now.addingTimeInterval(365 * 86400))
        let names = try chain[0].extensions.subjectAlternativeNames
        #expect(names?.count == 3)
        #expect(try chain[0].extensions.extendedKeyUsage?.contains(.serverAuth) == true)
        #expect(throws: Never.self) { try made.context(TLSSettings(), asksForCertificate: true) }
    }

    @Test func `is made once, and again when it is of no use`() async throws {
        try await withScratch { directory in
            let first = try #require(try ServingCertificate.selfSigned(identity, in: directory).current)
            #expect(try ServingCertificate.selfSigned(identity, in: directory).current == first)
            try replaceFile(at: directory.appending("kubelet.key"), with: "rubbish".utf8)
            let second = try #require(try ServingCertificate.selfSigned(identity, in: directory).current)
            #expect(second != first)
            let old = try ServingCertificate.selfSigned(identity, at: Date() - 400 * 86400)
            try replaceFile(at: directory.appending("kubelet.crt"), with: old.chain)
            try replaceFile(at: directory.appending("kubelet.key"), with: old.key)
            #expect(try ServingCertificate.selfSigned(identity, in: directory).current != old)
        }
    }

    @Test func `in files is read again when they change, and kept while they do not fit`() async throws {
        try await withScratch { directory in
            let (crt, key) = (directory.appending("crt"), directory.appending("key"))
            let files = ServingCertificateFiles(certificate: crt, key: key)
            #expect(files.current == nil)
            let (one, two) = (
                try ServingCertificate.selfSigned(identity, at: Date()),
                try ServingCertificate.selfSigned(identity, at: Date())
            )
            func write(_ chain: [UInt8], _ other: [UInt8]) async throws {
                try replaceFile(at: crt, with: chain)
                try replaceFile(at: key, with: other)
                try await Task.sleep(for: .milliseconds(1050))
            }
            try await write(one.chain, one.key)
            #expect(files.current == one)
            try await write(two.chain, one.key)
            #expect(files.current == one)
            try await write(two.chain, two.key)
            #expect(files.current == two)
        }
    }

    @Test(arguments: [
        ("VersionTLS13", [], true), ("", ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"], true),
        ("VersionTLS9", [], false), ("", ["TLS_RC4"], false),
    ])
    func `is shown as the configuration says`(version: String, suites: [String], isKnown: Bool) throws {
        var settings = TLSSettings()
        (settings.minimumVersion, settings.cipherSuites) = (version, suites)
        #expect(((try? settings.minimum()) != nil && (try? settings.suites()) != nil) == isKnown)
    }
}
