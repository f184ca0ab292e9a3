import Foundation
import Glibc
import Images
import Linux
import OCI
import SystemPackage
import Testing

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

    func store(_ registries: RegistryConfiguration = RegistryConfiguration(), limits: ImageLimits = ImageLimits())
        throws
        -> ImageStore
    {
        try ImageStore(root: storeRoot, registries: registries, limits: limits)
    }

    func file(_ name: String) -> FilePath { root.appending(name) }

    /// Runs a program in the directory. Its output is returned, a failure thrown.
    @discardableResult
    func tool(_ arguments: String...) async throws -> String {
        let output = root.appending("output-\(UInt64.random(in: 0...UInt64.max))")
        let status = try await start(arguments, output: output).ended()
        let text = String(decoding: try readFile(at: output) ?? [], as: UTF8.self)
        try removeFile(at: output)
        guard status == 0 else { throw ToolFailed(tool: arguments.joined(separator: " "), output: text) }
        return text
    }

    fileprivate func start(_ arguments: [String], output: FilePath) throws -> RunningProgram {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: root.string)
        try replaceFile(at: output, with: [])
        let file = try #require(FileHandle(forWritingAtPath: output.string))
        process.standardOutput = file
        process.standardError = file
        process.standardInput = FileHandle.nullDevice
        return try RunningProgram(process)
    }

    struct ToolFailed: Error, CustomStringConvertible {
        let tool: String
        let output: String
        var description: String { "\(tool): \(output)" }
    }

    /// Makes an OCI layout whose layers are what Python code does with `tarfile`; one piece of code a layer.
    @discardableResult
    func layout(_ layers: String..., options: String = "", name: String = "layout") async throws -> FilePath {
        let code =
            "from images import *\nL = []\n"
            + layers.map { "t = Layer()\n\($0)\nL.append(t.finish())\n" }.joined()
            + "write('\(name)', L, \(options))\n"
        try replaceFile(at: root.appending("make.py"), with: code.utf8)
        try await tool("python3", "make.py")
        return root.appending(name)
    }

    /// Every name below a directory with all that counts of it, sorted, one a line.
    func tree(_ directory: FilePath) async throws -> String {
        try await tool("python3", "-c", "from images import *; listing('\(directory)')")
    }

    /// The tree that a container sees: the layers under overlayfs, in a mount namespace that ends with the listing.
    func overlay(_ layers: [FilePath]) async throws -> String {
        try makeDirectories(root.appending("merged"))
        let lower = (layers.map(\.string) + (layers.count == 1 ? [try empty()] : [])).joined(separator: ":")
        return try await tool(
            "unshare", "-m", "--propagation", "private", "sh", "-c",
            "mount -t overlay overlay -o ro,lowerdir=\(lower) merged && "
                + "python3 -c \"from images import *; listing('merged')\"")
    }

    private func empty() throws -> String {
        try makeDirectories(root.appending("empty"))
        return root.appending("empty").string
    }
}

/// A child process whose end can be awaited without blocking one of the few threads that tests run on.
struct RunningProgram: Sendable {
    let pid: Int32
    private let end: AsyncStream<Int32>

    init(_ process: Process) throws {
        let (end, bell) = AsyncStream.makeStream(of: Int32.self)
        process.terminationHandler = { process in
            bell.yield(process.terminationStatus)
            bell.finish()
        }
        try process.run()
        pid = process.processIdentifier
        self.end = end
    }

    func ended() async -> Int32 {
        for await status in end { return status }
        return -1
    }
}

/// A server of a test's own, killed at its end.
final class TestServer: Sendable {
    private let program: RunningProgram
    let port: Int
    var name: String { "127.0.0.1:\(port)" }

    /// Starts a program that prints its port first.
    init(_ host: ImageHost, _ arguments: [String]) async throws {
        let output = host.file("server-\(UInt64.random(in: 0...UInt64.max))")
        program = try host.start(arguments, output: output)
        var text = ""
        for _ in 0..<400 where !text.hasSuffix("\n") {
            try await Task.sleep(for: .milliseconds(50))
            text = String(decoding: try readFile(at: output) ?? [], as: UTF8.self)
        }
        port = try #require(Int(text.dropLast()))
    }

    // Not SIGTERM: children of threads that block it would never see it.
    deinit { kill(program.pid, SIGKILL) }
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

    def head(size):
        info = tarfile.TarInfo("zeros"); info.size = size
        return info.tobuf()

    def zstd(data): return subprocess.run(["zstd", "-q", "-c"], input=data, stdout=subprocess.PIPE, check=True).stdout
    def members(data): return b"".join(gzip.compress(data[i:i+10000], mtime=0) for i in range(0, len(data), 10000))

    def digest(b): return "sha256:" + hashlib.sha256(b).hexdigest()

    def write(path, layers, name="demo:1", arch="amd64", diff_ids=None, config=None, damage=None, index_of=None, extra=None, media="application/vnd.oci.image.manifest.v1+json", announced=None, drop=None, urls=None):
        os.makedirs(path + "/blobs/sha256", exist_ok=True)
        def put(b, change=None):
            d = digest(b)
            open(path + "/blobs/sha256/" + d[7:], "wb").write(change(b) if change else b)
            return {"digest": d, "size": len(b)}
        entries = []
        for raw, blob in layers:
            e = put(blob, damage); e["mediaType"] = "application/vnd.oci.image.layer.v1.tar" + ("+gzip" if blob[:2] == b"\x1f\x8b" else "")
            if urls: e["mediaType"] = e["mediaType"].replace("layer.v1", "layer.nondistributable.v1"); e["urls"] = urls
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
