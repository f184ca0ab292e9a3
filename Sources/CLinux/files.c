#define _GNU_SOURCE
#include "CLinux.h"
#include <fcntl.h>
#include <linux/openat2.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <errno.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

int32_t linux_openat2(int32_t directory, const char *path, int32_t flags, uint32_t mode, uint64_t resolve) {
    struct open_how how = {.flags = (uint32_t)flags, .mode = flags & O_CREAT ? mode : 0, .resolve = resolve};
    return syscall(SYS_openat2, directory, path, &how, sizeof how);
}

int64_t linux_getdents(int32_t directory, void *buffer, uint64_t size) {
    return syscall(SYS_getdents64, directory, buffer, size);
}

int32_t linux_fstat(int32_t fd, struct linux_status *status) {
    struct statx s;
    if (statx(fd, "", AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_MNT_ID, &s) < 0) return -1;
    *status = (struct linux_status){
        .mode = s.stx_mode, .uid = s.stx_uid, .gid = s.stx_gid, .links = s.stx_nlink,
        .inode = s.stx_ino, .size = s.stx_size, .mount = s.stx_mnt_id,
        .device_major = s.stx_dev_major, .device_minor = s.stx_dev_minor,
        .special_major = s.stx_rdev_major, .special_minor = s.stx_rdev_minor,
        .modified_seconds = s.stx_mtime.tv_sec, .modified_nanoseconds = s.stx_mtime.tv_nsec,
    };
    return 0;
}

int32_t linux_fstatfs(int32_t fd, struct linux_filesystem *status) {
    struct statfs s;
    if (fstatfs(fd, &s) < 0) return -1;
    uint64_t unit = s.f_frsize ? s.f_frsize : s.f_bsize;
    *status = (struct linux_filesystem){
        .type = (uint32_t)s.f_type, .total = s.f_blocks * unit, .free = s.f_bfree * unit,
        .available = s.f_bavail * unit, .files = s.f_files, .files_free = s.f_ffree,
    };
    return 0;
}

int32_t linux_mknodat(int32_t directory, const char *name, uint32_t mode, uint32_t major, uint32_t minor) {
    return mknodat(directory, name, mode, makedev(major, minor));
}

int32_t linux_mkdirat(int32_t directory, const char *name, uint32_t mode) { return mkdirat(directory, name, mode); }

int32_t linux_memfd_create(const char *name) {
    int fd = memfd_create(name, MFD_ALLOW_SEALING | MFD_CLOEXEC | MFD_EXEC);
    if (fd < 0 && errno == EINVAL) fd = memfd_create(name, MFD_ALLOW_SEALING | MFD_CLOEXEC);
    return fd;
}

int32_t linux_memfd_seal(int32_t fd) {
    return fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
}

int32_t linux_memfd_seals(int32_t fd) { return fcntl(fd, F_GET_SEALS); }

int32_t linux_set_pipe_size(int32_t fd, int32_t size) { return fcntl(fd, F_SETPIPE_SZ, size); }

int32_t linux_pipe(int32_t fds[2], int32_t nonblocking) {
    return pipe2(fds, O_CLOEXEC | (nonblocking ? O_NONBLOCK : 0));
}

int32_t linux_set_nonblocking(int32_t fd, int32_t nonblocking) {
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0) return -1;
    return fcntl(fd, F_SETFL, nonblocking ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}

int32_t linux_setxattr(const char *path, const char *name, const void *value, uint64_t size, int32_t follow) {
    return follow ? setxattr(path, name, value, size, 0) : lsetxattr(path, name, value, size, 0);
}

int64_t linux_getxattr(const char *path, const char *name, void *value, uint64_t size, int32_t follow) {
    return follow ? getxattr(path, name, value, size) : lgetxattr(path, name, value, size);
}

int64_t linux_listxattr(const char *path, char *names, uint64_t size, int32_t follow) {
    return follow ? listxattr(path, names, size) : llistxattr(path, names, size);
}

int32_t linux_close_range(uint32_t first, uint32_t last, int32_t on_exec) {
    return syscall(SYS_close_range, first, last, on_exec ? 4 /* CLOSE_RANGE_CLOEXEC */ : 0);
}

int32_t linux_fchownat(int32_t directory, const char *name, uint32_t uid, uint32_t gid) {
    return fchownat(directory, name, uid, gid, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH);
}
