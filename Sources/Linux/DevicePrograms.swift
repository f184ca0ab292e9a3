import CLinux
package import SystemPackage

/// A loaded eBPF program that decides which devices a cgroup may use; it lives as long as it is held or attached.
///
/// - SeeAlso: `bpf(2)`, BPF_PROG_TYPE_CGROUP_DEVICE, Linux 4.15.
package struct DeviceProgramFD: ~Copyable, Sendable {
    private let descriptor: OwnedFileDescriptor

    /// Loads instructions of 8 bytes each. `EAGAIN` means that the verifier was interrupted: tried again.
    package init(loading instructions: [UInt8]) throws(SyscallError) {
        let count = UInt32(instructions.count / 8)
        var tries = 0
        while true {
            do {
                let fd = try syscall("load device program of \(count) instructions") {
                    unsafe instructions.withUnsafeBytes {
                        unsafe linux_bpf_load_device_program($0.baseAddress, count, nil, 0)
                    }
                }
                descriptor = OwnedFileDescriptor(FileDescriptor(rawValue: fd))
                return
            } catch  where error.errno == .resourceTemporarilyUnavailable && tries < 5 {
                tries += 1
            }
        }
    }

    private init(id: UInt32) throws(SyscallError) {
        let fd = try syscall("open bpf program \(id)") { linux_bpf_program_by_id(id) }
        descriptor = OwnedFileDescriptor(FileDescriptor(rawValue: fd))
    }

    /// Makes this the one device program of a group; an earlier one is replaced without a moment between.
    ///
    /// - Returns: how many programs the group had. With several, none can be replaced: the others are detached after.
    @discardableResult
    package borrowing func attach(toGroupAt path: FilePath) throws(SyscallError) -> Int {
        let group = try openDirectory(path).release()
        defer { try? group.close() }
        let own = descriptor.borrow { $0.rawValue }
        let present = try Self.attached(to: group, at: path)
        if present.count == 1 {
            let old = try DeviceProgramFD(id: present[0])
            let fd = old.descriptor.borrow { $0.rawValue }
            try syscall("replace device program of \(path)") {
                linux_bpf_attach_device_program(group.rawValue, own, fd)
            }
            return 1
        }
        try syscall("attach device program to \(path)") { linux_bpf_attach_device_program(group.rawValue, own, -1) }
        for id in present {
            let old = try DeviceProgramFD(id: id)
            let fd = old.descriptor.borrow { $0.rawValue }
            try syscall("detach device program \(id) from \(path)") {
                linux_bpf_detach_device_program(group.rawValue, fd)
            }
        }
        return present.count
    }

    private static func attached(to group: FileDescriptor, at path: FilePath) throws(SyscallError) -> [UInt32] {
        // Source: BPF_CGROUP_MAX_PROGS, 64 programs a group and kind.
        var ids = [UInt32](repeating: 0, count: 64)
        var count = UInt32(ids.count)
        try syscall("query device programs of \(path)") {
            unsafe ids.withUnsafeMutableBufferPointer {
                unsafe linux_bpf_query_device_programs(group.rawValue, $0.baseAddress, &count)
            }
        }
        return Array(ids.prefix(Int(count)))
    }
}
