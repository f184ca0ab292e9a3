#define _GNU_SOURCE
#include "terminal.h"
#include <sys/ioctl.h>

int32_t linux_terminal_columns(int32_t fd) {
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) == -1) return -1;
    return size.ws_col;
}
