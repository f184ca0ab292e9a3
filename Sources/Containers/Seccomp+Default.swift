package import OCI

/// The seccomp profile `RuntimeDefault`: what a container may ask of the kernel with the capabilities that it has.
///
/// A list of what is allowed, as container runtimes have agreed on it: everyday calls for all, dangerous ones only with
/// the capability that they belong to, everything else refused. What is left out for all: new namespaces, mounts,
/// kernel modules, keyrings, io_uring, userfaultfd, and calls that nothing uses any more.
/// Source: the default profiles of Moby and containerd.
package enum DefaultSeccompProfile {
    package static func profile(capabilities: Capabilities) -> RuntimeSpec.Seccomp {
        typealias Rule = RuntimeSpec.Seccomp.Rule
        var rules = [Rule(always, action: allow)]
        rules += personalities.map {
            Rule(["personality"], action: allow, args: [.init(index: 0, value: $0, op: "SCMP_CMP_EQ")])
        }
        // Source: linux/socket.h; AF_VSOCK reaches the hypervisor past every network namespace.
        rules.append(Rule(["socket"], action: allow, args: [.init(index: 0, value: 40, op: "SCMP_CMP_NE")]))
        rules += byCapability.filter { !capabilities.isDisjoint(with: $0.0) }.map { Rule($0.1, action: allow) }
        if !capabilities.contains(.sysAdmin) {
            // Source: linux/sched.h: the CLONE_NEW* flags for mount, cgroup, uts, ipc, user, pid and network.
            rules.append(
                Rule(
                    ["clone"], action: allow,
                    args: [.init(index: 0, value: 0x7e02_0000, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ")]))
            // Its flags are in memory, out of a filter's sight. ENOSYS (38) makes the C library use clone.
            rules.append(Rule(["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: 38))
        }
        return RuntimeSpec.Seccomp(
            defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 1, architectures: architectures, syscalls: rules)
    }

    private static let allow = "SCMP_ACT_ALLOW"

    #if arch(x86_64)
    private static let architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]
    private static let machine = "arch_prctl modify_ldt"
    #elseif arch(arm64)
    private static let architectures = ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"]
    private static let machine = "arm_fadvise64_64 arm_sync_file_range breakpoint cacheflush set_tls sync_file_range2"
    #endif

    /// Source: uapi/linux/personality.h: none, short inodes, no randomisation, both; and the question for the present.
    private static let personalities: [UInt64] = [0, 0x8, 0x2_0000, 0x2_0008, 0xffff_ffff]

    private static func words(_ text: String) -> [String] {
        text.split(whereSeparator: \.isWhitespace).map(String.init)
    }

    private static let byCapability: [(Capabilities, [String])] = [
        (.dacReadSearch, words("open_by_handle_at")),
        (
            .sysAdmin,
            words(
                """
                bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie mount mount_setattr
                move_mount open_tree perf_event_open quotactl quotactl_fd setdomainname sethostname setns syslog umount
                umount2 unshare
                """)
        ),
        (.sysBoot, ["reboot"]),
        (.sysChroot, ["chroot"]),
        (.sysModule, words("delete_module finit_module init_module query_module")),
        (.sysPacct, ["acct"]),
        (.sysPtrace, words("kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev ptrace")),
        (.sysRawIO, words("iopl ioperm")),
        (.sysTime, words("settimeofday stime clock_settime clock_settime64")),
        (.sysTTYConfig, ["vhangup"]),
        (.sysNice, words("get_mempolicy mbind set_mempolicy set_mempolicy_home_node")),
        (.syslog, ["syslog"]),
        (.bpf, ["bpf"]),
        (.perfmon, ["perf_event_open"]),
    ]

    private static let always = words(files + memory + processes + identity + time + messages + machine)

    private static let files = """
        access chdir chmod chown chown32 close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2
        fadvise64 fadvise64_64 fallocate fanotify_mark fchdir fchmod fchmodat fchmodat2 fchown fchown32 fchownat fcntl
        fcntl64 fdatasync fgetxattr flistxattr flock fremovexattr fsetxattr fstat fstat64 fstatat64 fstatfs fstatfs64
        fsync ftruncate ftruncate64 futimesat getcwd getdents getdents64 getxattr getxattrat inotify_add_watch
        inotify_init inotify_init1 inotify_rm_watch io_cancel io_destroy io_getevents io_pgetevents
        io_pgetevents_time64 io_setup io_submit ioctl lchown lchown32 lgetxattr link linkat listxattr listxattrat
        llistxattr _llseek lremovexattr lseek lsetxattr lstat lstat64 mkdir mkdirat mknod mknodat name_to_handle_at
        newfstatat open openat openat2 pipe pipe2 pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead
        readlink readlinkat readv removexattr removexattrat rename renameat renameat2 rmdir sendfile sendfile64 setxattr
        setxattrat splice stat stat64 statfs statfs64 statx symlink symlinkat sync sync_file_range syncfs tee truncate
        truncate64 umask unlink unlinkat utime utimensat utimensat_time64 utimes vmsplice write writev cachestat
        landlock_add_rule landlock_create_ruleset landlock_restrict_self

        """
    private static let memory = """
        brk madvise map_shadow_stack membarrier memfd_create memfd_secret mincore mlock mlock2 mlockall mmap mmap2
        mprotect mremap mseal msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect process_mrelease
        remap_file_pages

        """
    private static let processes = """
        execve execveat exit exit_group fork futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake
        get_robust_list get_thread_area getcpu getpgid getpgrp getpid getppid getpriority getrlimit getrusage getsid
        gettid ioprio_get ioprio_set kill pause pidfd_open pidfd_send_signal prctl prlimit64 restart_syscall rseq
        rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait
        rt_sigtimedwait_time64 rt_tgsigqueueinfo sched_get_priority_max sched_get_priority_min sched_getaffinity
        sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64
        sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield seccomp set_robust_list
        set_thread_area set_tid_address setpgid setpriority setrlimit setsid sigaltstack signalfd signalfd4
        sigpending sigprocmask sigreturn sysinfo tgkill tkill ugetrlimit uname uretprobe vfork wait4 waitid waitpid
        process_vm_readv process_vm_writev ptrace

        """
    private static let identity = """
        capget capset getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getresgid getresgid32
        getresuid getresuid32 getuid getuid32 setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups
        setgroups32 setregid setregid32 setresgid setresgid32 setresuid setresuid32 setreuid setreuid32 setuid setuid32

        """
    private static let time = """
        adjtimex alarm clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64
        clock_nanosleep clock_nanosleep_time64 getitimer getrandom gettimeofday nanosleep setitimer time timer_create
        timer_delete timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create
        timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64 times

        """
    private static let messages = """
        accept accept4 bind connect epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2
        epoll_wait epoll_wait_old eventfd eventfd2 getpeername getsockname getsockopt ipc listen mq_getsetattr
        mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink msgctl
        msgget msgrcv msgsnd _newselect poll ppoll ppoll_time64 pselect6 pselect6_time64 recv recvfrom recvmmsg
        recvmmsg_time64 recvmsg select semctl semget semop semtimedop semtimedop_time64 send sendmmsg sendmsg sendto
        setsockopt shmat shmctl shmdt shmget shutdown socketcall socketpair

        """
}
