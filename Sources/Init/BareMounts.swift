import CLinux
import Glibc
package import Linux
package import SystemPackage

/// Makes a mount namespace that has one empty directory, and nothing of the host: containers are made in copies of it.
///
/// A copy of the host's would have to be made and let go for each, and a host with many pods has thousands of mounts. It
/// lasts as long as its descriptor.
package func makeBareMounts() throws(SyscallError) -> FileDescriptor {
    let ends = try Pipe(nonBlockingReads: false).release()
    defer { try? ends.reading.close() }
    var pidfd: Int32 = -1
    let pid = try syscall("clone3") { unsafe linux_clone(Namespaces.mount.rawValue, -1, &pidfd) }
    if pid == 0 { becomeBare(telling: ends.writing) }
    try? ends.writing.close()
    defer {
        var code: Int32 = 0
        _ = linux_pidfd_send_signal(pidfd, SIGKILL)
        _ = unsafe linux_wait(pidfd, &code)
        close(pidfd)
    }
    var failure: UInt8 = 0
    let count = try syscall("read") { unsafe read(ends.reading.rawValue, &failure, 1) }
    if count != 1 || failure != 0 {
        throw SyscallError("make bare mounts", count == 1 ? Errno(rawValue: Int32(failure)) : .noChildProcess)
    }
    return try openFile(FilePath("/proc/\(pid)/ns/mnt"), .readOnly).release()
}

/// In a process of its own: who loses the host's mounts does not get them back.
private func becomeBare(telling parent: FileDescriptor) -> Never {
    // With its parent it ends, and holds nothing of it open. Source: uapi/linux/prctl.h, PR_SET_PDEATHSIG.
    _ = linux_prctl(1, UInt64(SIGKILL), 0)
    for range in [0...UInt32(parent.rawValue - 1), UInt32(parent.rawValue + 1)...UInt32.max] {
        _ = linux_close_range(range.lowerBound, range.upperBound, 0)
    }
    do throws(SyscallError) {
        try Mount.setPropagation(.slave, of: "/")
        let root = try Mount.filesystem(
            "tmpfs", options: [("size", "4k"), ("nr_inodes", "1"), ("mode", "0555")],
            [.readOnly, .noSetUserID, .noDevices, .noExecute])
        try root.borrow { root throws(SyscallError) in try leaveRoot(for: root) }
        tell(0, to: parent)
        while true { Glibc.pause() }
    } catch {
        tell(UInt8(truncatingIfNeeded: error.errno.rawValue), to: parent)
        _exit(127)
    }
}

/// The number of the error that kept the mounts from being made; 0: they are.
private func tell(_ failure: UInt8, to parent: FileDescriptor) {
    var failure = failure
    _ = unsafe write(parent.rawValue, &failure, 1)
}

/// The new root is put over the old one, which is then let go: from here on the host's files have no names.
private func leaveRoot(for root: FileDescriptor) throws(SyscallError) {
    try coverRoot(with: root)
    try syscall("pivot_root") { unsafe linux_pivot_root(".", ".") }
    try syscall("unmount old root") { unsafe linux_unmount(".", LINUX_MNT_DETACH) }
    try syscall("chdir") { unsafe chdir("/") }
}

private func coverRoot(with root: FileDescriptor) throws(SyscallError) {
    let old = try openFile("/", [.path, .directory])
    try old.borrow { old throws(SyscallError) in try Mount.move(root, to: old) }
    try syscall("fchdir") { fchdir(root.rawValue) }
}

extension ContainerInit {
    /// A copy of the bare namespace becomes the process' own. Without one the process has a copy of the host's already.
    mutating func leaveHostMounts() throws(SyscallError) {
        guard let bareMounts else { return try Mount.setPropagation(.slave, of: "/") }
        try syscall("setns") { linux_setns(bareMounts.rawValue, Int32(Namespaces.mount.rawValue)) }
        try syscall("unshare") { linux_unshare(Namespaces.mount.rawValue) }
        isBare = true
    }

    /// From here on there is nothing but what is in the new root.
    ///
    /// The empty directory stays below it, as the kernel's own rootfs stays below the root of a host: no path leads to what
    /// a mount's root covers (Linux, `fs/namei.c`, `choose_mountpoint`), `setns(2)` enters what lies on top, and who
    /// is inside finds it in no list of mounts. One that may unmount its own root comes to it, and to nothing of the
    /// host's. To let go of it would take a grace period of the kernel's, and to change roots by `pivot_root(2)` a look at
    /// every process of the host.
    func enterRoot(_ root: FileDescriptor) throws(SyscallError) {
        guard isBare else { return try leaveRoot(for: root) }
        try coverRoot(with: root)
        try syscall("chroot") { unsafe chroot(".") }
        try syscall("chdir") { unsafe chdir("/") }
    }
}
