// Sockets in network namespaces: a thread visits one, opens a socket there, and comes back.
// Must not leave a thread where it does not belong: whatever it did afterwards would be done there.

#define _GNU_SOURCE
#include "Namespaces.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/// - Returns: a descriptor, or the negative number of the error
static int open_socket(enum socket_use use, const char *address, int port) {
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    if (inet_pton(AF_INET, address, &where.sin_addr) != 1) return -EINVAL;
    int type = use == socket_datagrams ? SOCK_DGRAM : SOCK_STREAM;
    int file = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    if (file < 0) return -errno;
    const struct sockaddr *pointer = (const struct sockaddr *)&where;
    int result = use == socket_connected ? connect(file, pointer, sizeof where) : bind(file, pointer, sizeof where);
    if (result == 0) return file;
    int number = errno;
    close(file);
    return -number;
}

int socket_in_namespace(const char *space, enum socket_use use, const char *address, int port) {
    int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (home < 0) return -errno;
    int away = open(space, O_RDONLY | O_CLOEXEC);
    int result = away < 0 || setns(away, CLONE_NEWNET) != 0 ? -errno : 0;
    if (result == 0) {
        result = open_socket(use, address, port);
        if (setns(home, CLONE_NEWNET) != 0) abort();
    }
    if (away >= 0) close(away);
    close(home);
    return result;
}
