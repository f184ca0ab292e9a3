// The caller's terminal, while a container's takes its place.
#pragma once
#include <stdint.h>

/// tcgetattr(3), kept; then cfmakeraw(3) and tcsetattr(3): keys go through as they are typed. -1 if it is no terminal.
int32_t linux_terminal_raw(int32_t fd);
/// tcsetattr(3) of what linux_terminal_raw kept
int32_t linux_terminal_restore(int32_t fd);
/// ioctl(2) TIOCGWINSZ of one, TIOCSWINSZ of the other
int32_t linux_terminal_copy_size(int32_t from, int32_t to);
