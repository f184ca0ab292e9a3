/// Clients of the kubelet's API in Python: WebSocket by Debian's `python3-websocket`, SPDY by hand.
///
/// `client.py DIRECTORY CHECK` prints `ok`, or what it did not expect. `DIRECTORY` holds `admin.pem` and `admin.key`.
enum KubeletClientScript {
    static let text = prelude + checks

    private static let prelude = #"""
        import json, os, signal, socket, ssl, struct, subprocess, sys, threading, time, zlib
        import websocket
        directory, check = sys.argv[1], sys.argv[2]
        cert, key = directory + "/admin.pem", directory + "/admin.key"
        POD = "default/web-node1"
        WORDS = ("options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age "
            "allow authorization cache-control connection content-base content-encoding content-language content-length "
            "content-location content-md5 content-range content-type date etag expect expires from host if-match "
            "if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma "
            "proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade "
            "user-agent vary via warning www-authenticate method get status").split() + ["200 OK", "version", "HTTP/1.1",
            "url", "public", "set-cookie", "keep-alive", "origin"]
        DICTIONARY = b"".join(struct.pack(">I", len(w)) + w.encode() for w in WORDS) + (
            b"100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505"
            b"203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized"
            b"403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable"
            b"Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT"
            b"chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,"
            b"text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.")

        def connect():
            c = ssl.create_default_context(); c.check_hostname = False; c.verify_mode = ssl.CERT_NONE
            c.load_cert_chain(cert, key)
            return c.wrap_socket(socket.create_connection(("127.0.0.1", 10250), timeout=20))

        class Spdy:
            def __init__(self, path, protocol, tunnel=False):
                self.tunnel, self.buf, self.head = tunnel, b"", b""
                if tunnel:
                    self.s = ws(path, "SPDY/3.1+portforward.k8s.io")
                else:
                    self.s = connect()
                    self.s.sendall(("POST %s HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n"
                        "X-Stream-Protocol-Version: %s\r\nContent-Length: 0\r\n\r\n" % (path, protocol)).encode())
                    while b"\r\n\r\n" not in self.head:
                        more = self.s.recv(4096)
                        if not more: break
                        self.head += more
                    self.head, _, self.buf = self.head.partition(b"\r\n\r\n")
                self.z = zlib.compressobj(6, zlib.DEFLATED, 15, 9, zlib.Z_DEFAULT_STRATEGY, DICTIONARY)
                self.u = zlib.decompressobj(15, DICTIONARY)
                self.next, self.data, self.done, self.resets, self.replies, self.pings = 1, {}, set(), {}, set(), []
            def write(self, b): self.s.send_binary(b) if self.tunnel else self.s.sendall(b)
            def control(self, kind, flags, p): self.write(struct.pack(">HHI", 0x8003, kind, flags << 24 | len(p)) + p)
            def open(self, fin=False, id=None, **headers):
                if id is None: id = self.next; self.next += 2
                b = struct.pack(">I", len(headers))
                for k, v in headers.items():
                    b += struct.pack(">I", len(k)) + k.lower().encode() + struct.pack(">I", len(v)) + v.encode()
                b = self.z.compress(b) + self.z.flush(zlib.Z_SYNC_FLUSH)
                self.control(1, 1 if fin else 0, struct.pack(">IIBB", id, 0, 0, 0) + b)
                self.data.setdefault(id, []); return id
            def send(self, id, data, fin=False):
                self.write(struct.pack(">II", id, (1 if fin else 0) << 24 | len(data)) + data)
            def need(self, n):
                while len(self.buf) < n:
                    more = self.s.recv() if self.tunnel else self.s.recv(1 << 16)
                    if not more: raise EOFError
                    self.buf += more
                r, self.buf = self.buf[:n], self.buf[n:]; return r
            def step(self):
                a, b = struct.unpack(">II", self.need(8)); p = self.need(b & 0xffffff)
                if a >> 31 == 0:
                    self.data.setdefault(a, []).append(p)
                    if b >> 24 & 1: self.done.add(a)
                    return
                k = a & 0xffff
                if k == 2: self.replies.add(struct.unpack(">I", p[:4])[0]); self.u.decompress(p[4:])
                elif k == 3: i, r = struct.unpack(">II", p); self.resets[i] = r
                elif k == 6: self.pings.append(struct.unpack(">I", p)[0])
            def until(self, condition, limit=20):
                self.s.settimeout(limit)
                try:
                    while not condition(): self.step()
                except (EOFError, ConnectionError, websocket.WebSocketException): return False
                return True
            def text(self, id): return b"".join(self.data.get(id, []))
            def close(self): self.s.close()

        def ws(path, protocol="v5.channel.k8s.io"):
            return websocket.create_connection("wss://127.0.0.1:10250" + path, timeout=20,
                sslopt={"cert_reqs": ssl.CERT_NONE, "certfile": cert, "keyfile": key},
                subprotocols=[protocol] if protocol else None)

