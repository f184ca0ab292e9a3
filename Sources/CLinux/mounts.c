#define _GNU_SOURCE
#include "CLinux.h"
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

// Written out: <linux/mount.h> and <sys/mount.h> cannot be included together in every libc.
enum { SET_FLAG = 0, SET_STRING = 1, CMD_CREATE = 6, CMD_RECONFIGURE = 7 };
struct attributes { uint64_t set, clear, propagation, userns; };

int32_t linux_fsopen(const char *type) { return syscall(SYS_fsopen, type, 1 /* FSOPEN_CLOEXEC */); }

int32_t linux_fsconfig_set(int32_t context, const char *key, const char *value) {
    return syscall(SYS_fsconfig, context, value ? SET_STRING : SET_FLAG, key, value, 0);
}

int32_t linux_fsconfig_create(int32_t context) { return syscall(SYS_fsconfig, context, CMD_CREATE, 0, 0, 0); }

int32_t linux_fsmount(int32_t context, uint32_t attributes) {
    return syscall(SYS_fsmount, context, 1 /* FSMOUNT_CLOEXEC */, attributes);
}

int32_t linux_open_tree(int32_t directory, const char *path, uint32_t flags) {
    return syscall(SYS_open_tree, directory, path, flags | 02000000 /* O_CLOEXEC */);
}

int32_t linux_move_mount(int32_t from, int32_t to) {
    return syscall(SYS_move_mount, from, "", to, "", 0x04 /* F_EMPTY_PATH */ | 0x40 /* T_EMPTY_PATH */);
}

int32_t linux_mount_setattr(int32_t fd, int32_t recursive, uint64_t set, uint64_t clear, uint64_t propagation) {
    struct attributes a = {set, clear, propagation, 0};
    return syscall(SYS_mount_setattr, fd, "", LINUX_AT_EMPTY_PATH | (recursive ? LINUX_AT_RECURSIVE : 0), &a, sizeof a);
}

int32_t linux_mount_map_ids(int32_t fd, int32_t recursive, int32_t userns) {
    struct attributes a = {0x100000 /* MOUNT_ATTR_IDMAP */, 0, 0, (uint64_t)userns};
    return syscall(SYS_mount_setattr, fd, "", LINUX_AT_EMPTY_PATH | (recursive ? LINUX_AT_RECURSIVE : 0), &a, sizeof a);
}

int32_t linux_fspick(int32_t fd) {
    return syscall(SYS_fspick, fd, "", 1 /* FSPICK_CLOEXEC */ | 8 /* FSPICK_EMPTY_PATH */);
}

int32_t linux_fsconfig_reconfigure(int32_t context) {
    return syscall(SYS_fsconfig, context, CMD_RECONFIGURE, 0, 0, 0);
}

int32_t linux_unmount(const char *path, int32_t flags) { return umount2(path, flags); }

int32_t linux_set_propagation(const char *path, uint64_t propagation) {
    return mount(0, path, 0, propagation | MS_REC, 0);
}

int32_t linux_pivot_root(const char *root, const char *old) { return syscall(SYS_pivot_root, root, old); }
