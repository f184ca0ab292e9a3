import SystemPackage
import Testing

@testable import APIServer

@Suite("A kubeconfig")
struct KubeconfigTests {
    private let whole = """
        apiVersion: v1
        kind: Config
        current-context: it
        contexts:
        - {name: other, context: {cluster: x, user: y}}
        - {name: it, context: {cluster: c, user: u}}
        clusters:
        - name: c
          cluster: {server: "https://10.0.0.1:6443/", certificate-authority: ca.crt, tls-server-name: api}
        users:
        - name: u
          user: {client-certificate: pki/node.pem, client-key: /keys/node.pem, tokenFile: token}
        """

    private func read(_ text: String) throws -> Kubeconfig {
        try Kubeconfig(Array(text.utf8), file: "/etc/kubernetes/kubelet.conf")
    }

    @Test("is its current context, with paths that start at the file")
    func isItsContext() throws {
        let config = try read(whole)
        #expect(config.cluster.server == "https://10.0.0.1:6443")
        #expect(config.cluster.certificateAuthority == "/etc/kubernetes/ca.crt")
        #expect(config.cluster.tlsServerName == "api")
        #expect(config.user.clientCertificate == "/etc/kubernetes/pki/node.pem")
        #expect(config.user.clientKey == "/keys/node.pem")
        #expect(config.user.tokenFile == "/etc/kubernetes/token")
    }

    @Test("may name a program that prints credentials")
    func namesPlugin() throws {
        let config = try read(
            whole.replacing(
                "tokenFile: token",
                with: "exec: {apiVersion: client.authentication.k8s.io/v1, command: ./get, args: [a], "
                    + "env: [{name: X, value: why}], provideClusterInfo: true}"))
        #expect(
            config.user.plugin
                == .init(
                    apiVersion: "client.authentication.k8s.io/v1", command: "/etc/kubernetes/./get", arguments: ["a"],
                    environment: ["X=why"], providesClusterInfo: true))
    }

    @Test(
        "that cannot be used says which field is wrong",
        arguments: [
            ("current-context: it", "current-context: \"\"", "current-context: required: the name of a context"),
            ("name: it", "name: that", "contexts: no entry is named \"it\""),
            ("cluster: c,", "cluster: d,", "clusters: no entry is named \"d\""),
            (
                "\"https://10.0.0.1:6443/\"", "10.0.0.1",
                "clusters[c].cluster.server: expected https://HOST:PORT, found \"10.0.0.1\""
            ),
            ("tokenFile: token", "client-key-data: \"%\"", "users[u].user: its data is not base64"),
            (
                "tokenFile: token", "exec: {command: x, apiVersion: v2}",
                "users[u].user.exec.apiVersion: expected client.authentication.k8s.io/v1, found \"v2\""
            ),
        ])
    func saysWhatIsWrong(part: String, other: String, problem: String) {
        #expect(throws: KubeconfigError(file: "/etc/kubernetes/kubelet.conf", problem: problem)) {
            try read(whole.replacing(part, with: other))
        }
    }
}

@Suite("A request")
struct RequestTests {
    @Test("escapes what its query holds")
    func escapes() {
        let request = APIRequest(
            .get, "/api/v1/pods", query: [("fieldSelector", "spec.nodeName=a b"), ("watch", "true")])
        #expect(request.target == "/api/v1/pods?fieldSelector=spec.nodeName%3Da%20b&watch=true")
    }

    @Test("finds its objects by group, namespace and name")
    func findsObjects() {
        #expect(Resources.pods.path("a", in: "n", "status") == "/api/v1/namespaces/n/pods/a/status")
        #expect(Resources.csiNodes.path() == "/apis/storage.k8s.io/v1/csinodes")
    }

    @Test(
        "goes to a host that an address names",
        arguments: [
            ("https://a.example:6443", "a.example", "https://b:6443"),
            ("https://[::1]:6443/x", "::1", "https://b:6443/x"),
            ("https://10.0.0.1", "10.0.0.1", "https://b"),
        ])
    func readsAddresses(url: String, host: String, other: String) throws {
        let parts = try #require(URLParts(url))
        #expect(parts.host == host)
        #expect(parts.url(host: "b") == other)
    }
}
