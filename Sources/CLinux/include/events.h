// Waiting: epoll(7), eventfd(2), inotify(7), signalfd(2).
#pragma once
#include <stdint.h>

#define LINUX_EPOLLIN 0x001u
#define LINUX_EPOLLOUT 0x004u
#define LINUX_EPOLLERR 0x008u
#define LINUX_EPOLLHUP 0x010u
#define LINUX_EPOLLONESHOT 0x40000000u
#define LINUX_EPOLLET 0x80000000u
#define LINUX_EPOLL_ADD 1
#define LINUX_EPOLL_DEL 2
#define LINUX_EPOLL_MOD 3

/// What epoll_wait(2) reports, unpacked so that it is the same on every machine.
struct linux_event {
    uint32_t events;
    uint64_t data;
};

/// epoll_create1(2), close-on-exec
int32_t linux_epoll_create(void);
/// epoll_ctl(2)
int32_t linux_epoll_control(int32_t epoll, int32_t operation, int32_t fd, uint32_t events, uint64_t data);
/// epoll_wait(2); at most 64 events.
int32_t linux_epoll_wait(int32_t epoll, struct linux_event *events, int32_t count, int32_t milliseconds);
/// inotify_init1(2), close-on-exec, non-blocking
int32_t linux_inotify_create(void);
/// inotify_add_watch(2)
int32_t linux_inotify_add(int32_t fd, const char *path, uint32_t mask);
/// inotify_rm_watch(2)
int32_t linux_inotify_remove(int32_t fd, int32_t watch);
/// eventfd(2), close-on-exec, non-blocking
int32_t linux_eventfd(void);
/// Adds one to an eventfd.
void linux_ring(int32_t eventfd);
/// timerfd_create(2) on CLOCK_MONOTONIC, close-on-exec, non-blocking
int32_t linux_timerfd(void);
/// timerfd_settime(2), once, relative; 0 disarms.
int32_t linux_timerfd_set(int32_t fd, int64_t nanoseconds);
/// signalfd(2), close-on-exec, non-blocking; `mask` has bit n-1 for signal n. Blocks those signals as well.
int32_t linux_signalfd(uint64_t mask);
