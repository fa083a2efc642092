// The system's calls that the Glibc module does not have: epoll, eventfd, accept4, prctl, messages with descriptors, what a
// new process begins with. It must not hold logic: one call per function, and what C's macros put together for it.
#pragma once
#include <fcntl.h>
#include <netinet/in.h>
#include <arpa/nameser.h>
#include <pthread.h>
#include <resolv.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>

// Declared by the headers for _GNU_SOURCE only, which a module can't define for all who import it.
int accept4(int socket, struct sockaddr *address, socklen_t *length, int flags);
int pthread_setname_np(pthread_t thread, const char *name);
int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
int memfd_create(const char *name, unsigned int flags);

static const uint32_t shim_EPOLLIN = EPOLLIN;
static const uint32_t shim_EPOLLOUT = EPOLLOUT;
static const uint32_t shim_EPOLLRDHUP = EPOLLRDHUP;
static const uint32_t shim_EPOLLERR = EPOLLERR;
static const uint32_t shim_EPOLLHUP = EPOLLHUP;
static const uint32_t shim_EPOLLET = EPOLLET;
static const uint32_t shim_EPOLLEXCLUSIVE = EPOLLEXCLUSIVE;

static inline int shim_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

static inline int shim_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

static inline int shim_epoll_add(int poll, int descriptor, uint32_t events, uint64_t data) {
    struct epoll_event event = {.events = events, .data = {.u64 = data}};
    return epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event);
}

static inline int shim_epoll_remove(int poll, int descriptor) {
    struct epoll_event event = {0};
    return epoll_ctl(poll, EPOLL_CTL_DEL, descriptor, &event);
}

static inline uint64_t shim_epoll_data(const struct epoll_event *event) { return event->data.u64; }

static inline int shim_socket(int family) {
    return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static inline int shim_accept(int socket, struct sockaddr_storage *address, socklen_t *length) {
    return accept4(socket, (struct sockaddr *)address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

static const unsigned int shim_MFD_CLOEXEC = 1;
static const unsigned int shim_MFD_ALLOW_SEALING = 2;

// F_ADD_SEALS with F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE.
static inline int shim_seal(int file) { return fcntl(file, 1033, 1 | 2 | 4 | 8); }

static inline int shim_send_file(int socket, int file) {
    union {
        struct cmsghdr header;
        char octets[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct msghdr message = {.msg_control = &control, .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof file);
    memcpy(CMSG_DATA(header), &file, sizeof file);
    return sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -1 : 0;
}

/// The answer to the question for a service's servers, or -1 and why not (h_errno).
static inline int shim_query_services(const char *name, unsigned char *answer, int size, int *failure) {
    struct __res_state state;
    memset(&state, 0, sizeof state);
    *failure = 3;
    if (res_ninit(&state) != 0) return -1;
    int length = res_nquery(&state, name, 1, 33, answer, size);
    *failure = state.res_h_errno;
    res_nclose(&state);
    return length;
}

/// Neither a core dump nor a debugger without privileges sees this process.
static inline int shim_forbid_dumps(void) { return prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L); }

/// As many as the kernel passes on at once (SCM_MAX_FD, unix(7)).
enum { shim_most_descriptors = 253 };

static inline ssize_t shim_send_descriptors(int socket, const struct sockaddr_un *address, const int *descriptors, size_t count) {
    char octet = 0;
    struct iovec octets = {&octet, 1};
    union {
        struct cmsghdr header;
        char octets[CMSG_SPACE(sizeof(int) * shim_most_descriptors)];
    } control = {0};
    struct msghdr message = {
        .msg_name = (void *)address, .msg_namelen = sizeof *address, .msg_iov = &octets, .msg_iovlen = 1,
        .msg_control = &control, .msg_controllen = CMSG_SPACE(sizeof(int) * count)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * count);
    memcpy(CMSG_DATA(header), descriptors, sizeof(int) * count);
    return sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/// The descriptors of one message, none where it has none.
static inline ssize_t shim_receive_descriptors(int socket, int *descriptors) {
    char octet;
    struct iovec octets = {&octet, 1};
    union {
        struct cmsghdr header;
        char octets[CMSG_SPACE(sizeof(int) * shim_most_descriptors)];
    } control;
    struct msghdr message = {
        .msg_iov = &octets, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    if (recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0) return -1;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) return 0;
    size_t length = header->cmsg_len - CMSG_LEN(0);
    memcpy(descriptors, CMSG_DATA(header), length);
    return length / sizeof(int);
}
