// Network namespaces, and programs that the agent runs and waits for.
#pragma once
#include <stdint.h>

/// unshare(2) with CLONE_NEWNET: moves the calling thread alone.
int32_t linux_netns_unshare(void);
/// mount(2) with MS_BIND of `source`, a file below /proc/.../ns, on `path`.
int32_t linux_netns_bind(const char *source, const char *path);
/// umount2(2) with MNT_DETACH | UMOUNT_NOFOLLOW.
int32_t linux_netns_detach(const char *path);
/// SIOCSIFFLAGS: sets the loopback interface of the process' network namespace up.
int32_t linux_raise_loopback(void);
/// statfs(2): 1 if `path` lies on nsfs, 0 if not.
int32_t linux_netns_is_bound(const char *path);

/// posix_spawn(3): a process group of its own, all signals at their defaults, no descriptor above 2, or 3 if
/// there is a lock, which becomes it.
/// `arguments` and `environment` are NUL-ended texts one after another, `count`s of them.
/// Returns 0 and `pid`, or -1 and errno, also when the program could not be executed.
int32_t linux_spawn(const char *path, const char *arguments, int32_t argument_count, const char *environment,
                    int32_t environment_count, const int32_t *streams, int32_t lock, int32_t *pid);

/// pipe2(2) with O_CLOEXEC.
int32_t linux_spawn_pipe(int32_t *reader, int32_t *writer);
/// memfd_create(2) with MFD_CLOEXEC.
int32_t linux_spawn_input(void);
/// waitid(2) on a pidfd. `code`: the exit code, or minus the signal.
int32_t linux_wait_program(int32_t pidfd, int32_t *code);
