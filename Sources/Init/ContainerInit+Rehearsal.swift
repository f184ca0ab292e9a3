import Glibc
import Linux
import SystemPackage

/// What the zygote does once, so that no process that is cloned from it has to.
package enum Rehearsal {
    /// Carries out steps without effect in the zygote itself, on file systems that are mounted nowhere: what Swift's
    /// runtime sets up on first use is then there for every process that is cloned. Failures are as good.
    package static func run() {
        guard let null = try? openFile("/dev/null", .readWrite).release() else { return }
        var process = ContainerInit(slots: [], streams: [null, null, null], status: null)
        let steps: [InitProgram.Step] = [
            .makeFilesystem(0, type: "tmpfs", options: [.init("mode", "755"), .init("ro")], attributes: .noDevices),
            // Longer than 15 bytes: such a string lies elsewhere, and goes another way to the kernel.
            .makeFilesystem(0, type: "tmpfs", options: [.init("mode", "0000000000000755")], attributes: .noDevices),
            .copyMount(1, path: "/dev/null", recursive: false),
            .changeMount(0, set: .noSetUserID, clear: .accessTime, propagation: .private, recursive: true),
            .makeDirectory(root: 0, path: "/etc/rehearsal", mode: 0o755),
            .makeDevice(root: 0, path: "/null", device: .init(kind: .character, major: 1, minor: 3)),
            .makeLink(root: 0, path: "/etc/link", target: "rehearsal"),
            .attach(1, root: 0, path: "/etc/passwd", place: .matching),
            .mask(root: 0, path: "/etc/rehearsal"),
            .makeReadOnly(root: 0, path: "/etc/rehearsal"),
            .execute(arguments: ["/"], environment: ["PATH=/"]),
        ]
        for step in steps { try? process.run([step]) }
        let launch = Launch(
            program: InitProgram(steps: []), cgroup: nil, streams: [null, null, null], slots: [null], status: null,
            joins: [.init(fd: null, kinds: .ipc, name: "rehearsal", isOwned: false)])
        launch.rehearse()
        if let devices = try? openDirectory("/dev").release() {
            try? process.write("rehearsal", to: "null", in: devices)
            try? devices.close()
        }
        _ = Account.fields(of: "root:x:0:0:root:/root:/bin/sh\n")
        if let root = process.slots[0] { _ = try? Account(.init(joinsListedGroups: true), root: root) }
        for slot in process.slots.values { try? slot.close() }
        try? null.close()
    }
}
