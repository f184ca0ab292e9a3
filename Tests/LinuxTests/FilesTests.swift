import Glibc
import SystemPackage
import Testing

@testable import Linux

@Suite struct `Removing a tree` {
    @Test func `follows no link and goes to any depth`() async throws {
        try await withTemporaryDirectory { directory in
            let kept = directory.appending("kept")
            try makeDirectories(kept)
            try replaceFile(at: kept.appending("file"), with: [1])
            let tree = directory.appending("tree")
            try makeDirectories(tree)
            try #require(unsafe symlink(kept.string, tree.appending("link").string) == 0)
            var fd = try FileDescriptor.open(tree, .readOnly)
            for _ in 0..<1000 {
                try #require(unsafe mkdirat(fd.rawValue, "deep", 0o755) == 0)
                let next = unsafe openat(fd.rawValue, "deep", O_RDONLY)
                try fd.close()
                fd = FileDescriptor(rawValue: next)
            }
            try fd.close()
            try removeTree(at: tree)
            #expect(try fileStatus(tree) == nil)
            #expect(try readFile(at: kept.appending("file")) == [1])
            try removeTree(at: tree)
        }
    }

    @Test func `removes names that are not text`() async throws {
        try await withTemporaryDirectory { directory in
            let name: [CChar] = Array("\(directory)/".utf8CString.dropLast()) + [-1, -2, 0]
            try #require(unsafe creat(name, 0o600) >= 0)
            try removeTree(at: directory)
            #expect(try fileStatus(directory) == nil)
        }
    }

    @Test func `leaves a large directory empty`() async throws {
        try await withTemporaryDirectory { directory in
            for n in 0..<3000 { try replaceFile(at: directory.appending("file-number-\(n)"), with: []) }
            try removeTree(at: directory)
            #expect(try fileStatus(directory) == nil)
        }
    }
}

@Suite struct `Opening in a root` {
    @Test func `keeps links and dots inside`() async throws {
        try await withTemporaryDirectory { directory in
            try makeDirectories(directory.appending("etc"))
            try replaceFile(at: directory.appending("etc/passwd"), with: Array("inside".utf8))
            try #require(unsafe symlink("/etc/passwd", directory.appending("absolute").string) == 0)
            let root = try openDirectory(directory)
            try root.borrow { root in
                for path in ["absolute", "../../../etc/passwd", "/etc/passwd", "etc/../../etc/passwd"] {
                    let file = try root.openInRoot(FilePath(path), .readOnly)
                    #expect(try file.borrow { try $0.readToEnd(limit: 100) } == Array("inside".utf8))
                }
                #expect(throws: SyscallError.self) { _ = try root.open("absolute", .readOnly, resolve: .beneath) }
            }
        }
    }
}

@Suite struct `An inotify queue` {
    @Test func `tells of a file renamed into a directory`() async throws {
        try await withTemporaryDirectory { directory in
            let inotify = try Inotify()
            let watch = try inotify.add(directory, .content)
            try replaceFile(at: directory.appending("a"), with: [1])
            var seen: [Inotify.Event] = []
            while !seen.contains(where: { $0.mask.contains(.movedTo) }) { seen += try await inotify.events() }
            #expect(seen.last == Inotify.Event(watch: watch, mask: .movedTo, name: "a"))
        }
    }

    @Test func `ignores half an event`() {
        #expect(Inotify.events(in: [1, 0, 0, 0, 2]).isEmpty)
        #expect(Inotify.events(in: [1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 255, 0, 0, 0]).isEmpty)
    }
}
