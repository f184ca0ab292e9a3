// Files by descriptor: openat2(2), directories, attributes, memory files.
#pragma once
#include <stdint.h>

#define LINUX_AT_FDCWD -100
#define LINUX_O_PATH 010000000
#define LINUX_RESOLVE_NO_XDEV 0x01
#define LINUX_RESOLVE_NO_MAGICLINKS 0x02
#define LINUX_RESOLVE_NO_SYMLINKS 0x04
#define LINUX_RESOLVE_BENEATH 0x08
#define LINUX_RESOLVE_IN_ROOT 0x10

/// What statx(2) and fstatfs(2) say about an open file.
struct linux_status {
    uint32_t mode, uid, gid, links;
    uint64_t inode, size, mount;
    uint32_t device_major, device_minor;
    uint32_t special_major, special_minor;
    int64_t modified_seconds;
    uint32_t modified_nanoseconds;
};

/// What statfs(2) says; amounts in bytes.
struct linux_filesystem {
    uint64_t type, total, free, available, files, files_free;
};

/// openat2(2), Linux 5.6
int32_t linux_openat2(int32_t directory, const char *path, int32_t flags, uint32_t mode, uint64_t resolve);
/// getdents64(2)
int64_t linux_getdents(int32_t directory, void *buffer, uint64_t size);
/// statx(2) with AT_EMPTY_PATH
int32_t linux_fstat(int32_t fd, struct linux_status *status);
/// fstatfs(2)
int32_t linux_fstatfs(int32_t fd, struct linux_filesystem *status);
/// mknodat(2)
int32_t linux_mknodat(int32_t directory, const char *name, uint32_t mode, uint32_t major, uint32_t minor);
/// mkdirat(2)
int32_t linux_mkdirat(int32_t directory, const char *name, uint32_t mode);
/// memfd_create(2) with MFD_ALLOW_SEALING and MFD_CLOEXEC, executable where that must be said (Linux 6.3)
int32_t linux_memfd_create(const char *name);
/// fcntl(2) F_ADD_SEALS: no shrinking, growing, writing or further seals
int32_t linux_memfd_seal(int32_t fd);
/// fcntl(2) F_GET_SEALS
int32_t linux_memfd_seals(int32_t fd);
/// fcntl(2) F_SETPIPE_SZ
int32_t linux_set_pipe_size(int32_t fd, int32_t size);
/// pipe2(2), close-on-exec and, if asked, non-blocking
int32_t linux_pipe(int32_t fds[2], int32_t nonblocking);
/// fcntl(2) F_SETFL O_NONBLOCK
int32_t linux_set_nonblocking(int32_t fd, int32_t nonblocking);
/// setxattr(2), getxattr(2), listxattr(2) and their `l` forms, which do not follow a link at the end
int32_t linux_setxattr(const char *path, const char *name, const void *value, uint64_t size, int32_t follow);
int64_t linux_getxattr(const char *path, const char *name, void *value, uint64_t size, int32_t follow);
int64_t linux_listxattr(const char *path, char *names, uint64_t size, int32_t follow);
/// close_range(2), Linux 5.9; close-on-exec only (5.11) if asked
int32_t linux_close_range(uint32_t first, uint32_t last, int32_t on_exec);
/// fchownat(2), never following a link; an empty name means the directory itself
int32_t linux_fchownat(int32_t directory, const char *name, uint32_t uid, uint32_t gid);
