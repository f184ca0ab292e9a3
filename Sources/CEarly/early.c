// Goes on as the same program, run from a read-only mount that is attached nowhere: whoever gets hold of
// /proc/<pid>/exe of a process in a container cannot open the host's file for writing (CVE-2019-5736).
//
// In C and ahead of all constructors, because the program begins a second time: what Swift's runtime sets up first
// takes longer than this. Where it fails, e.g. for whoever may not mount, protectOwnProgram(named:) finds another way.
#define _GNU_SOURCE
#include "CEarly.h"
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { OPEN_TREE_COPY = 1, EMPTY_PATH = 0x1000, READ_ONLY = 1 };

/// Only what starts processes in containers needs it; a word too many costs a second exec, and nothing else.
static int starts_processes(int count, char **words) {
    for (int n = 1; n < count; n++)
        if (!strcmp(words[n], "run") || !strcmp(words[n], "create") || !strcmp(words[n], "exec")) return 1;
    return 0;
}

static void begin_again(int count, char **words, char **environment) {
    if (!starts_processes(count, words)) return;
    // Source: access(2): EROFS for a file of a read-only mount, whoever asks. Then this has been done.
    if (access("/proc/self/exe", W_OK) == -1 && errno == EROFS) return;
    struct { uint64_t set, clear, propagation, userns; } attributes = {READ_ONLY, 0, 0, 0};
    int copy = syscall(SYS_open_tree, AT_FDCWD, "/proc/self/exe", OPEN_TREE_COPY | O_CLOEXEC);
    if (copy < 0) return;
    if (syscall(SYS_mount_setattr, copy, "", EMPTY_PATH, &attributes, sizeof attributes) == 0)
        syscall(SYS_execveat, copy, "", words, environment, EMPTY_PATH);
    close(copy);
}

/// Source: ELF gABI, DT_PREINIT_ARRAY: before every constructor; glibc passes what main gets.
__attribute__((section(".preinit_array"), used)) static void (*const entry)(int, char **, char **) = begin_again;
