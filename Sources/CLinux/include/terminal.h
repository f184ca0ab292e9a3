// Terminals: ioctl_tty(2).
#pragma once
#include <stdint.h>

/// ioctl(2) TIOCGWINSZ: columns of the terminal, -1 if it is none
int32_t linux_terminal_columns(int32_t fd);
