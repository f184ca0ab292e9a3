/// A registry that does one thing wrong, or asks for something; prints its port.
let serverScript = #"""
    import base64, hashlib, http.server, json, os, socketserver, sys, threading, time
    mode, layout = sys.argv[1], sys.argv[2]
    index = json.load(open(layout + "/index.json"))["manifests"][0]
    log = open("requests.log", "a")
    count = {}

    def blob(d): return open(layout + "/blobs/sha256/" + d[7:], "rb").read()
    manifest = json.loads(blob(index["digest"]))
    layer = manifest.get("layers", [{"digest": ""}])[0]["digest"]

    class H(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        def log_message(self, *a): pass
        def reply(self, code, body=b"", headers={}, length=None):
            self.send_response(code)
            for k, v in headers.items(): self.send_header(k, v)
            if length != -1: self.send_header("Content-Length", str(len(body) if length is None else length))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)
                if length is not None: self.wfile.flush(); self.close_connection = True
        def do_HEAD(self): self.do_GET()
        def do_POST(self):
            n = int(self.headers.get("Content-Length", 0)); body = self.rfile.read(n).decode()
            log.write("POST %s auth=%s %s\n" % (self.path, self.headers.get("Authorization"), body)); log.flush()
            if mode == "bearer" and "password=s3cret" in body: return self.reply(200, b'{"access_token":"good"}')
            self.reply(405 if mode == "bearer-get" else 401)
        def do_GET(self):
            auth = self.headers.get("Authorization")
            log.write("%s %s auth=%s range=%s\n" % (self.command, self.path, auth, self.headers.get("Range"))); log.flush()
            path = self.path.split("?")[0]
            host = "127.0.0.1:%d" % self.server.server_address[1]
            if path == "/token":
                ok = mode in ("bearer-anonymous",) or (auth == "Basic " + base64.b64encode(b"joe:s3cret").decode())
                return self.reply(200, b'{"token":"good"}') if ok else self.reply(401)
            if mode.startswith("bearer") and auth != "Bearer good":
                return self.reply(401, b'{"errors":[{"code":"UNAUTHORIZED","message":"who are you"}]}', {"WWW-Authenticate": 'Bearer realm="http://%s/token",service="reg, istry",scope="repository:demo:pull"' % host})
            if mode == "foreign-realm" and auth is None:
                return self.reply(401, b"", {"WWW-Authenticate": 'Bearer realm="http://localhost:1/token",service="x"'})
            if mode in ("basic-redirect",) and path.startswith("/v2/") and auth != "Basic " + base64.b64encode(b"joe:s3cret").decode():
                return self.reply(401, b"", {"WWW-Authenticate": 'Basic realm="r"'})
            if mode == "down": return self.reply(503)
            if mode == "forbidden": return self.reply(403, b'{"errors":[{"code":"DENIED","message":"not\\nyours"}]}')
            if mode == "loop": return self.reply(307, b"", {"Location": path})
            if mode == "hang": time.sleep(60); return
            if "/manifests/" in path:
                d = path.split("/")[-1]
                if mode == "hang-manifest-body":
                    self.reply(200, b"{", {"Content-Type": index["mediaType"], "Docker-Content-Digest": index["digest"]}, length=1000); time.sleep(60); return
                body = blob(d if d.startswith("sha256:") else index["digest"])
                h = {"Content-Type": json.loads(body).get("mediaType", index["mediaType"]), "Docker-Content-Digest": "sha256:" + hashlib.sha256(body).hexdigest()}
                if mode == "wrong-digest": body = body.replace(b"schemaVersion", b"SchemaVersion", 1)
                if mode == "disguise": h["Content-Type"] = "application/vnd.oci.image.index.v1+json"
                if mode == "huge-manifest" and self.command == "GET": body = b" " * (5 << 20)
                if mode == "no-head":
                    h.pop("Docker-Content-Digest")
                    if self.command == "HEAD": return self.reply(405)
                return self.reply(200, body, h)
            d = path.split("/")[-1]
            try: body = blob(d)
            except OSError: return self.reply(404)
            count[d] = count.get(d, 0) + 1
            if mode == "foreign-layer" and d == layer: return self.reply(404)
            if d != layer: return self.reply(200, body)
            start = 0
            r = self.headers.get("Range")
            if r and mode != "no-range": start = int(r.split("=")[1].split("-")[0])
            h = {"Content-Range": "bytes %d-%d/%d" % (start, len(body) - 1, len(body))} if start else {}
            code = 206 if start else 200
            half = start + max(1, (len(body) - start) // 2)
            if mode == "flaky-once" and count[d] > 1: return self.reply(code, body[start:], h)
            if mode in ("flaky", "flaky-once", "no-range") and not (mode == "no-range" and count[d] > 1):
                return self.reply(code, body[start:half], h, length=len(body) - start)
            if mode == "flaky-for-ever": return self.reply(code, b"", h, length=len(body) - start)
            if mode == "lies-longer": return self.reply(code, body + b"more", h)
            if mode == "lies-shorter": return self.reply(code, body[start:-10], h)
            if mode == "garbage": return self.reply(code, b"\0" * len(body), h)
            if mode == "hang-blob":
                self.reply(200, body[:10], h, length=len(body)); time.sleep(60); return
            if mode in ("redirect", "basic-redirect", "bearer-redirect"): return self.reply(307, b"", {"Location": "http://localhost:%d/elsewhere/%s" % (self.server.server_address[1], d)}) if path.startswith("/v2/") else self.reply(code, body[start:], h)
            self.reply(code, body[start:], h)

    class S(socketserver.ThreadingMixIn, http.server.HTTPServer):
        daemon_threads = True
    s = S(("127.0.0.1", 0), H)
    print(s.server_address[1], flush=True)
    s.serve_forever()
    """#
