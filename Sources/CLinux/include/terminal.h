// Terminals: ioctl_tty(2).
#pragma once
#include <stdint.h>

/// ioctl(2) TIOCGWINSZ: columns of the terminal, -1 if it is none
int32_t linux_terminal_columns(int32_t fd);

/// ioctl(2) TIOCGWINSZ
int32_t linux_terminal_size(int32_t fd, uint16_t *rows, uint16_t *columns);

/// ioctl(2) TIOCSWINSZ
int32_t linux_set_terminal_size(int32_t fd, uint16_t rows, uint16_t columns);
