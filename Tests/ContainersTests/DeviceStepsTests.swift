import Containers
import Linux
import OCI
import Testing

@Suite struct `A container's device nodes` {
    private func paths(_ mounts: [RuntimeSpec.Mount], _ devices: [RuntimeSpec.Device] = []) throws -> [String] {
        let spec = RuntimeSpec(
            process: .init(args: ["sh"], env: []), root: .init(path: "rootfs"), mounts: mounts,
            linux: .init(namespaces: [.init(.mount)], devices: devices))
        return try InitProgram(ContainerSpec(spec: spec, root: .directory("/root"))).steps.compactMap {
            guard case .makeDevice(_, let path, let device) = $0 else { return nil }
            return "\(path) \(device.kind) \(device.major):\(device.minor) \(device.mode)"
        }
    }

    private let own = RuntimeSpec.Mount(destination: "/dev", source: "tmpfs", type: "tmpfs", options: ["nosuid"])

    @Test func `are the usual ones and those asked for, each once`() throws {
        let asked = [
            RuntimeSpec.Device(type: "c", path: "/dev/null", major: 1, minor: 3, fileMode: 0o666),
            RuntimeSpec.Device(type: "b", path: "/dev/mapper/root", major: 253, minor: 1, fileMode: 0o660),
        ]
        let made = try paths([own], asked)
        #expect(made.count == 7 && made.contains("/dev/null character 1:3 438"))
        #expect(made.last == "/dev/mapper/root block 253:1 432")
    }

    @Test func `are the host's own where its directory is bound into the container`() throws {
        let bound = RuntimeSpec.Mount(destination: "/dev", source: "/dev", type: "bind", options: ["rbind", "rw"])
        #expect(try paths([bound]).isEmpty)
    }
}