        def read(w):
            out = {}
            while True:
                try: op, d = w.recv_data()
                except websocket.WebSocketConnectionClosedException: break
                if op == 8: break
                out.setdefault(d[0], []).append(d[1:])
            w.close()
            return {k: b"".join(v) for k, v in out.items()}

        def over_spdy(query, version="v4.channel.k8s.io", stdin=None, tty=False, size=None):
            s = Spdy(query, version)
            assert b" 101 " in s.head, (s.head, s.buf)
            e = s.open(streamType="error")
            i = s.open(streamType="stdin") if stdin is not None else None
            o = s.open(streamType="stdout")
            r = None if tty else s.open(streamType="stderr")
            z = s.open(streamType="resize") if tty else None
            if size: s.send(z, json.dumps(size).encode() + b"\n")
            # One thing after the other: a connection of Python's ssl is for one thread.
            if stdin is not None:
                for k in range(0, len(stdin), 32768): s.send(i, stdin[k:k + 32768])
                s.send(i, b"", True)
            assert s.until(lambda: {x for x in (e, o, r) if x} <= s.done), "the end does not come"
            s.close()
            return s.text(o), s.text(r) if r else b"", s.text(e)

        def over_ws(query, version="v5.channel.k8s.io", stdin=None, tty=False, size=None):
            w = ws(query, version)
            if size: w.send_binary(b"\4" + json.dumps(size).encode())
            if stdin is not None:
                for k in range(0, len(stdin), 1 << 20): w.send_binary(b"\0" + stdin[k:k + (1 << 20)])
                w.send_binary(b"\xff\0")
            out = read(w)
            return out.get(1, b""), out.get(2, b""), out.get(3, b"")

        def query(kind, container, command, tty=False, stdin=False):
            from urllib.parse import urlencode
            q = [("command", c) for c in command] + [("stdout", "1")]
            q += [("tty", "1")] if tty else [("stderr", "1")]
            q += [("stdin", "1")] if stdin else []
            return "/%s/%s/%s?%s" % (kind, POD, container, urlencode(q))

        """#

    private static let checks = #"""
        def exec_():
            for run in (over_spdy, over_ws):
                o, e, s = run(query("exec", "app", ["sh", "-c", "echo out; echo err >&2; exit 3"]))
                assert (o, e) == (b"out\n", b"err\n"), (o, e)
                status = json.loads(s)
                assert status["reason"] == "NonZeroExitCode" and status["details"]["causes"][0]["message"] == "3", s
                assert json.loads(run(query("exec", "app", ["true"]))[2])["status"] == "Success"
                o, e, s = run(query("exec", "app", ["no-such-program"]))
                assert "No such file" in json.loads(s)["message"], s
                o, e, s = run(query("exec", "app", ["wc", "-c"], stdin=True), stdin=b"x" * 10_000_000)
                assert o == b"10000000\n", o
                o, e, s = run(query("exec", "app", ["sh", "-c", "exec <&-; sleep 0.2"], stdin=True), stdin=b"x" * 10_000_000)
                assert json.loads(s)["status"] == "Success", s
                big = os.urandom(1_000_000)
                o, e, s = run(query("exec", "app", ["cat"], stdin=True), stdin=big)
                assert o == big, len(o)
                o, e, s = run(query("exec", "app", ["sh", "-c", "sleep 0.3; stty size; tty"], tty=True, stdin=True),
                    stdin=b"", tty=True, size={"Width": 101, "Height": 44})
                assert o == b"44 101\r\n/dev/pts/0\r\n", o
            for version in ("v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io"):
                s = over_spdy(query("exec", "app", ["false"]), version)[2]
                assert s.startswith(b"command terminated with non-zero exit code"), s
                assert over_spdy(query("exec", "app", ["true"]), version)[2] == b""
            for version in ("v4.channel.k8s.io", "channel.k8s.io", None):
                assert over_ws(query("exec", "app", ["echo", "x"]), version)[0] == b"x\n"
            import base64
            for version in ("v4.base64.channel.k8s.io", "base64.channel.k8s.io"):
                out = read(ws(query("exec", "app", ["echo", "x"]), version))
                assert base64.b64decode(out[ord("1")]) == b"x\n", out
            s = Spdy(query("exec", "app", ["true"]), "v9")
            assert b" 403 " in s.head and b"X-Accepted-Stream-Protocol-Versions: v4.channel.k8s.io" in s.head, s.head

        def attach():
            w = ws(query("attach", "app", []), "v4.channel.k8s.io")
            lines = [w.recv() for _ in range(4)][1:]
            assert all(l.startswith(b"\1line ") for l in lines), lines
            w.close()
            for turn in range(2):
                w = ws(query("attach", "io", [], stdin=True))
                w.recv(); w.send_binary(b"\0hello\n")
                assert w.recv() == b"\1got hello\n"
                w.close()
            s = Spdy(query("attach", "tty", [], tty=True, stdin=True), "v4.channel.k8s.io")
            e, i, o, z = [s.open(streamType=t) for t in ("error", "stdin", "stdout", "resize")]
            s.send(z, b'{"Width":77,"Height":22}'); time.sleep(0.3); s.send(i, b"stty size; exit 4\n")
            assert s.until(lambda: e in s.done and o in s.done)
            assert b"22 77\r\n" in s.text(o), s.text(o)
            w = ws(query("attach", "once", [], stdin=True))
            w.recv(); w.send_binary(b"\0one\n")
            assert w.recv() == b"\1got one\n"
            w.send_binary(b"\xff\0")
            out = read(w)
            assert out[1] == b"end\n" and json.loads(out[3])["status"] == "Success", out

