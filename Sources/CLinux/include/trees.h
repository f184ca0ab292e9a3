// Work below a directory that is held by a descriptor: what an image's layer may reach, and nothing else.
#pragma once
#include <stdint.h>

struct linux_tree_status {
    uint32_t mode, uid, gid;
    uint64_t device, size;
    int64_t mtime_sec, mtime_nsec;
};

/// openat2(2) with RESOLVE_IN_ROOT and RESOLVE_NO_MAGICLINKS, Linux 5.6
int32_t linux_tree_open(int32_t root, const char *path, uint32_t flags, uint32_t mode);
/// openat(2) of a directory that is no symbolic link
int32_t linux_tree_open_directory(int32_t parent, const char *name);
/// openat(2) of a new file for writing, O_EXCL, mode 0600
int32_t linux_tree_create(int32_t parent, const char *name);
/// mknodat(2); `mode` with the file type
int32_t linux_tree_mknod(int32_t parent, const char *name, uint32_t mode, uint32_t major, uint32_t minor);
/// fstatat(2) without following a link; an empty name means `parent` itself
int32_t linux_tree_stat(int32_t parent, const char *name, struct linux_tree_status *out);
/// fsetxattr(2)
int32_t linux_tree_fsetxattr(int32_t fd, const char *name, const void *value, uint64_t size);
/// lsetxattr(2)
int32_t linux_tree_lsetxattr(const char *path, const char *name, const void *value, uint64_t size);
/// fgetxattr(2)
int64_t linux_tree_getxattr(int32_t fd, const char *name, void *value, uint64_t size);
/// syncfs(2)
int32_t linux_tree_syncfs(int32_t fd);
