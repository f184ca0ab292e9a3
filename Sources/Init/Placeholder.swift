import CLinux
import Glibc
package import Linux
import SystemPackage

/// A child that only waits for its end: systemd makes no scope without a process, and the container's comes later.
///
/// It ends with its parent, whatever becomes of that.
package final class Placeholder {
    package let pid: Int32
    private let handle: Int32

    package init() throws(SyscallError) {
        let parent = getpid()
        var pidfd: Int32 = -1
        let pid = try syscall("clone3") { unsafe linux_clone(0, -1, &pidfd) }
        if pid == 0 {
            // Source: uapi/linux/prctl.h, PR_SET_PDEATHSIG.
            _ = linux_prctl(1, UInt64(SIGKILL), 0)
            if getppid() != parent { _exit(0) }
            _ = linux_close_range(0, .max, 0)
            while true { Glibc.pause() }
        }
        self.pid = pid
        handle = pidfd
    }

    deinit {
        var code: Int32 = 0
        _ = linux_pidfd_send_signal(handle, SIGKILL)
        while unsafe linux_wait(handle, &code) == -1, errno == EINTR {}
        close(handle)
    }
}
