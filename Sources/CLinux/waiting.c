#define _GNU_SOURCE
#include "CLinux.h"
#include <poll.h>
#include <sys/file.h>

int32_t linux_poll(const int32_t *fds, int32_t count, uint8_t *ready, int32_t milliseconds) {
    struct pollfd all[16] = {0};
    if (count > 16) count = 16;
    for (int32_t i = 0; i < count; i++) all[i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
    int32_t answer = poll(all, (nfds_t)count, milliseconds);
    for (int32_t i = 0; i < count; i++) ready[i] = all[i].revents != 0;
    return answer;
}

int32_t linux_lock(int32_t fd) { return flock(fd, LOCK_EX); }
