import Foundation
import TestSupport
import Testing

/// What pods with users of their own are shown of file systems, by the built agent.
@Suite(.tags(.host), .needsRoot, .needsPlugins, .serialized, .timeLimit(.minutes(5)))
struct `The files of a pod with users of its own` {
    /// Of one layer, and of two: those are an overlay.
    @Test func `are an image's as the image has them, also in a further container`() async throws {
        try await withAgent(prepare: { agent in
            try await BusyboxImage.write(to: agent.preload.appending(path: "two.tar"), name: "example.test/two:1")
            try await addLayer(to: agent.preload.appending(path: "two.tar"))
        }) { agent in
            try agent.writeNetwork()
            try agent.write(
                usersPod(
                    "image",
                    """
                    shareProcessNamespace: true
                    volumes:
                    - {name: one, image: {reference: \(BusyboxImage.name), pullPolicy: Never}}
                    - {name: two, image: {reference: 'example.test/two:1', pullPolicy: Never}}
                    initContainers:
                    - name: before
                      image: 'example.test/two:1'
                      imagePullPolicy: Never
                      command:
                      - sh
                      - -c
                      - stat -c '%u:%g' /top; rm /top /bin/arch; mkdir /top; mv /tmp /was; stat -c '%u:%g' /top /was; ls /bin/arch || echo gone
                    containers:
                    - name: app
                      image: IMAGE
                      command:
                      - sh
                      - -c
                      - |
                        stat -c '%n %u:%g' /one/bin/busybox /two/bin/busybox /two/top /top
                        touch /two/x || echo read-only
                        cat /proc/1/comm; echo end; exec sleep 1000
                      volumeMounts:
                      - {name: one, mountPath: /one}
                      - {name: two, mountPath: /two}
                      - {name: two, mountPath: /top, subPath: top}
                    """))
            #expect(
                try await eventually { try agent.lines(of: "image").contains("end") }, "\((try? agent.log()) ?? "")")
            let seen = try agent.lines(of: "image")
            #expect(seen.prefix(2) == ["/one/bin/busybox 0:0", "/two/bin/busybox 0:0"])
            #expect(seen.contains("/two/top 7:8") && seen.contains("/top 7:8"), "\(seen)")
            #expect(seen.contains("read-only") && seen.contains("pause"))
            let before = try agent.lines(of: "image", "before")
            #expect(before.filter { !$0.contains("No such file") } == ["7:8", "0:0", "0:0", "gone"])
            // A container that is added is in the same namespace, and sees the first one's processes.
            let first = try #require(try agent.firstID(of: "image"))
            let look = try await agent.ask(
                "debug", "image", "--image", BusyboxImage.name, "--target", "app", "-i", "--", "sh", "-c",
                "cat /proc/self/uid_map; stat -c %u /proc/1")
            #expect(
                look.output.split(separator: "\n").map { words(String($0)) }.contains(["0", "\(first)", "65536"]),
                "\(look)")
            try agent.remove("image")
            #expect(try await eventually { try agent.leftovers() == [] })
        }
    }

    @Test func `are named by their volume if they cannot be mapped`() async throws {
        try await withAgent { agent in
            try agent.writeNetwork()
            // An overlay is no file system that can be shown with other owners.
            let folder = try agent.shared("overlay")
            for name in ["lower", "upper", "work", "merged"] { _ = try agent.shared("overlay/\(name)") }
            let options = "lowerdir=\(folder.path)/lower,upperdir=\(folder.path)/upper,workdir=\(folder.path)/work"
            try #require(
                try await run("mount", ["-t", "overlay", "-o", options, "overlay", "\(folder.path)/merged"]).status == 0
            )
            try agent.write(
                usersPod(
                    "stuck",
                    """
                    volumes: [{name: shaded, hostPath: {path: \(folder.path)/merged}}]
                    containers: [{name: app, image: IMAGE, command: [sleep, '1000'], volumeMounts: [{name: shaded, mountPath: /x}]}]
                    """))
            #expect(
                try await eventually {
                    (try agent.waitingMessage("stuck") ?? "").contains("volume shaded: ")
                }, "\((try? agent.waitingMessage("stuck")) ?? "")")
            #expect(try agent.waitingMessage("stuck")?.contains("cannot be shown with other owners") == true)
            try agent.remove("stuck")
            #expect(try await eventually { try agent.leftovers() == [] })
            _ = try await run("umount", ["\(folder.path)/merged"])
        }
    }
}
