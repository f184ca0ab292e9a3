#define _GNU_SOURCE
#include "CLinux.h"
#include <sys/ioctl.h>
#include <termios.h>

static struct termios kept;

int32_t linux_terminal_raw(int32_t fd) {
    if (tcgetattr(fd, &kept) == -1) return -1;
    struct termios raw = kept;
    cfmakeraw(&raw);
    return tcsetattr(fd, TCSANOW, &raw);
}

int32_t linux_terminal_restore(int32_t fd) { return tcsetattr(fd, TCSADRAIN, &kept); }

int32_t linux_terminal_copy_size(int32_t from, int32_t to) {
    struct winsize size;
    return ioctl(from, TIOCGWINSZ, &size) == -1 ? -1 : ioctl(to, TIOCSWINSZ, &size);
}
