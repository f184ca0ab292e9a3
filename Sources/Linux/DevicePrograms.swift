import CLinux
package import SystemPackage

/// A loaded eBPF program that decides which devices a cgroup may use; it lives as long as it is held or attached.
///
/// - SeeAlso: `bpf(2)`, BPF_PROG_TYPE_CGROUP_DEVICE, Linux 4.15.
package struct DeviceProgramFD: ~Copyable, Sendable {
    /// Our programs bear it: those of systemd and of others in the same group are left alone. At most 15 bytes.
    package static let name = "swiftlet_device"

    private let descriptor: OwnedFileDescriptor
    private var fd: Int32 { descriptor.borrow { $0.rawValue } }

    /// Loads instructions of 8 bytes each. `EAGAIN` means that the verifier was interrupted: tried again.
    package init(loading instructions: [UInt8]) throws(SyscallError) {
        let count = instructions.count / 8
        var tries = 0
        while true {
            do throws(SyscallError) {
                let fd = try syscall("load device program of \(count) instructions") {
                    unsafe Self.load(instructions, nil)
                }
                descriptor = OwnedFileDescriptor(FileDescriptor(rawValue: fd))
                return
            } catch {
                tries += 1
                if error.errno == .resourceTemporarilyUnavailable, tries <= 5 { continue }
                guard let reason = Self.reason(of: error.errno, instructions) else { throw error }
                throw SyscallError("\(error.operation) (\(reason))", error.errno)
            }
        }
    }

    private init(id: UInt32) throws(SyscallError) {
        let fd = try syscall("open bpf program \(id)") { linux_bpf_program_by_id(id) }
        descriptor = OwnedFileDescriptor(FileDescriptor(rawValue: fd))
    }

    /// Makes this our one device program of a group; an earlier one is replaced without a moment between.
    ///
    /// Of several of ours none can be replaced, nor can one before Linux 5.6: they are detached after.
    package borrowing func attach(toGroupAt path: FilePath) throws(SyscallError) {
        let group = try openDirectory(path)
        let number = group.borrow { $0.rawValue }
        let own = try Self.programs(of: number, at: path).filter(\.isOwn)
        if own.count == 1 {
            let old = try DeviceProgramFD(id: own[0].id)
            do throws(SyscallError) {
                try syscall("replace device program of \(path)") {
                    linux_bpf_attach_device_program(number, fd, old.fd)
                }
                return
            } catch {
                guard error.errno == .invalidArgument else { throw error }
            }
        }
        try syscall(
            "attach device program to \(path) (of a group's programs all must have been attached as one of many)"
        ) {
            linux_bpf_attach_device_program(number, fd, -1)
        }
        try Self.detach(own, from: number, at: path)
    }

    /// Detaches our programs from a group; those of others stay.
    package static func detachOwn(fromGroupAt path: FilePath) throws(SyscallError) {
        let group = try openDirectory(path)
        let number = group.borrow { $0.rawValue }
        try detach(programs(of: number, at: path).filter(\.isOwn), from: number, at: path)
    }

    /// The device programs of a group, in the order in which they are asked.
    package static func attached(toGroupAt path: FilePath) throws(SyscallError) -> [DeviceProgramInformation] {
        let group = try openDirectory(path)
        return try programs(of: group.borrow { $0.rawValue }, at: path)
    }
}

extension DeviceProgramFD {
    private static func detach(
        _ programs: [DeviceProgramInformation], from group: Int32, at path: FilePath
    ) throws(SyscallError) {
        for program in programs {
            let old = try DeviceProgramFD(id: program.id)
            try syscall("detach device program \(program.id) from \(path)") {
                linux_bpf_detach_device_program(group, old.fd)
            }
        }
    }

    private static func programs(
        of group: Int32, at path: FilePath
    ) throws(SyscallError) -> [DeviceProgramInformation] {
        // Source: BPF_CGROUP_MAX_PROGS, 64 programs a group and kind.
        var ids = [UInt32](repeating: 0, count: 64)
        var count = UInt32(ids.count)
        try syscall("query device programs of \(path)") {
            unsafe ids.withUnsafeMutableBufferPointer {
                unsafe linux_bpf_query_device_programs(group, $0.baseAddress, &count)
            }
        }
        var programs: [DeviceProgramInformation] = []
        for id in ids.prefix(Int(count)) { programs.append(try DeviceProgramFD(id: id).information(id)) }
        return programs
    }

    private borrowing func information(_ id: UInt32) throws(SyscallError) -> DeviceProgramInformation {
        var (name, tag) = ([UInt8](repeating: 0, count: 16), [UInt8](repeating: 0, count: 8))
        var size: UInt32 = 0
        try syscall("inspect bpf program \(id)") { unsafe linux_bpf_program_information(fd, &name, &tag, &size) }
        return DeviceProgramInformation(
            id: id, name: String(decoding: name.prefix { $0 != 0 }, as: UTF8.self), tag: tag, size: Int(size))
    }

    private static func load(_ instructions: [UInt8], _ log: UnsafeMutableBufferPointer<CChar>?) -> Int32 {
        unsafe instructions.withUnsafeBytes { bytes in
            unsafe name.withCString { name in
                unsafe linux_bpf_load_device_program(
                    bytes.baseAddress, UInt32(bytes.count / 8), name, log?.baseAddress, UInt32(log?.count ?? 0))
            }
        }
    }

    /// What the kernel means by the errno, or the verifier's last words.
    private static func reason(of errno: Errno, _ instructions: [UInt8]) -> String? {
        switch errno {
        case .notPermitted:
            // Source: kernel/bpf/syscall.c, `bpf_prog_load` and `is_net_admin_prog_type`.
            return
                "needs CAP_BPF and CAP_NET_ADMIN, or CAP_SYS_ADMIN; before Linux 5.11 also locked memory, RLIMIT_MEMLOCK"
        case .invalidArgument, .permissionDenied:
            var log = [CChar](repeating: 0, count: 64 << 10)
            _ = unsafe log.withUnsafeMutableBufferPointer { unsafe load(instructions, $0) }
            let bytes = log.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            return String(decoding: bytes, as: UTF8.self).split(separator: "\n").dropLast().last.map { String($0) }
        default: return nil
        }
    }
}

/// What the kernel tells of a loaded program. Source: uapi/linux/bpf.h, `struct bpf_prog_info`.
package struct DeviceProgramInformation: Equatable, Sendable {
    package let id: UInt32
    package let name: String
    /// A hash of the instructions: two programs of the same have the same.
    package let tag: [UInt8]
    /// Bytes of instructions after the kernel's rewriting; 0 to those who may not see them.
    package let size: Int

    /// Whether we have loaded it.
    package var isOwn: Bool { name == DeviceProgramFD.name }
}
