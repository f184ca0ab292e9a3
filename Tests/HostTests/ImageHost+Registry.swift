import Linux
import SystemPackage

extension ImageHost {
    /// Whom Debian's docker-registry believes.
    enum RegistryAccess {
        case none
        /// joe, whose password is s3cret.
        case users
        /// Who brings a token, which ``tokenService()`` gives joe.
        case tokens(service: String)
    }

    /// Debian's docker-registry on a port of its own. Encrypted, it shows a certificate that `ca.pem` vouches for.
    func registry(auth: RegistryAccess = .none, isEncrypted: Bool = false) async throws -> TestServer {
        var settings = ""
        switch auth {
        case .none: break
        case .users:
            try await tool("htpasswd", "-Bbc", "htpasswd", "joe", "s3cret")
            settings = "auth: {htpasswd: {realm: test, path: htpasswd}}"
        case .tokens(let service):
            settings =
                "auth: {token: {realm: 'http://\(service)/token', service: test, issuer: issuer, rootcertbundle: token.pem}}"
        }
        if isEncrypted { try await makeCertificates() }
        let name = "registry-\(UInt32.random(in: 0 ... .max))"
        let tls = isEncrypted ? ", tls: {certificate: server.pem, key: server.key}" : ""
        try replaceFile(
            at: file("\(name).sh"),
            with: """
                port=$(python3 -c 'import socket; s=socket.socket(); s.bind(("127.0.0.1",0)); print(s.getsockname()[1])')
                cat >\(name).yml <<END
                version: 0.1
                storage: {filesystem: {rootdirectory: blobs}}
                http: {addr: 127.0.0.1:$port\(tls)}
                \(settings)
                END
                (until python3 -c "import socket; socket.create_connection(('127.0.0.1',$port))" 2>/dev/null; do sleep 0.1; done; echo $port) &
                exec docker-registry serve \(name).yml >\(name).log 2>&1

                """.utf8)
        return try await TestServer(self, ["sh", "-c", ". ./\(name).sh"])
    }

    /// `ca.pem`, an authority of the test's own, and `server.pem` with `server.key`, which it vouches for.
    func makeCertificates() async throws {
        try await tool(
            "sh", "-c",
            """
            set -e
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=ca
            openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.csr -subj /CN=server
            printf 'subjectAltName=IP:127.0.0.1\n' >server.ext
            openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out server.pem -days 2 -extfile server.ext
            """)
    }

    /// Gives joe tokens for what he asks; a registry with `token.pem` believes them.
    ///
    /// Source: distribution, docs/spec/auth/token.md and jwt.md.
    func tokenService() async throws -> TestServer {
        try await tool(
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "token.key", "-out", "token.pem",
            "-days", "2", "-subj", "/CN=issuer")
        try replaceFile(at: file("token.py"), with: tokenScript.utf8)
        return try await TestServer(self, ["python3", "token.py"])
    }
}

private let tokenScript = #"""
    import base64, http.server, json, ssl, subprocess, time, urllib.parse

    def encode(b): return base64.urlsafe_b64encode(b).rstrip(b"=")
    der = ssl.PEM_cert_to_DER_cert(open("token.pem").read())

    def token(account, scopes):
        now = int(time.time())
        access = [dict(type=t, name=n, actions=a.split(",")) for t, n, a in (s.rsplit(":", 1)[0].split(":", 1) + [s.rsplit(":", 1)[1]] for s in scopes)]
        head = {"typ": "JWT", "alg": "RS256", "x5c": [base64.b64encode(der).decode()]}
        claims = {"iss": "issuer", "sub": account, "aud": "test", "exp": now + 300, "nbf": now - 10, "iat": now, "jti": str(time.time_ns()), "access": access}
        text = encode(json.dumps(head).encode()) + b"." + encode(json.dumps(claims).encode())
        signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", "token.key"], input=text, stdout=subprocess.PIPE, check=True).stdout
        return (text + b"." + encode(signature)).decode()

    class H(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        def log_message(self, *a): pass
        def reply(self, code, body=b""):
            self.send_response(code); self.send_header("Content-Length", str(len(body))); self.end_headers(); self.wfile.write(body)
        def do_POST(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0))); self.reply(405)
        def do_GET(self):
            query = urllib.parse.parse_qs(urllib.parse.urlparse(self.path).query)
            if self.headers.get("Authorization") != "Basic " + base64.b64encode(b"joe:s3cret").decode(): return self.reply(401)
            self.reply(200, json.dumps({"token": token("joe", query.get("scope", []))}).encode())

    s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), H)
    print(s.server_address[1], flush=True)
    s.serve_forever()
    """#
