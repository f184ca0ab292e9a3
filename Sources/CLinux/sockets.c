#define _GNU_SOURCE
#include "CLinux.h"
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int32_t linux_unix_socket(int32_t kind) {
    const int kinds[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM};
    return socket(AF_UNIX, kinds[kind] | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

int32_t linux_unix_pair(int32_t fds[2]) { return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds); }

/// The length of the address, or -1. A name with @ before it is one that no file has: its first byte is 0.
static int address(struct sockaddr_un *a, const char *path) {
    *a = (struct sockaddr_un){.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof a->sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(a->sun_path, path);
    if (*path != '@') return sizeof *a;
    a->sun_path[0] = 0;
    return (int)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
}

int32_t linux_unix_bind(int32_t fd, const char *path) {
    struct sockaddr_un a;
    int size = address(&a, path);
    return size < 0 ? -1 : bind(fd, (struct sockaddr *)&a, size);
}

int32_t linux_unix_connect(int32_t fd, const char *path) {
    struct sockaddr_un a;
    int size = address(&a, path);
    return size < 0 ? -1 : connect(fd, (struct sockaddr *)&a, size);
}

int32_t linux_accept(int32_t fd) { return accept4(fd, 0, 0, SOCK_CLOEXEC | SOCK_NONBLOCK); }

int32_t linux_peer_credentials(int32_t fd, int32_t *pid, uint32_t *uid, uint32_t *gid) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) return -1;
    *pid = peer.pid, *uid = peer.uid, *gid = peer.gid;
    return 0;
}

union control {
    char bytes[CMSG_SPACE(LINUX_MAX_FDS * sizeof(int))];
    struct cmsghdr align;
};

int64_t linux_send(int32_t fd, const void *data, uint64_t size, const int32_t *fds, int32_t count) {
    struct iovec part = {(void *)data, size};
    union control u;
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
    if (count > LINUX_MAX_FDS) {
        errno = E2BIG;
        return -1;
    }
    if (count > 0) {
        memset(&u, 0, sizeof u);
        m.msg_control = u.bytes;
        m.msg_controllen = CMSG_SPACE(count * sizeof(int));
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET, c->cmsg_type = SCM_RIGHTS, c->cmsg_len = CMSG_LEN(count * sizeof(int));
        memcpy(CMSG_DATA(c), fds, count * sizeof(int));
    }
    return sendmsg(fd, &m, MSG_NOSIGNAL);
}

int64_t linux_receive(int32_t fd, void *data, uint64_t size, int32_t *fds, int32_t *count, int32_t *truncated) {
    struct iovec part = {data, size};
    union control u;
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = u.bytes, .msg_controllen = sizeof u.bytes};
    ssize_t n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
    // Linux looks for a packet first and for the end after it (unix_dgram_recvmsg): of one that comes between the two,
    // the last of its sender, it says that nothing comes any more. Asked again, it gives it. After an empty packet there
    // may be nothing, which is no failure.
    if (n == 0 && m.msg_controllen == 0) {
        m.msg_controllen = sizeof u.bytes;
        ssize_t next = recvmsg(fd, &m, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
        if (next >= 0) n = next;
        else m.msg_controllen = 0;
    }
    *count = 0;
    if (n < 0) return n;
    *truncated = (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
            *count = (int32_t)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
            memcpy(fds, CMSG_DATA(c), *count * sizeof(int));
        }
    return n;
}

int32_t linux_connect_loopback(int32_t is_ipv6, uint16_t port) {
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(is_ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -1;
    int result = is_ipv6 ? connect(fd, (struct sockaddr *)&v6, sizeof v6) : connect(fd, (struct sockaddr *)&v4, sizeof v4);
    if (result == 0 || errno == EINPROGRESS) return fd;
    int cause = errno;
    close(fd);
    errno = cause;
    return -1;
}

int32_t linux_socket_error(int32_t fd) {
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 || error == 0) return 0;
    errno = error;
    return -1;
}
