// Processes, namespaces, credentials.
#pragma once
#include <stdint.h>

#define LINUX_CLONE_NEWNET 0x40000000
#define LINUX_CLONE_FILES 0x400
#define LINUX_CLONE_PARENT 0x8000
#define LINUX_SECCOMP_NEW_LISTENER 8
// Source: uapi/linux/prctl.h.
#define LINUX_PR_SET_PDEATHSIG 1
#define LINUX_PR_SET_DUMPABLE 4
#define LINUX_PR_SET_KEEPCAPS 8
#define LINUX_PR_SET_NAME 15
#define LINUX_PR_CAPBSET_READ 23
#define LINUX_PR_CAPBSET_DROP 24
#define LINUX_PR_SET_CHILD_SUBREAPER 36
#define LINUX_PR_SET_NO_NEW_PRIVS 38
#define LINUX_PR_CAP_AMBIENT 47
#define LINUX_PR_CAP_AMBIENT_RAISE 2

/// How a process ended, as waitid(2) tells it.
struct linux_exit {
    int32_t pid;
    /// The exit code, or the signal.
    int32_t status;
    /// Ended by a signal.
    int32_t signalled;
    int32_t dumped;
};

/// setns(2)
int32_t linux_setns(int32_t fd, int32_t nstype);
/// unshare(2)
int32_t linux_unshare(uint64_t flags);
/// pidfd_open(2), Linux 5.3
int32_t linux_pidfd_open(int32_t pid, uint32_t flags);
/// pidfd_send_signal(2), Linux 5.1
int32_t linux_pidfd_send_signal(int32_t pidfd, int32_t signal);
/// waitid(2) on a pidfd, Linux 5.4. `code`: the exit code, or 128 + the signal.
int32_t linux_wait(int32_t pidfd, int32_t *code);
/// waitid(2) on one child by pidfd, or on any (-1), without blocking. 1: `exit` is filled; 0: none has ended.
int32_t linux_reap(int32_t pidfd, struct linux_exit *exit);
/// ioctl PIDFD_GET_INFO, Linux 6.13; the exit status of any process, also a reaped one, from 6.15. `status` as wait(2).
int32_t linux_pidfd_exit(int32_t pidfd, int32_t *status);
/// clone3(2) without sharing memory, Linux 5.7: returns twice, like fork(2). Only for a single-threaded process.
/// `cgroup` < 0: that of the caller.
int32_t linux_clone(uint64_t flags, int32_t cgroup, int32_t *pidfd);
/// The words that this program was run with, as it was given them.
char **linux_arguments(int32_t *count);
/// prctl(2)
int32_t linux_prctl(int32_t operation, uint64_t a, uint64_t b);
/// capset(2), version 3, of this process
int32_t linux_capset(uint64_t effective, uint64_t permitted, uint64_t inheritable);
/// capget(2), version 3: the permitted set of this process
int32_t linux_capget_permitted(uint64_t *permitted);
/// What sched_setattr(2) sets; times are nanoseconds.
struct linux_scheduler {
    uint32_t policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
    uint32_t least, most;
};

/// sched_setattr(2) of this process
int32_t linux_sched_setattr(const struct linux_scheduler *scheduler);
/// sched_setaffinity(2) of this process; bit n of the bytes for CPU n
int32_t linux_sched_setaffinity(const void *mask, uint64_t size);
/// ioprio_set(2) of this process
int32_t linux_ioprio_set(uint32_t priority);
/// set_mempolicy(2); `nodes` has `bits` bits
int32_t linux_set_mempolicy(int32_t mode, const uint64_t *nodes, uint64_t bits);
/// personality(2)
int32_t linux_personality(uint64_t persona);
/// seccomp(2) SECCOMP_SET_MODE_FILTER; with LINUX_SECCOMP_NEW_LISTENER (Linux 5.0) the listener's descriptor
int32_t linux_seccomp(const void *program, uint64_t size, uint32_t flags);
/// setresuid(2), setresgid(2) of all three
int32_t linux_setuid(uint32_t uid);
int32_t linux_setgid(uint32_t gid);
/// setgroups(2)
int32_t linux_setgroups(uint64_t count, const uint32_t *groups);
/// sethostname(2), setdomainname(2)
int32_t linux_sethostname(const char *name, uint64_t size);
int32_t linux_setdomainname(const char *name, uint64_t size);
/// prlimit(2) of this process
int32_t linux_setrlimit(int32_t resource, uint64_t soft, uint64_t hard);
/// rt_sigaction(2) and rt_sigprocmask(2): every signal back to its default, none blocked
void linux_reset_signals(void);
/// malloc_trim(3): free memory goes back to the kernel
void linux_trim_heap(void);
/// madvise(2), MADV_COLLAPSE (Linux 6.1): this program's code lies in huge pages, if its file does in memory
int32_t linux_collapse_code(void);
/// execveat(2) by descriptor
int32_t linux_fexecve(int32_t fd, char *const arguments[], char *const environment[]);
/// execveat(2) with AT_EMPTY_PATH and the environment of this process
int32_t linux_become(int32_t fd, char *const arguments[]);