        def fetch(s, data): s.send(data, b"GET /index.html HTTP/1.0\r\n\r\n")
        def forward():
            for tunnel in (False, True):
                s = Spdy("/portForward/" + POD, "portforward.k8s.io", tunnel)
                pairs = []
                for n in range(20):
                    h = dict(port="8080", requestID=str(n))
                    pairs.append((s.open(streamType="error", **h), s.open(streamType="data", **h)))
                for e, d in pairs: s.send(e, b"", True); fetch(s, d)
                assert s.until(lambda: all(e in s.done and d in s.done for e, d in pairs))
                assert all(b"Hello" in s.text(d) and s.text(e) == b"" for e, d in pairs)
                e, d = s.open(streamType="error", port="8080"), s.open(streamType="data", port="8080")
                fetch(s, d); assert s.until(lambda: d in s.done) and b"Hello" in s.text(d)
                e, d = s.open(streamType="error", port="9", requestID="x"), s.open(streamType="data", port="9", requestID="x")
                assert s.until(lambda: e in s.done) and b"Connection refused" in s.text(e), s.text(e)
                bad = s.open(streamType="data", port="0", requestID="y")
                assert s.until(lambda: bad in s.resets)
                s.control(6, 0, struct.pack(">I", 7)); assert s.until(lambda: s.pings == [7])
                s.close()
            w = ws("/portForward/" + POD + "?port=8080&port=9", "v4.channel.k8s.io")
            w.send_binary(b"\0GET /index.html HTTP/1.0\r\n\r\n")
            out = read(w)
            assert out[0][:2] == out[1][:2] == struct.pack("<H", 8080) and b"Hello" in out[0], out
            assert out[3][:2] == struct.pack("<H", 9) and b"refused" in out[3], out

        def twice():
            s = Spdy(query("exec", "app", ["cat"], stdin=True), "v4.channel.k8s.io")
            other = Spdy("/portForward/" + POD, "portforward.k8s.io")
            s.open(streamType="error"); s.open(streamType="stdin", id=1)
            assert not s.until(lambda: False), "the connection goes on"
            other.control(6, 0, struct.pack(">I", 1)); assert other.until(lambda: other.pings), "another session ended"

        def vanish():
            for open_ in (lambda q: ws(q).sock, lambda q: spdy_streams(q)):
                s = open_(query("exec", "app", ["sleep", "4711"]))
                time.sleep(0.3); hard_close(s)
                s = open_(query("exec", "app", ["sleep", "4712"], tty=True, stdin=True))
                time.sleep(0.3); hard_close(s)
                s = open_(query("exec", "app", ["sleep", "4713"], stdin=True))
                time.sleep(0.3); hard_close(s)
        def spdy_streams(q):
            s = Spdy(q, "v4.channel.k8s.io")
            for t in ["error", "stdout"] + (["stdin"] if "stdin" in q else []) + (["resize"] if "tty" in q else ["stderr"]):
                s.open(streamType=t)
            return s.s
        def hard_close(s):
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(s.detach())

        def slow():
            # Nobody reads: the commands wait, and the agent holds no more for it.
            sockets = []
            for _ in range(10):
                w = ws(query("exec", "app", ["cat", "/dev/zero"])); sockets.append(w.sock)
                sockets.append(spdy_streams(query("exec", "app", ["cat", "/dev/zero"])))
                w = ws(query("exec", "app", ["sleep", "30"], stdin=True)); w.sock.settimeout(0.3)
                try:
                    for _ in range(2048): w.send_binary(b"\0" + b"x" * (1 << 15))
                    assert False, "64 MiB went nowhere"
                except (TimeoutError, ssl.SSLError, websocket.WebSocketTimeoutException): pass
                sockets.append(w.sock)
            time.sleep(2); print(rss()); sys.stdout.flush()
            for s in sockets: hard_close(s)
        def rss():
            for line in open("/proc/%s/status" % sys.argv[3]):
                if line.startswith("RssAnon"): return int(line.split()[1])

        def idle():
            for q in (query("exec", "app", ["cat"], stdin=True), "/portForward/" + POD):
                begin = time.time()
                s = connect()
                s.close()
                if "port" in q: w = Spdy(q, "portforward.k8s.io"); assert not w.until(lambda: False)
                else: w = ws(q); read(w)
                assert 1.5 < time.time() - begin < 10, time.time() - begin

        globals()[check if check != "exec" else "exec_"]()
        print("ok")
        """#
}
