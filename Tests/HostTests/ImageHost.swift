import Foundation
import Images
import Linux
import OCI
import SystemPackage

/// A directory of a test's own, with a store in it, and the tools that make images for it.
struct ImageHost: Sendable {
    let root: FilePath
    var storeRoot: FilePath { root.appending("images") }

    /// Lends a fresh directory, and removes it.
    static func run(_ body: (ImageHost) async throws -> Void) async throws {
        let host = ImageHost(root: FilePath("/tmp/swiftlet-images-\(UInt64.random(in: 0...UInt64.max))"))
        try makeDirectories(host.root)
        defer { try? removeTree(at: host.root) }
        try replaceFile(at: host.root.appending("images.py"), with: imagesScript.utf8)
        try replaceFile(at: host.root.appending("server.py"), with: serverScript.utf8)
        try await body(host)
    }

    func store(_ registries: RegistryConfiguration = RegistryConfiguration(), limits: ImageLimits = ImageLimits()) throws
        -> ImageStore
    {
        try ImageStore(root: storeRoot, registries: registries, limits: limits)
    }

    func file(_ name: String) -> FilePath { root.appending(name) }

    /// Runs a program in the directory. Its output is returned, a failure thrown.
    @discardableResult
    func tool(_ arguments: String...) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: root.string)
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw ToolFailed(tool: arguments.joined(separator: " "), output: text) }
        return text
    }

    struct ToolFailed: Error, CustomStringConvertible {
        let tool: String
        let output: String
        var description: String { "\(tool): \(output)" }
    }

    /// Makes an OCI layout whose layers are what Python code does with `tarfile`; one piece of code a layer.
    @discardableResult
    func layout(_ layers: String..., options: String = "", name: String = "layout") throws -> FilePath {
        let code = "from images import *\nL = []\n"
            + layers.map { "t = Layer()\n\($0)\nL.append(t.finish())\n" }.joined()
            + "write('\(name)', L, \(options))\n"
        try replaceFile(at: root.appending("make.py"), with: code.utf8)
        try tool("python3", "make.py")
        return root.appending(name)
    }

    /// Every name below a directory with all that counts of it, sorted, one a line.
    func tree(_ directory: FilePath) throws -> String {
        try tool("python3", "-c", "from images import *; listing('\(directory)')")
    }

    /// The tree that a container sees: the layers under overlayfs, in a mount namespace that ends with the listing.
    func overlay(_ layers: [FilePath]) throws -> String {
        try makeDirectories(root.appending("merged"))
        let lower = (layers.map(\.string) + (layers.count == 1 ? [try empty()] : [])).joined(separator: ":")
        return try tool(
            "unshare", "-m", "--propagation", "private", "sh", "-c",
            "mount -t overlay overlay -o ro,lowerdir=\(lower) merged && "
                + "python3 -c \"from images import *; listing('merged')\"")
    }

    private func empty() throws -> String {
        try makeDirectories(root.appending("empty"))
        return root.appending("empty").string
    }
}

/// A server of a test's own, killed at its end.
final class TestServer {
    private let process = Process()
    let port: Int
    var name: String { "127.0.0.1:\(port)" }

    /// Starts a program that prints its port first.
    init(_ host: ImageHost, _ arguments: [String]) throws {
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: host.root.string)
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        var line = ""
        while !line.hasSuffix("\n") {
            let data = output.fileHandleForReading.readData(ofLength: 1)
            if data.isEmpty { break }
            line += String(decoding: data, as: UTF8.self)
        }
        port = Int(line.dropLast()) ?? 0
    }

    deinit {
        process.terminate()
        process.waitUntilExit()
    }
}

/// Makes layers and layouts; lists trees.
private let imagesScript = #"""
import gzip, hashlib, io, json, os, stat, subprocess, sys, tarfile

class Layer:
    def __init__(self):
        self.buffer = io.BytesIO()
        self.tar = tarfile.open(fileobj=self.buffer, mode="w", format=tarfile.PAX_FORMAT)
        self.trailer = b""
        self.compress = None
    def add(self, name, type=tarfile.REGTYPE, data=b"", link="", mode=None, uid=0, gid=0, mtime=1000000000, dev=(0, 0), pax=None, size=None):
        info = tarfile.TarInfo(name)
        info.type, info.linkname, info.uid, info.gid, info.mtime = type, link, uid, gid, mtime
        info.mode = mode if mode is not None else (0o755 if type == tarfile.DIRTYPE else 0o644)
        info.devmajor, info.devminor = dev
        info.pax_headers = pax or {}
        if type == tarfile.REGTYPE: info.size = len(data) if size is None else size
        self.tar.addfile(info, io.BytesIO(data) if type == tarfile.REGTYPE else None)
    def dir(self, name, **k): self.add(name, tarfile.DIRTYPE, **k)
    def file(self, name, data=b"x", **k): self.add(name, data=data, **k)
    def link(self, name, to, **k): self.add(name, tarfile.SYMTYPE, link=to, mode=0o777, **k)
    def hard(self, name, to, **k): self.add(name, tarfile.LNKTYPE, link=to, **k)
    def char(self, name, dev, **k): self.add(name, tarfile.CHRTYPE, dev=dev, **k)
    def finish(self):
        self.tar.close()
        raw = self.buffer.getvalue() + self.trailer
        blob = self.compress(raw) if self.compress else raw
        return (raw, blob)

