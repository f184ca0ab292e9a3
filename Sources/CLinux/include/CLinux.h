// Kernel calls that Swift cannot reach through the C library, one thin function each.
//
// This header includes nothing but <stdint.h>. A libc header read here with other feature macros than
// Swift's own Glibc module uses gives two definitions of one type ("fd_set … is not present"), and the
// build fails. Constants are #defined from uapi/, so that an old libc still knows them.
#pragma once
#include <stdint.h>
#include "network.h"

#define LINUX_CLONE_NEWNET 0x40000000

/// setns(2)
int32_t linux_setns(int32_t fd, int32_t nstype);
/// pidfd_open(2), Linux 5.3
int32_t linux_pidfd_open(int32_t pid, uint32_t flags);
/// pidfd_send_signal(2), Linux 5.1
int32_t linux_pidfd_send_signal(int32_t pidfd, int32_t signal);
/// waitid(2) on a pidfd, Linux 5.4. `code`: the exit code, or 128 + the signal.
int32_t linux_wait(int32_t pidfd, int32_t *code);

