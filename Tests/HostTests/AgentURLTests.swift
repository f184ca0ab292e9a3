import Foundation
import SystemPackage
import TestSupport
import Testing

@Suite(.tags(.host), .needsRoot, .timeLimit(.minutes(2))) struct `An agent's manifest URL` {
    /// What the server does, and what the agent says of it.
    private static let faults: [(mode: String, words: String)] = [
        ("500", "the server answers with status 500"), ("404", "the server answers with status 404"),
        ("empty", "the answer is empty"), ("rubbish", "not YAML"),
        ("binary", "not "), ("huge", "the answer is larger than 10 MiB"),
        ("endless", "the answer is larger than 10 MiB"),
        ("redirects", "it redirects again and again"), ("untrusted", "certificate"),
        ("short", "ended at an unexpected time"), ("hang", "no answer within 2s"),
    ]

    @Test func `that turns bad takes no pod away, and is heard again when it is good`() async throws {
        try await ImageHost.run { host in
            try await host.makeCertificates()
            let pod = `The agent`.pod("remote", command: "exec sleep 1000").1
            try pod.write(toFile: host.file("pod").string, atomically: true, encoding: .utf8)
            try Self.server.write(toFile: host.file("url.py").string, atomically: true, encoding: .utf8)
            let server = try await TestServer(host, ["python3", "url.py"])
            func behave(_ mode: String) throws {
                try mode.write(toFile: host.file("mode").string, atomically: true, encoding: .utf8)
            }
            try behave("good")
            let configuration = """
                httpCheckFrequency: 1s
                staticPodURL: http://\(server.name)/pods
                """
            try await Witness.watches(configuration: configuration) { agent in
                #expect(try await eventually { try agent.phase("remote") == "Running" })
                let before = try agent.pids("remote")
                for (mode, words) in Self.faults {
                    try behave(mode)
                    #expect(try await agent.says("problem=", words, server.name), "\(mode)")
                }
                #expect(try agent.pids("remote") == before)
                try pod.replacing("sleep 1000", with: "sleep 2000")
                    .write(toFile: host.file("pod").string, atomically: true, encoding: .utf8)
                try behave("good")
                #expect(
                    try await eventually { try agent.phase("remote") == "Running" && agent.pids("remote") != before })
                try behave("none")
                #expect(try await eventually { try agent.status("remote") == nil })
            }
        }
    }

    private static let server = #"""
        import http.server, ssl, threading, time

        class H(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def log_message(self, *a): pass
            def reply(self, code, body=b"", length=None, **headers):
                self.send_response(code)
                for k, v in headers.items(): self.send_header(k, v)
                self.send_header("Content-Length", str(len(body) if length is None else length))
                self.end_headers(); self.wfile.write(body)
                if length is not None: self.close_connection = True
            def do_GET(self):
                mode = open("mode").read()
                if mode == "good": return self.reply(200, open("pod", "rb").read())
                if mode == "none": return self.reply(200, b'{"apiVersion": "v1", "kind": "PodList", "items": []}')
                if mode.isdigit(): return self.reply(int(mode), b"no")
                if mode == "empty": return self.reply(200)
                if mode == "rubbish": return self.reply(200, b"a: [")
                if mode == "binary": return self.reply(200, bytes(range(256)) * 1000)
                if mode == "huge": return self.reply(200, b"a" * (20 << 20))
                if mode == "redirects": return self.reply(302, Location=self.path + "x")
                if mode == "untrusted": return self.reply(302, Location="https://127.0.0.1:%d/pods" % tls.server_address[1])
                if mode == "short": return self.reply(200, b"apiVersion: v1", length=1000)
                if mode == "hang": time.sleep(60); return
                self.send_response(200); self.send_header("Transfer-Encoding", "chunked"); self.end_headers()
                while True: self.wfile.write(b"100000\r\n" + b"a" * 0x100000 + b"\r\n")

        class S(http.server.ThreadingHTTPServer):
            daemon_threads = True
            def handle_error(self, *a): pass
        tls = S(("127.0.0.1", 0), H)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain("server.pem", "server.key")
        tls.socket = context.wrap_socket(tls.socket, server_side=True)
        threading.Thread(target=tls.serve_forever, daemon=True).start()
        s = S(("127.0.0.1", 0), H)
        print(s.server_address[1], flush=True)
        s.serve_forever()
        """#
}