def zstd(data): return subprocess.run(["zstd", "-q", "-c"], input=data, stdout=subprocess.PIPE, check=True).stdout
def members(data): return b"".join(gzip.compress(data[i:i+10000], mtime=0) for i in range(0, len(data), 10000))

def digest(b): return "sha256:" + hashlib.sha256(b).hexdigest()

def write(path, layers, name="demo:1", arch="amd64", diff_ids=None, config=None, damage=None, index_of=None, extra=None, media="application/vnd.oci.image.manifest.v1+json", announced=None, drop=None):
    os.makedirs(path + "/blobs/sha256", exist_ok=True)
    def put(b, change=None):
        d = digest(b)
        open(path + "/blobs/sha256/" + d[7:], "wb").write(change(b) if change else b)
        return {"digest": d, "size": len(b)}
    entries = []
    for raw, blob in layers:
        e = put(blob, damage); e["mediaType"] = "application/vnd.oci.image.layer.v1.tar"
        entries.append(e)
    conf = {"architecture": arch, "os": "linux", "config": config, "rootfs": {"type": "layers", "diff_ids": diff_ids or [digest(r) for r, b in layers]}}
    c = put(json.dumps(conf).encode()); c["mediaType"] = "application/vnd.oci.image.config.v1+json"
    m = {"schemaVersion": 2, "mediaType": media, "config": c, "layers": entries}
    if extra: m.update(extra)
    top = put(json.dumps(m).encode()); top["mediaType"] = announced or media
    if index_of:
        # Other platforms first, whose manifests are not there.
        ms = [dict(mediaType=media, digest=digest(p.encode()), size=7, platform={"os": "linux", "architecture": p}) for p in index_of]
        ms.append(dict(top, platform={"os": "linux", "architecture": arch}))
        i = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": ms}
        top = put(json.dumps(i).encode()); top["mediaType"] = i["mediaType"]
    if name: top["annotations"] = {"org.opencontainers.image.ref.name": name}
    if drop is not None: os.remove(path + "/blobs/sha256/" + entries[drop]["digest"][7:])
    json.dump({"imageLayoutVersion": "1.0.0"}, open(path + "/oci-layout", "w"))
    json.dump({"schemaVersion": 2, "manifests": [top]}, open(path + "/index.json", "w"))

def listing(root):
    root = os.fsencode(root)
    inodes, lines = {}, []
    for d, ds, fs in os.walk(root):
        ds.sort()
        for n in ([b""] if d == root else []) + ds + fs:
            p = os.path.join(d, n) if n else d
            s = os.lstat(p)
            kind = stat.filemode(s.st_mode)
            what = ""
            if stat.S_ISLNK(s.st_mode): what = repr(os.readlink(p))
            if stat.S_ISREG(s.st_mode): what = "%d %s" % (s.st_size, hashlib.sha256(open(p, "rb").read()).hexdigest()[:12])
            if stat.S_ISCHR(s.st_mode) or stat.S_ISBLK(s.st_mode): what = "%d:%d" % (os.major(s.st_rdev), os.minor(s.st_rdev))
            x = {a: os.getxattr(p, a, follow_symlinks=False) for a in os.listxattr(p, follow_symlinks=False)}
            first = inodes.setdefault(s.st_ino, os.path.relpath(p, root)) if s.st_nlink > 1 and not stat.S_ISDIR(s.st_mode) else b""
            lines.append("%r %s %d:%d %d %s %s %r" % (os.path.relpath(p, root), kind, s.st_uid, s.st_gid, s.st_mtime, what, x or "", first))
    print("\n".join(sorted(lines)))
"""#

/// A registry that does one thing wrong, or asks for something; prints its port.
private let serverScript = #"""
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
        if mode == "forbidden": return self.reply(403, b'{"errors":[{"code":"DENIED","message":"not\nyours"}]}')
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
        if mode == "lies-shorter": return self.reply(code, body[:-10], h)
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
