// Terminals: ioctl_tty(2).
#pragma once
#include <stdint.h>

/// ioctl(2) TIOCGWINSZ: columns of the terminal, -1 if it is none
int32_t linux_terminal_columns(int32_t fd);
/// ioctl(2) TIOCSPTLCK, then TIOCGPTPEER (Linux 4.13): the other end of a master, close-on-exec, by no path
int32_t linux_terminal_peer(int32_t master);
/// ioctl(2) TIOCGPTN: the number of a master's other end
int32_t linux_terminal_number(int32_t master);
/// ioctl(2) TIOCSCTTY: the terminal of the session that the process leads
int32_t linux_terminal_take(int32_t fd);

/// ioctl(2) TIOCGWINSZ
int32_t linux_terminal_size(int32_t fd, uint16_t *rows, uint16_t *columns);

/// ioctl(2) TIOCSWINSZ
int32_t linux_set_terminal_size(int32_t fd, uint16_t rows, uint16_t columns);
