// What a program without an event loop waits with.
#pragma once
#include <stdint.h>

/// poll(2) until one of the descriptors is readable or at its end; `ready` is filled for each. `milliseconds` < 0: for ever.
int32_t linux_poll(const int32_t *fds, int32_t count, uint8_t *ready, int32_t milliseconds);
/// flock(2) LOCK_EX
int32_t linux_lock(int32_t fd);
