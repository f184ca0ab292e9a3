import Images
import Linux
import OCI
import SystemPackage
import Testing

@Suite(.tags(.host), .needsRoot, .timeLimit(.minutes(3))) struct `An image's layers` {
    @Test func `become the tree that the tar describes`() async throws {
        try await ImageHost.run { host in
            let layout = try await host.layout(
                #"""
                t.dir("./", mode=0o711, mtime=5)
                t.dir("dir", mode=0o1777, uid=12, gid=34, mtime=77)
                t.file("dir/file", b"hello", mode=0o4755, uid=1000, gid=70000, mtime=1234567890)
                t.hard("dir/hard", "dir/file")
                t.link("dir/link", "/nowhere//at all/")
                t.link("abs", "/dir")
                t.file("abs/through", b"through a link")
                t.char("null", (1, 3), mode=0o666)
                t.add("fifo", tarfile.FIFOTYPE)
                t.file("xattr", pax={"SCHILY.xattr.user.note": "kept", "SCHILY.xattr.trusted.overlay.opaque": "y", "SCHILY.xattr.user.overlay.opaque": "y", "SCHILY.xattr.security.selinux": "no"})
                t.file("twice", b"first"); t.file("twice", b"second")
                t.file("becomes", b"a file"); t.dir("becomes"); t.file("becomes/dir")
                t.dir("was"); t.file("was/gone"); t.file("was", b"now a file")
                t.file("old", b"", mtime=-5)
                t.file("e\u0301-nfd", b"decomposed")
                t.file("caf\udce9", b"latin-1", pax={})
                t.file("a" * 150 + "/" + "b" * 200, b"long")
                """#)
            let store = try host.store()
            let images = try await store.importArchive(layout)
            #expect(images.map(\.names) == [["docker.io/library/demo:1"]])
            let image = try #require(images.first)
            let tree = try await host.tree(store.layers(of: image)[0])
            for line in [
                "b'.' drwx--x--x 0:0 5 ", "b'dir' drwxrwxrwt 12:34 77 ",
                "b'dir/file' -rwsr-xr-x 1000:70000 1234567890 5 ",
                "b'dir/link' lrwxrwxrwx 0:0 1000000000 b'/nowhere//at all/'",
                "b'dir/through' -rw-r--r--", "b'null' crw-rw-rw- 0:0 1000000000 1:3", "b'fifo' prw-r--r--",
                "{'user.note': b'kept'}", "b'becomes/dir'", "b'was' -", "b'old' -rw-r--r-- 0:0 0 0 ",
                #"b'e\xcc\x81-nfd'"#, #"b'caf\xe9'"#, "b'dir/hard' -rwsr-xr-x 1000:70000",
            ] { #expect(tree.contains(line), "\(line) in\n\(tree)") }
            #expect(!tree.contains("overlay") && !tree.contains("selinux") && !tree.contains("was/gone"))
        }
    }

    @Test func `hide what lower layers have, and nothing of their own`() async throws {
        try await ImageHost.run { host in
            let layout = try await host.layout(
                #"""
                for d in "abcdef": t.dir(d, uid=7, mode=0o750); t.file(d + "/lower"); t.file(d + "/other")
                t.file(".wh.nothing")
                """#,
                #"""
                t.file("a/.wh.lower")
                t.dir("b"); t.file("b/upper"); t.file("b/.wh..wh..opq")
                t.file(".wh.c"); t.dir("c"); t.file("c/upper")
                t.dir("d"); t.file("d/upper"); t.file(".wh.d")
                t.file(".wh.e")
                t.file("f/.wh.other"); t.file("f/new"); t.file(".wh..wh.plnk")
                """#)
            let store = try host.store()
            let image = try #require(try await store.importArchive(layout).first)
            let tree = try await host.overlay(store.layers(of: image))
            let names = tree.split(separator: "\n").map { $0.split(separator: "'")[1] }
            #expect(
                names.sorted() == [
                    ".", "a", "a/other", "b", "b/upper", "c", "c/upper", "d", "d/upper", "f", "f/lower", "f/new",
                ])
            // A directory that only the lower layer describes keeps what that says.
            #expect(tree.contains("b'f' drwxr-x--- 7:0"))
        }
    }

    @Test(arguments: [
        "t.compress = gzip.compress", "t.compress = zstd", "t.compress = members", "t.trailer = bytes(5000)",
    ])
    func `are read however they are compressed`(compression: String) async throws {
        try await ImageHost.run { host in
            let layout = try await host.layout("t.file('big', os.urandom(100000)); \(compression)")
            let store = try host.store()
            let image = try #require(try await store.importArchive(layout).first)
            #expect(
                try await host.tree(store.layers(of: image)[0]).contains("b'big' -rw-r--r-- 0:0 1000000000 100000 "))
        }
    }

    @Test func `keep the holes of sparse files`() async throws {
        try await ImageHost.run { host in
            try await host.tool(
                "sh", "-c", "mkdir s; truncate -s 50M s/sparse; printf x | dd of=s/sparse bs=1 seek=20M conv=notrunc")
            try await host.tool("tar", "-C", "s", "--sparse", "-cf", "layer.tar", "sparse")
            let layout = try await host.layout("t.finish = lambda: (open('layer.tar','rb').read(),) * 2")
            let store = try host.store()
            let image = try #require(try await store.importArchive(layout).first)
            let file = try await store.layers(of: image)[0].appending("sparse")
            try await host.tool("cmp", file.string, "s/sparse")
            #expect(Int(try await host.tool("du", "-k", file.string).prefix { $0 != "\t" }) ?? .max < 100)
        }
    }

    @Test(arguments: [
        (#"t.file("../../escape")"#, "leaves the layer's root"),
        (#"t.file("a/../../escape")"#, "leaves the layer's root"),
        (#"t.hard("hard", "../../../../etc/passwd")"#, "leaves the layer's root"),
        (#"t.hard("hard", "/etc/passwd")"#, "a hard link to"),
        (#"t.link("l", "/etc"); t.hard("hard", "l/passwd")"#, "a hard link to"),
        (#"t.hard("hard", "none")"#, "no file of the layer"),
        (#"t.char("whiteout", (0, 0))"#, "character device 0:0"),
        (#"t.file("a/" * 3000 + "x")"#, "a path of"),
        (#"t.file("n" * 300)"#, "a name longer"),
        (#"t.file(".wh.")"#, "a whiteout of nothing"),
        (#"t.file(".wh..")"#, "a whiteout of nothing"),
        (#"t.file("file"); t.file("file/below")"#, "no directory"),
        (#"t.file("owner", uid=-1)"#, "does not exist"),
        (#"t.file("x"); t.finish = (lambda f: lambda: (lambda r: (r[0], r[1][:700]))(f()))(t.finish)"#, "import"),
        (#"t.compress = lambda d: gzip.compress(d)[:-20]"#, "layer sha256"),
        (#"t.compress = lambda d: zstd(d)[:-4]"#, "layer sha256"),
        (#"t.finish = lambda: (b"rubbish" * 1000,) * 2"#, "layer sha256"),
        (#"t.file("big", bytes(3 << 20))"#, "more than"),
        (#"t.file("bomb", bytes(3 << 20)); t.compress = gzip.compress"#, "more than"),
        (#"[t.file(str(i)) for i in range(150)]"#, "more than 100 entries"),
    ])
    func `that are hostile are refused and leave nothing`(layer: String, message: String) async throws {
        try await ImageHost.run { host in
            var limits = ImageLimits()
            limits.layer = 2 << 20
            limits.entries = 100
            let layout = try await host.layout(layer)
            let store = try host.store(limits: limits)
            let error = await #expect(throws: ImageError.self) { try await store.importArchive(layout) }
            #expect("\(error.map { "\($0)" } ?? "")".contains(message), "\(error.map { "\($0)" } ?? "")")
            #expect(try directoryEntries(host.storeRoot.appending("work")).isEmpty)
            #expect(try directoryEntries(host.storeRoot.appending("layers")).isEmpty)
            #expect(try directoryEntries(host.storeRoot.appending("blobs/sha256")).isEmpty)
            #expect(try await store.list().isEmpty)
            #expect(try fileStatus(host.root.appending("escape")) == nil)
        }
    }

    @Test func `never write through a link that leads out`() async throws {
        try await ImageHost.run { host in
            try makeDirectories(host.file("victim"))
            let layout = try await host.layout(
                #"t.link("out", "\#(host.file("victim"))"); t.dir("out2"); t.link("out2/up", "../../../../../..\#(host.file("victim"))"); t.dir(".\#(host.file("victim"))"); t.file("out/hit"); t.file("out2/up/hit2"); t.link("f", "out/hit3"); t.file("f", b"new")"#
            )
            let store = try host.store()
            let image = try #require(try await store.importArchive(layout).first)
            #expect(try directoryEntries(host.file("victim")).isEmpty)
            let tree = try await host.tree(store.layers(of: image)[0])
            #expect(tree.contains("/victim/hit'") && tree.contains("/victim/hit2'") && tree.contains("b'f' -"))
        }
    }

    @Test func `of ten billion zeros stop at the limit, soon`() async throws {
        try await ImageHost.run { host in
            try await host.tool(
                "sh", "-c",
                "python3 -c \"import sys,tarfile; i=tarfile.TarInfo('zeros'); i.size=10**10; sys.stdout.buffer.write(i.tobuf())\" >head; "
                    + "(cat head; head -c 200M /dev/zero) | gzip -1 >bomb.gz")
            let layout = try await host.layout("t.finish = lambda: (b'', open('bomb.gz','rb').read())")
            var limits = ImageLimits()
            limits.layer = 1 << 30
            let store = try host.store(limits: limits)
            await #expect(throws: ImageError.self) { try await store.importArchive(layout) }
        }
    }
}
