#define _GNU_SOURCE
#include "CLinux.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

struct linux_tree_how {
    uint64_t flags, mode, resolve;
};

int32_t linux_tree_open(int32_t root, const char *path, uint32_t flags, uint32_t mode) {
    // Source: uapi/linux/openat2.h: RESOLVE_NO_MAGICLINKS 0x02, RESOLVE_IN_ROOT 0x10.
    struct linux_tree_how how = {.flags = flags | O_CLOEXEC, .mode = mode, .resolve = 0x02 | 0x10};
    return syscall(SYS_openat2, root, path, &how, sizeof how);
}

int32_t linux_tree_open_directory(int32_t parent, const char *name) {
    return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int32_t linux_tree_create(int32_t parent, const char *name) {
    return openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

int32_t linux_tree_mknod(int32_t parent, const char *name, uint32_t mode, uint32_t major, uint32_t minor) {
    return mknodat(parent, name, mode, makedev(major, minor));
}

int32_t linux_tree_stat(int32_t parent, const char *name, struct linux_tree_status *out) {
    struct stat st;
    int rc = fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH);
    if (rc == 0) {
        out->mode = st.st_mode;
        out->uid = st.st_uid;
        out->gid = st.st_gid;
        out->device = st.st_rdev;
        out->size = st.st_size;
        out->mtime_sec = st.st_mtim.tv_sec;
        out->mtime_nsec = st.st_mtim.tv_nsec;
    }
    return rc;
}

int32_t linux_tree_fsetxattr(int32_t fd, const char *name, const void *value, uint64_t size) {
    return fsetxattr(fd, name, value, size, 0);
}

int32_t linux_tree_lsetxattr(const char *path, const char *name, const void *value, uint64_t size) {
    return lsetxattr(path, name, value, size, 0);
}

int64_t linux_tree_getxattr(int32_t fd, const char *name, void *value, uint64_t size) {
    return fgetxattr(fd, name, value, size);
}

int32_t linux_tree_syncfs(int32_t fd) { return syncfs(fd); }
