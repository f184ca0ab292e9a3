#define _GNU_SOURCE
#include "CLinux.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// Younger than the headers of Debian 12. Source: asm-generic/mman-common.h.
#define LINUX_MADV_COLLAPSE 25

static int32_t argument_count;
static char **arguments;

// glibc hands them to every constructor; the kernel's file needs calls that may be refused.
__attribute__((constructor)) static void remember_arguments(int count, char **words) {
    argument_count = count;
    arguments = words;
}

char **linux_arguments(int32_t *count) {
    *count = argument_count;
    return arguments;
}

int32_t linux_setns(int32_t fd, int32_t nstype) { return setns(fd, nstype); }

int32_t linux_unshare(uint64_t flags) { return unshare((int)flags); }

int32_t linux_pidfd_open(int32_t pid, uint32_t flags) { return syscall(SYS_pidfd_open, pid, flags); }

int32_t linux_pidfd_send_signal(int32_t pidfd, int32_t signal) {
    return syscall(SYS_pidfd_send_signal, pidfd, signal, (void *)0, 0);
}

int32_t linux_wait(int32_t pidfd, int32_t *code) {
    siginfo_t info;
    int rc = waitid(P_PIDFD, pidfd, &info, WEXITED);
    if (rc == 0) *code = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
    return rc;
}

int32_t linux_reap(int32_t pidfd, struct linux_exit *exit) {
    siginfo_t info = {0};
    int rc = pidfd < 0 ? waitid(P_ALL, 0, &info, WEXITED | WNOHANG) : waitid(P_PIDFD, pidfd, &info, WEXITED | WNOHANG);
    if (rc < 0) return -1;
    if (info.si_pid == 0) return 0;
    *exit = (struct linux_exit){
        .pid = info.si_pid, .status = info.si_status,
        .signalled = info.si_code != CLD_EXITED, .dumped = info.si_code == CLD_DUMPED,
    };
    return 1;
}

// struct pidfd_info of uapi/linux/pidfd.h, first version.
struct process_info {
    uint64_t mask, cgroup;
    uint32_t pid, tgid, ppid, ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
    int32_t exit_code;
};

int32_t linux_pidfd_exit(int32_t pidfd, int32_t *status) {
    struct process_info info = {.mask = 1 << 3 /* PIDFD_INFO_EXIT */};
    if (ioctl(pidfd, _IOWR(0xFF, 11, struct process_info), &info) < 0) return -1;
    if (!(info.mask & 1 << 3)) {
        errno = EAGAIN;
        return -1;
    }
    *status = info.exit_code;
    return 0;
}

int32_t linux_clone(uint64_t flags, int32_t cgroup, int32_t *pidfd) {
    // glibc caches the thread's id in a place that only its own fork mends; the kernel does it if told where.
    static int *tid;
    if (!tid) prctl(PR_GET_TID_ADDRESS, &tid, 0, 0, 0);
    // With CLONE_PARENT the child is a sibling, and has the signal of its maker.
    struct clone_args a = {.flags = flags, .exit_signal = flags & CLONE_PARENT ? 0 : SIGCHLD};
    if (pidfd) a.flags |= CLONE_PIDFD, a.pidfd = (uintptr_t)pidfd;
    if (tid) a.flags |= CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID, a.child_tid = (uintptr_t)tid;
    if (cgroup >= 0) a.flags |= 0x200000000ULL /* CLONE_INTO_CGROUP */, a.cgroup = (uint64_t)cgroup;
    return syscall(SYS_clone3, &a, sizeof a);
}

int32_t linux_prctl(int32_t operation, uint64_t a, uint64_t b) { return prctl(operation, a, b, 0, 0); }

int32_t linux_capset(uint64_t effective, uint64_t permitted, uint64_t inheritable) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2];
    for (int i = 0; i < 2; i++) {
        data[i].effective = (uint32_t)(effective >> 32 * i);
        data[i].permitted = (uint32_t)(permitted >> 32 * i);
        data[i].inheritable = (uint32_t)(inheritable >> 32 * i);
    }
    return syscall(SYS_capset, &header, data);
}

int32_t linux_capget_permitted(uint64_t *permitted) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2];
    int rc = syscall(SYS_capget, &header, data);
    if (rc == 0) *permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
    return rc;
}

int32_t linux_sched_setattr(const struct linux_scheduler *s) {
    // struct sched_attr of uapi/linux/sched/types.h, with the clamps of Linux 5.3.
    struct {
        uint32_t size, policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime, deadline, period;
        uint32_t least, most;
    } a = {sizeof a, s->policy, s->flags, s->nice, s->priority, s->runtime, s->deadline, s->period, s->least, s->most};
    return syscall(SYS_sched_setattr, 0, &a, 0);
}

int32_t linux_sched_setaffinity(const void *mask, uint64_t size) {
    return syscall(SYS_sched_setaffinity, 0, size, mask);
}

int32_t linux_ioprio_set(uint32_t priority) {
    return syscall(SYS_ioprio_set, 1 /* IOPRIO_WHO_PROCESS */, 0, priority);
}

int32_t linux_set_mempolicy(int32_t mode, const uint64_t *nodes, uint64_t bits) {
    // The kernel takes one bit less than it is told.
    return syscall(SYS_set_mempolicy, mode, bits ? nodes : 0, bits ? bits + 1 : 0);
}

int32_t linux_personality(uint64_t persona) { return syscall(SYS_personality, persona); }

int32_t linux_seccomp(const void *program, uint64_t size, uint32_t flags) {
    struct sock_fprog p = {.len = (unsigned short)(size / sizeof(struct sock_filter)), .filter = (void *)program};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &p);
}

int32_t linux_setuid(uint32_t uid) { return setresuid(uid, uid, uid); }

int32_t linux_setgid(uint32_t gid) { return setresgid(gid, gid, gid); }

int32_t linux_setgroups(uint64_t count, const uint32_t *groups) { return setgroups(count, groups); }

int32_t linux_sethostname(const char *name, uint64_t size) { return sethostname(name, size); }

int32_t linux_setdomainname(const char *name, uint64_t size) { return setdomainname(name, size); }

int32_t linux_setrlimit(int32_t resource, uint64_t soft, uint64_t hard) {
    struct rlimit limit = {soft, hard};
    return setrlimit(resource, &limit);
}

void linux_reset_signals(void) {
    struct sigaction standard = {.sa_handler = SIG_DFL};
    for (int n = 1; n <= 64; n++) sigaction(n, &standard, 0);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, 0);
}

void linux_trim_heap(void) { malloc_trim(0); }

int32_t linux_collapse_code(void) {
    extern const char __executable_start[], etext[];
    const uintptr_t huge = 2 << 20;
    uintptr_t begin = ((uintptr_t)__executable_start + huge - 1) & -huge;
    uintptr_t end = ((uintptr_t)etext + huge - 1) & -huge;
    return end > begin ? madvise((void *)begin, end - begin, LINUX_MADV_COLLAPSE) : 0;
}

int32_t linux_fexecve(int32_t fd, char *const arguments[], char *const environment[]) {
    return syscall(SYS_execveat, fd, "", arguments, environment, AT_EMPTY_PATH);
}

int32_t linux_become(int32_t fd, char *const arguments[]) {
    return syscall(SYS_execveat, fd, "", arguments, environ, AT_EMPTY_PATH);
}
