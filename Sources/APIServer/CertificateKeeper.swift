package import FoundationEssentials
import JSONText
import Kubernetes
import Linux
import Logging
import ServiceLifecycle
package import SystemPackage

/// Sees to it that the node has a certificate, and another before it ends.
///
/// The first one is asked for with a bootstrap token, later ones with the certificate itself.
/// Source: facts of kubelet, §12.
package actor CertificateKeeper: Service {
    private let wish: CertificateWish
    private let store: CertificateStore
    private let client: APIClient
    private let bootstrap: APIClient?
    /// What is done with each new certificate's file.
    private let taken: @Sendable (FilePath) async throws -> Void
    private let measure: @Sendable (CertificateMoment) -> Void
    private var told: String?

    package init(
        _ wish: CertificateWish, in directory: FilePath, client: APIClient, bootstrap: APIClient? = nil,
        measure: @escaping @Sendable (CertificateMoment) -> Void = { _ in },
        taken: @escaping @Sendable (FilePath) async throws -> Void
    ) {
        self.measure = measure
        self.wish = wish
        store = CertificateStore(directory: directory, prefix: wish.prefix)
        self.client = client
        self.bootstrap = bootstrap
        self.taken = taken
    }

    package func run() async {
        await cancelWhenGracefulShutdown {
            var backoff = Backoff(from: .seconds(1), to: .seconds(32))
            while !Task.isCancelled {
                do {
                    try await self.waitUntilDue()
                    try await self.renew()
                    backoff.reset()
                } catch {
                    if Task.isCancelled { return }
                    await self.tell(error)
                    try? await Task.sleep(for: backoff.pause())
                }
            }
        }
        await bootstrap?.close()
    }

    private func tell(_ error: any Error) {
        measure(.failed)
        if "\(error)" != told {
            Logger.current.error(
                "Certificate cannot be had yet", metadata: ["certificate": "\(wish.prefix)", "error": "\(error)"])
        }
        told = "\(error)"
    }

    /// Not all nodes at once: some time after seven tenths of the life are over, and before nine.
    private func waitUntilDue() async throws {
        guard let life = store.life else { return }
        let whole = life.end.timeIntervalSince(life.begin)
        // However short a life is, a cluster is not asked all the time.
        let due = life.begin.addingTimeInterval(max(whole, 5) * Double.random(in: 0.7...0.9))
        // A clock that is set meanwhile is noticed.
        while due > Date() { try await Task.sleep(for: .seconds(min(60, max(0.05, due.timeIntervalSinceNow)))) }
    }

    private func renew() async throws {
        let key = try store.keyToAsk()
        let life = store.life
        let isGood = life.map { $0.end > Date() } ?? false
        let asked = isGood || wish.prefix != "kubelet-client" ? client : bootstrap ?? client
        let chain: [UInt8]
        do {
            chain = try await asked.certificate(wish, key: key)
        } catch let error as CertificateRefused {
            try store.giveUpKey()
            throw error
        }
        try store.use(chain, key, at: Date())
        if let life { measure(.replaced(age: .seconds(max(0, Date().timeIntervalSince(life.begin))))) }
        told = nil
        Logger.current.notice("Certificate is new", metadata: ["certificate": "\(wish.prefix)"])
        try await taken(store.current)
    }
}

/// What happens with a certificate that is to be renewed.
package enum CertificateMoment: Equatable, Sendable {
    /// A try to renew it has failed.
    case failed
    /// Another one took its place when it was this old.
    case replaced(age: Duration)
}

/// When the certificate of these files ends that is in use; `nil`: there is none.
package func certificateEnd(in directory: FilePath, prefix: String) -> Date? {
    CertificateStore(directory: directory, prefix: prefix).life?.end
}

extension Kubeconfig {
    /// Writes the kubeconfig that the node uses from now on, with its own certificate instead of the bootstrap's token.
    package static func write(_ file: FilePath, like bootstrap: FilePath, certificate: FilePath) throws {
        let old = try load(bootstrap)
        var cluster: JSON.Object = ["server": .string(old.cluster.server)]
        let authority =
            try old.cluster.certificateAuthorityData
            ?? old.cluster.certificateAuthority.flatMap { try readFile(at: $0) }
        if let authority { cluster["certificate-authority-data"] = .string(Data(authority).base64EncodedString()) }
        if let name = old.cluster.tlsServerName { cluster["tls-server-name"] = .string(name) }
        if old.cluster.skipsVerification { cluster["insecure-skip-tls-verify"] = true }
        let path = JSON.string(certificate.string)
        let config: JSON = [
            "apiVersion": "v1", "kind": "Config", "current-context": "default-context",
            "clusters": [["name": "default-cluster", "cluster": .object(cluster)]],
            "contexts": [
                ["name": "default-context", "context": ["cluster": "default-cluster", "user": "default-auth"]]
            ],
            "users": [["name": "default-auth", "user": ["client-certificate": path, "client-key": path]]],
        ]
        try makeDirectories(file.removingLastComponent())
        try replaceFile(at: file, with: Array(config.yaml().utf8))
    }
}
