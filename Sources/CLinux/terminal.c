#define _GNU_SOURCE
#include "terminal.h"
#include <fcntl.h>
#include <sys/ioctl.h>

int32_t linux_terminal_columns(int32_t fd) {
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) == -1) return -1;
    return size.ws_col;
}

int32_t linux_terminal_peer(int32_t master) {
    int unlocked = 0;
    if (ioctl(master, TIOCSPTLCK, &unlocked) == -1) return -1;
    return ioctl(master, _IO('T', 0x41) /* TIOCGPTPEER */, O_RDWR | O_NOCTTY | O_CLOEXEC);
}

int32_t linux_terminal_number(int32_t master) {
    unsigned number;
    return ioctl(master, TIOCGPTN, &number) == -1 ? -1 : (int32_t)number;
}

int32_t linux_terminal_take(int32_t fd) { return ioctl(fd, TIOCSCTTY, 0); }

int32_t linux_terminal_size(int32_t fd, uint16_t *rows, uint16_t *columns) {
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) == -1) return -1;
    *rows = size.ws_row, *columns = size.ws_col;
    return 0;
}

int32_t linux_set_terminal_size(int32_t fd, uint16_t rows, uint16_t columns) {
    struct winsize size = {.ws_row = rows, .ws_col = columns};
    return ioctl(fd, TIOCSWINSZ, &size);
}
