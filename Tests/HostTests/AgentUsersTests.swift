import Foundation
import Linux
import SystemPackage
import TestSupport
import Testing

/// Pods with user namespaces of their own, by the built agent: what they see, and what of it the host sees.
@Suite(.tags(.host), .needsRoot, .needsPlugins, .serialized, .timeLimit(.minutes(5)))
struct `A pod with users of its own` {
    @Test func `has its root's files wherever it looks, and is nobody on the host`() async throws {
        try await withAgent { agent in
            try agent.writeNetwork()
            let folder = try agent.shared("host")
            try "seed".write(to: folder.appending(path: "seed"), atomically: false, encoding: .utf8)
            try agent.write(
                usersPod(
                    "own",
                    """
                    volumes:
                    - {name: h, hostPath: {path: \(folder.path)}}
                    - {name: e, emptyDir: {}}
                    - {name: m, emptyDir: {medium: Memory}}
                    - {name: d, downwardAPI: {items: [{path: name, fieldRef: {fieldPath: metadata.name}}]}}
                    containers:
                    - name: app
                      image: IMAGE
                      command:
                      - sh
                      - -c
                      - |
                        cat /proc/self/uid_map /proc/self/gid_map | tr -s ' '
                        id -u
                        stat -c '%n %u:%g' / /bin/busybox /etc/hosts /h /h/seed /e /m /d/name /part /dev/shm /dev/termination-log
                        echo new >/file; touch /h/root /e/root /m/root /dev/shm/root
                        touch /h/web; chown 1000:2000 /h/web
                        echo >/bin/sh-copied; chown 1000 /etc/passwd
                        stat -c '%n %u:%g' /file /h/root /e/root /m/root /h/web /etc/passwd
                        echo reopened >/dev/stdout
                        echo good bye >/dev/termination-log
                        touch /done; exec sleep 1000
                      volumeMounts:
                      - {name: h, mountPath: /h}
                      - {name: e, mountPath: /e}
                      - {name: m, mountPath: /m}
                      - {name: d, mountPath: /d}
                      - {name: e, mountPath: /part, subPath: deep/er}
                    """))
            #expect(
                try await eventually { try agent.lines(of: "own").contains("reopened") }, "\((try? agent.log()) ?? "")")
            let first = try #require(try agent.firstID(of: "own"))
            #expect(first >= 65536 && first % 65536 == 0)
            let seen = try agent.lines(of: "own")
            #expect(seen.prefix(3) == [" 0 \(first) 65536", " 0 \(first) 65536", "0"])
            let owned = [
                "/", "/bin/busybox", "/etc/hosts", "/h", "/h/seed", "/e", "/m", "/d/name", "/part", "/dev/shm",
                "/dev/termination-log", "/file", "/h/root", "/e/root", "/m/root",
            ]
            #expect(
                Array(seen.dropFirst(3)) == owned.map { "\($0) 0:0" } + [
                    "/h/web 1000:2000", "/etc/passwd 1000:0", "reopened",
                ])
            // The host sees who is root in truth, and files as those that they are numbered for.
            let pids = try agent.pids("own")
            #expect(pids.count >= 2, "pause and app")
            for pid in pids {
                let id = try #require(try userOnHost(of: pid))
                #expect(id == first || id == first + 65535, "\(pid) is \(id)")
            }
            #expect(try ownerOnHost(folder.appending(path: "root").path) == [0, 0])
            #expect(try ownerOnHost(folder.appending(path: "web").path) == [1000, 2000])
            let uid = try #require(try agent.uid("own"))
            let pod = agent.root.appending(path: "pods/\(uid)")
            #expect(try ownerOnHost(pod.appending(path: "volumes/kubernetes.io~empty-dir/e/root").path) == [0, 0])
            #expect(try ownerOnHost(pod.appending(path: "containers/app/0/upper/file").path) == [first, first])
            #expect(
                try ownerOnHost(pod.appending(path: "containers/app/0/upper/etc/passwd").path) == [first + 1000, first])
            #expect(
                try String(contentsOf: pod.appending(path: "userns"), encoding: .utf8)
                    == #"{"gidMappings":[{"containerId":0,"hostId":\#(first),"length":65536}],"uidMappings":[{"containerId":0,"hostId":\#(first),"length":65536}]}"#
            )
        }
    }

    @Test func `is entered by commands, probes and further containers`() async throws {
        try await withAgent { agent in
            try agent.writeNetwork()
            try agent.write(
                usersPod(
                    "enter",
                    """
                    securityContext: {fsGroup: 3000}
                    volumes: [{name: e, emptyDir: {}}]
                    initContainers:
                    - {name: before, image: IMAGE, command: [sh, -c, 'id -G >/e/groups; stat -c %u:%g /e /e/groups'], volumeMounts: [{name: e, mountPath: /e}]}
                    containers:
                    - name: app
                      image: IMAGE
                      securityContext: {runAsUser: 1000}
                      command: [sleep, '1000']
                      readinessProbe: {exec: {command: [sh, -c, 'cat /proc/self/uid_map >/e/probe']}, periodSeconds: 1}
                      lifecycle: {postStart: {exec: {command: [sh, -c, 'id -u >/e/hook']}}}
                      volumeMounts: [{name: e, mountPath: /e}]
                    - {name: term, image: IMAGE, tty: true, command: [sh, -c, 'tty; stat -c %u:%g $(tty); sleep 1000']}
                    """))
            #expect(try await eventually { try agent.condition("enter", "Ready")?["status"] as? String == "True" })
            let first = try #require(try agent.firstID(of: "enter"))
            #expect(
                try await eventually { try agent.lines(of: "enter", "term") == ["/dev/pts/0", "0:5"] },
                "\((try? agent.lines(of: "enter", "term")) ?? [])")
            #expect(try agent.lines(of: "enter", "before") == ["0:3000", "0:3000"])
            let uid = try #require(try agent.uid("enter"))
            let volume = agent.root.appending(path: "pods/\(uid)/volumes/kubernetes.io~empty-dir/e")
            #expect(try ownerOnHost(volume.path) == [0, 3000], "numbers are those inside")
            #expect(try ownerOnHost(volume.appending(path: "probe").path) == [1000, 3000])
            #expect(agent.lines(volume.appending(path: "hook")) == ["1000"])
            #expect(agent.lines(volume.appending(path: "groups")) == ["0 3000"])
            for file in [agent.lines(volume.appending(path: "probe"))] {
                #expect(file.map(words) == [["0", "\(first)", "65536"]])
            }
            let command = try await agent.ask(
                "exec", "enter", "-c", "app", "--", "sh", "-c", "cat /proc/self/uid_map; id -u; echo x >/dev/stderr")
            #expect(command.status == 0)
            #expect(
                command.output.split(separator: "\n").map { words(String($0)) } == [
                    ["0", "\(first)", "65536"], ["1000"], ["x"],
                ])
        }
    }

    @Test func `may do to its network what it may not do to the host`() async throws {
        try await withAgent { agent in
            try agent.writeNetwork()
            try agent.write(
                usersPod(
                    "admin",
                    """
                    securityContext: {sysctls: [{name: net.ipv4.ip_unprivileged_port_start, value: '81'}]}
                    containers:
                    - name: app
                      image: IMAGE
                      securityContext: {capabilities: {add: [SYS_ADMIN, NET_ADMIN, SYS_TIME, MKNOD]}}
                      command:
                      - sh
                      - -c
                      - |
                        exec 2>&1
                        ip link add name own type bridge && ip link show own | grep -o 'own:'
                        cat /proc/sys/net/ipv4/ip_unprivileged_port_start
                        mkdir /t && mount -t tmpfs none /t && echo mounted
                        hostname other && hostname
                        mknod /node b 8 0 || echo no device
                        date -s @$(date +%s)
                        echo x >/proc/sys/kernel/core_pattern || echo no sysctl
                        cat /proc/1/environ >/dev/null && echo own processes
                        echo end; exec sleep 1000
                    """))
            #expect(
                try await eventually { try agent.lines(of: "admin").contains("end") }, "\((try? agent.log()) ?? "")")
            let seen = try agent.lines(of: "admin")
            let clock = "date: can't set date: Operation not permitted"
            for line in ["own:", "81", "mounted", "other", "no device", clock, "no sysctl", "own processes"] {
                #expect(seen.contains(line), "\(line): \(seen)")
            }
            let pattern = try String(contentsOfFile: "/proc/sys/kernel/core_pattern", encoding: .utf8)
            #expect(pattern != "x\n")
            #expect(try await run("hostname", []).output != "other\n")
        }
    }

    @Test func `may divide its group if it is privileged, and still is nobody on the host`() async throws {
        try await withAgent { agent in
            try agent.writeNetwork()
            try agent.write(
                usersPod(
                    "chief",
                    """
                    securityContext: {sysctls: [{name: kernel.shm_rmid_forced, value: '1'}]}
                    containers:
                    - name: app
                      image: IMAGE
                      securityContext: {privileged: true}
                      command:
                      - sh
                      - -c
                      - |
                        exec 2>&1
                        cat /proc/sys/kernel/shm_rmid_forced
                        mkdir /sys/fs/cgroup/below && echo 0 >/sys/fs/cgroup/below/cgroup.procs && cat /proc/self/cgroup
                        echo 1 >/sys/fs/cgroup/cgroup.freeze || echo not its own limits
                        mount -t proc proc /tmp && echo proc
                        echo 1 >/proc/sys/vm/drop_caches || echo not the machine
                        id -u; echo end; exec sleep 1000
                    """))
            #expect(
                try await eventually { try agent.lines(of: "chief").contains("end") }, "\((try? agent.log()) ?? "")")
            let seen = try agent.lines(of: "chief")
            for line in ["1", "0::/below", "not its own limits", "proc", "not the machine", "0"] {
                #expect(seen.contains(line), "\(line): \(seen)")
            }
            try agent.remove("chief")
            #expect(try await eventually { try agent.leftovers() == [] })
        }
    }

    @Test func `sees all of proc if it asks for it`() async throws {
        try await withAgent { agent in
            try agent.writeNetwork()
            func pod(_ kind: String) -> (String, String) {
                usersPod(
                    kind.lowercased(),
                    """
                    containers:
                    - name: app
                      image: IMAGE
                      securityContext: {procMount: \(kind)}
                      command: [sh, -c, 'stat -c %F /proc/interrupts; grep -c " /proc/" /proc/self/mounts; grep " /proc " /proc/mounts | grep -c proc; echo end; exec sleep 1000']
                    """)
            }
            try agent.write(pod("Default"))
            try agent.write(pod("Unmasked"))
            for name in ["default", "unmasked"] {
                #expect(
                    try await eventually { try agent.lines(of: name).contains("end") }, "\((try? agent.log()) ?? "")")
            }
            #expect(try agent.lines(of: "unmasked") == ["regular empty file", "0", "1", "end"])
            let masked = try agent.lines(of: "default")
            try #require(masked.count == 4)
            #expect(masked.first == "character special file")
            #expect(Int(masked[1]) ?? 0 > 3)
        }
    }
}
