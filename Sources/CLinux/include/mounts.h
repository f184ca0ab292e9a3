// Mounts by descriptor, Linux 5.2; mount_setattr 5.12. The numbers are those of uapi/linux/mount.h.
#pragma once
#include <stdint.h>

#define LINUX_OPEN_TREE_CLONE 1
#define LINUX_AT_RECURSIVE 0x8000
#define LINUX_AT_EMPTY_PATH 0x1000
#define LINUX_MS_UNBINDABLE 0x20000
#define LINUX_MS_PRIVATE 0x40000
#define LINUX_MS_SLAVE 0x80000
#define LINUX_MS_SHARED 0x100000
#define LINUX_MNT_DETACH 2
#define LINUX_UMOUNT_NOFOLLOW 8

/// fsopen(2), close-on-exec
int32_t linux_fsopen(const char *type);
/// fsconfig(2) FSCONFIG_SET_FLAG (no value) or FSCONFIG_SET_STRING
int32_t linux_fsconfig_set(int32_t context, const char *key, const char *value);
/// fsconfig(2) FSCONFIG_CMD_CREATE
int32_t linux_fsconfig_create(int32_t context);
/// fsmount(2), close-on-exec
int32_t linux_fsmount(int32_t context, uint32_t attributes);
/// open_tree(2), close-on-exec
int32_t linux_open_tree(int32_t directory, const char *path, uint32_t flags);
/// move_mount(2): the mount `from` onto the place that `to` is open at
int32_t linux_move_mount(int32_t from, int32_t to);
/// mount_setattr(2) of the mount at the root of which `fd` is open
int32_t linux_mount_setattr(int32_t fd, int32_t recursive, uint64_t set, uint64_t clear, uint64_t propagation);
/// mount_setattr(2) MOUNT_ATTR_IDMAP, Linux 5.12: owners appear as the user namespace maps them
int32_t linux_mount_map_ids(int32_t fd, int32_t recursive, int32_t userns);
/// fspick(2) of the file system mounted where `fd` is open, close-on-exec
int32_t linux_fspick(int32_t fd);
/// fsconfig(2) FSCONFIG_CMD_RECONFIGURE
int32_t linux_fsconfig_reconfigure(int32_t context);
/// umount2(2)
int32_t linux_unmount(const char *path, int32_t flags);
/// mount(2) that only changes the propagation of what is mounted at `path`, and below it
int32_t linux_set_propagation(const char *path, uint64_t propagation);
/// pivot_root(2)
int32_t linux_pivot_root(const char *root, const char *old);
