#define _GNU_SOURCE
#include "network.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

// Source: include/uapi/linux/magic.h.
#define LINUX_NSFS_MAGIC 0x6e736673

int32_t linux_netns_unshare(void) { return unshare(CLONE_NEWNET); }

int32_t linux_netns_bind(const char *source, const char *path) { return mount(source, path, NULL, MS_BIND, NULL); }

int32_t linux_raise_loopback(void) {
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    int result = ioctl(fd, SIOCSIFFLAGS, &request), error = errno;
    close(fd);
    errno = error;
    return result;
}

int32_t linux_netns_detach(const char *path) { return umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW); }

int32_t linux_netns_is_bound(const char *path) {
    struct statfs status;
    if (statfs(path, &status) != 0) return -1;
    return (uint32_t)status.f_type == LINUX_NSFS_MAGIC;
}

static char **table(const char *texts, int32_t count) {
    char **entries = calloc((size_t)count + 1, sizeof(char *));
    if (!entries) return NULL;
    for (int32_t i = 0; i < count; i++) {
        entries[i] = (char *)texts;
        texts += strlen(texts) + 1;
    }
    return entries;
}

int32_t linux_spawn(const char *path, const char *arguments, int32_t argument_count, const char *environment,
                    int32_t environment_count, const int32_t *streams, int32_t lock, int32_t *pid) {
    char **argv = table(arguments, argument_count), **envp = table(environment, environment_count);
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    int rc = argv && envp ? 0 : ENOMEM;
    for (int32_t i = 0; !rc && i < 3; i++) rc = posix_spawn_file_actions_adddup2(&actions, streams[i], i);
    if (!rc && lock >= 0) rc = posix_spawn_file_actions_adddup2(&actions, lock, 3);
    if (!rc) rc = posix_spawn_file_actions_addclosefrom_np(&actions, lock >= 0 ? 4 : 3);
    pid_t child = 0;
    if (!rc) rc = posix_spawn(&child, path, &actions, &attributes, argv, envp);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    free(argv);
    free(envp);
    *pid = child;
    if (!rc) return 0;
    errno = rc;
    return -1;
}

int32_t linux_spawn_pipe(int32_t *reader, int32_t *writer) {
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) != 0) return -1;
    *reader = fds[0];
    *writer = fds[1];
    return 0;
}

int32_t linux_spawn_input(void) { return memfd_create("input", MFD_CLOEXEC); }

int32_t linux_wait_program(int32_t pidfd, int32_t *code) {
    siginfo_t info;
    int rc = waitid(P_PIDFD, pidfd, &info, WEXITED);
    if (rc == 0) *code = info.si_code == CLD_EXITED ? info.si_status : -info.si_status;
    return rc;
}
