import AsyncHTTPClient
import Crypto
import Foundation
import KubeletAPI
import Kubernetes
import Linux
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL
import Server
import ServiceLifecycle
import SwiftASN1
import Synchronization
import SystemPackage
import Testing
import X509

/// A directory that is gone after the test.
func withScratch<R>(_ body: (FilePath) async throws -> R) async throws -> R {
    let path = FilePath(FileManager.default.temporaryDirectory.path).appending("swiftlet-\(UUID().uuidString)")
    try makeDirectories(path)
    defer { try? FileManager.default.removeItem(atPath: path.string) }
    return try await body(path)
}

/// One who vouches for others, for tests.
struct Authority {
    let key = P256.Signing.PrivateKey()
    let certificate: Certificate

    init(_ name: String) throws {
        let subject = try DistinguishedName { CommonName(name) }
        certificate = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: .init(key.publicKey), notValidBefore: Date() - 60,
            notValidAfter: Date() + 3600, issuer: subject, subject: subject, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try .init {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                Critical(KeyUsage(keyCertSign: true))
            }, issuerPrivateKey: .init(key))
    }

    var pem: [UInt8] { get throws { Array(try certificate.serializeAsPEM().pemString.utf8) } }

    /// - Parameter usage: what the certificate is for.
    func client(
        _ name: String, groups: [String], usage: [ExtendedKeyUsage.Usage] = [.clientAuth], end: Date = Date() + 3600
    ) throws -> ServingCertificate {
        let key = P256.Signing.PrivateKey()
        let subject = try DistinguishedName {
            for group in groups { OrganizationName(group) }
            CommonName(name)
        }
        let certificate = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: .init(key.publicKey), notValidBefore: Date() - 60,
            notValidAfter: end, issuer: self.certificate.subject, subject: subject,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try .init {
                Critical(BasicConstraints.notCertificateAuthority)
                try ExtendedKeyUsage(usage)
            }, issuerPrivateKey: .init(self.key))
        return ServingCertificate(
            chain: Array(try certificate.serializeAsPEM().pemString.utf8), key: Array(key.pemRepresentation.utf8))
    }
}

/// A pod of the API, as an agent's closure would give it.
func pod(_ name: String, containers: [String]) -> PodRecord {
    var pod = Kubernetes.Pod()
    var (meta, spec, status) = (ObjectMeta(), PodSpec(), PodStatus())
    (meta.name, meta.namespace, meta.uid) = (name, "default", "uid-\(name)")
    spec.containers = containers.map {
        var container = Container()
        (container.name, container.image) = ($0, "busybox")
        return container
    }
    status.containerStatuses = containers.map {
        var (status, state) = (ContainerStatus(), ContainerState())
        state.running = ContainerStateRunning()
        (status.name, status.imageID, status.state) = ($0, "sha256:1", state)
        return status
    }
    (pod.metadata, pod.spec, pod.status) = (meta, spec, status)
    return PodRecord(object: pod)
}

/// What the API is asked, and by whom.
struct Answered {
    var status: UInt
    var text: String
    var headers: [String: String]
}

/// Serves the API on loopback from values, lends a client, and ends it.
struct APIFixture: Sendable {
    let api: KubeletAPI
    let directory: FilePath

    /// - Parameter certificate: what the client shows; it takes the server's only from the server's own authority.
    func ask(
        _ path: String, method: String = "GET", port: String = "api", certificate: ServingCertificate? = nil,
        headers: [String: String] = [:], body: String? = nil
    ) async throws -> Answered {
        var tls = TLSConfiguration.makeClientConfiguration()
        let chain = try NIOSSLCertificate.fromPEMFile(directory.appending("pki/kubelet.crt").string)
        tls.trustRoots = .certificates(Array(chain.suffix(1)))
        if let certificate {
            tls.certificateChain = try NIOSSLCertificate.fromPEMBytes(certificate.chain).map { .certificate($0) }
            tls.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: certificate.key, format: .pem))
        }
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls, redirectConfiguration: .disallow)
        configuration.httpVersion = .http1Only
        let client = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: configuration)
        do {
            let number = try #require(api.port(of: port))
            var request = HTTPClientRequest(url: "\(port == "api" ? "https" : "http")://127.0.0.1:\(number)\(path)")
            request.method = .init(rawValue: method)
            for (name, value) in headers { request.headers.add(name: name, value: value) }
            if let body { request.body = .bytes(ByteBuffer(string: body)) }
            let response = try await client.execute(request, timeout: .seconds(10))
            let text = String(buffer: try await response.body.collect(upTo: 64 << 20))
            let found = Dictionary(response.headers.map { ($0.name.lowercased(), $0.value) }) { $0 + "," + $1 }
            try await client.shutdown()
            return Answered(status: response.status.code, text: text, headers: found)
        } catch {
            try? await client.shutdown()
            throw error
        }
    }

    static func run(
        authority: Authority? = nil, isSigned: Bool = true,
        _ change: (inout KubeletAPISettings, inout KubeletControl, FilePath) throws -> Void,
        _ body: @escaping @Sendable (APIFixture) async throws -> Void
    ) async throws {
        try await withScratch { directory in
            var settings = KubeletAPISettings(node: "n1")
            (settings.api, settings.health) = (.init("127.0.0.1", 0), .init("127.0.0.1", 0))
            if let authority {
                try replaceFile(at: directory.appending("ca.pem"), with: authority.pem)
                settings.clientCAFile = directory.appending("ca.pem")
            }
            var control = KubeletControl(
                pods: { _ in [pod("web", containers: ["app", "side"])] }, exec: { _, _, _ in throw NotThere() },
                attach: { _, _ in throw NotThere() }, dial: { _, _ in throw NotThere() },
                configuration: { Array(#"{"maxPods":7}"#.utf8) })
            control.logDirectory = directory.appending("log")
            try change(&settings, &control, directory)
            let identity = ServerIdentity(name: "n1", dnsNames: ["localhost"], addresses: ["127.0.0.1", "::1"])
            let files = try ServingCertificate.selfSigned(identity, in: directory.appending("pki"))
            let api = KubeletAPI(settings, control: control, certificate: { isSigned ? files.current : nil })
            let wished = [settings.api == nil ? nil : "api", settings.health == nil ? nil : "health"].compactMap(\.self)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await api.run() }
                while !wished.allSatisfy({ api.port(of: $0) != nil }) { try await Task.sleep(for: .milliseconds(5)) }
                try await body(APIFixture(api: api, directory: directory))
                group.cancelAll()
            }
        }
    }
}

struct NotThere: Error, CustomStringConvertible {
    var description: String { "it is not there" }
}

/// How often something was asked.
final class Count: Sendable {
    private let count = Mutex(0)
    var value: Int { count.withLock(\.self) }
    func add() { count.withLock { $0 += 1 } }
}
