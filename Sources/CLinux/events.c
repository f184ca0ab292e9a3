#define _GNU_SOURCE
#include "CLinux.h"
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

int32_t linux_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int32_t linux_epoll_control(int32_t epoll, int32_t operation, int32_t fd, uint32_t events, uint64_t data) {
    struct epoll_event event = {.events = events, .data.u64 = data};
    return epoll_ctl(epoll, operation, fd, &event);
}

int32_t linux_epoll_wait(int32_t epoll, struct linux_event *events, int32_t count, int32_t milliseconds) {
    struct epoll_event found[64];
    int n = epoll_wait(epoll, found, count < 64 ? count : 64, milliseconds);
    for (int i = 0; i < n; i++) events[i] = (struct linux_event){found[i].events, found[i].data.u64};
    return n;
}

int32_t linux_inotify_create(void) { return inotify_init1(IN_CLOEXEC | IN_NONBLOCK); }

int32_t linux_inotify_add(int32_t fd, const char *path, uint32_t mask) { return inotify_add_watch(fd, path, mask); }

int32_t linux_inotify_remove(int32_t fd, int32_t watch) { return inotify_rm_watch(fd, watch); }

int32_t linux_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

void linux_ring(int32_t eventfd) {
    uint64_t one = 1;
    ssize_t written = write(eventfd, &one, sizeof one);
    (void)written;
}

int32_t linux_timerfd(void) { return timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK); }

int32_t linux_timerfd_set(int32_t fd, int64_t nanoseconds) {
    struct itimerspec when = {.it_value = {nanoseconds / 1000000000, nanoseconds % 1000000000}};
    return timerfd_settime(fd, 0, &when, 0);
}

int32_t linux_signalfd(uint64_t mask) {
    sigset_t set;
    sigemptyset(&set);
    for (int n = 1; n <= 64; n++)
        if (mask >> (n - 1) & 1) sigaddset(&set, n);
    if (sigprocmask(SIG_BLOCK, &set, 0) < 0) return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}
