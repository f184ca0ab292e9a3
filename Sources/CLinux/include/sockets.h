// Unix sockets with descriptors and credentials: unix(7).
#pragma once
#include <stdint.h>

/// The most descriptors that one message carries.
#define LINUX_MAX_FDS 32

/// socket(2) AF_UNIX, close-on-exec and non-blocking. kind: 0 stream, 1 packets, 2 datagrams
int32_t linux_unix_socket(int32_t kind);
/// socketpair(2), close-on-exec, blocking, SOCK_SEQPACKET
int32_t linux_unix_pair(int32_t fds[2]);
/// bind(2); ENAMETOOLONG past 107 bytes
int32_t linux_unix_bind(int32_t fd, const char *path);
/// connect(2); ENAMETOOLONG past 107 bytes
int32_t linux_unix_connect(int32_t fd, const char *path);
/// accept4(2), close-on-exec, non-blocking
int32_t linux_accept(int32_t fd);
/// connect(2) to 127.0.0.1, or to ::1; close-on-exec, non-blocking: it may still be on its way
int32_t linux_connect_loopback(int32_t is_ipv6, uint16_t port);
/// getsockopt(2) SO_ERROR: -1 with errno if there is one
int32_t linux_socket_error(int32_t fd);
/// getsockopt(2) SO_PEERCRED: of whoever called connect(2), or listen(2)
int32_t linux_peer_credentials(int32_t fd, int32_t *pid, uint32_t *uid, uint32_t *gid);
/// sendmsg(2) with SCM_RIGHTS and MSG_NOSIGNAL
int64_t linux_send(int32_t fd, const void *data, uint64_t size, const int32_t *fds, int32_t count);
/// recvmsg(2) with MSG_CMSG_CLOEXEC. `fds` has room for LINUX_MAX_FDS. `truncated`: data or descriptors were cut off.
int64_t linux_receive(int32_t fd, void *data, uint64_t size, int32_t *fds, int32_t *count, int32_t *truncated);
