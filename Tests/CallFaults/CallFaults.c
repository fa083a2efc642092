// Calls of the system that fail, are cut short or come late in a thread whose test wants that; for all others they are what
// they were. Must not know who calls: a call comes to what the kernel could have come to, with the events that it would send.

#define _GNU_SOURCE
#include "CallFaults.h"

#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { most_descriptors = 4096, most_owed = 32, most_pieces = 64 };

struct fault {
    int error, skip, times;
    bool behind;
};

struct cut {
    long at, piece;
    bool waits;
};

/// Of one thread whose test wants something.
struct wanted {
    int happened, strange;
    long all_received, all_sent;
    struct fault faults[calls];
    struct cut receiving, sending;
    long breaks_at;
    int breaks_with;
    bool open[most_descriptors];
    long received[most_descriptors], sent[most_descriptors];
    /// The next send to it has to wait.
    bool is_full[most_descriptors];
    /// Events that are to be told with the next wait.
    struct { int descriptor; uint32_t bits; } owed[most_owed];
    int owed_count;
};

static __thread struct wanted *mine;

/// What descriptors are watched with, of all threads.
static uint64_t watched[most_descriptors];

/// Who has opened a descriptor, of the threads whose tests want something.
static struct wanted *owners[most_descriptors];

/// The call that a program without this has, which is a sanitizer's where there is one.
#define REAL(name)                                                                        \
    extern __typeof__(name) __interceptor_##name __attribute__((weak));                   \
    static __typeof__(name) *real;                                                        \
    if (real == NULL) real = __interceptor_##name;                                        \
    if (real == NULL) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

// MARK: What tests want

void faults_begin(void) {
    free(mine);
    mine = calloc(1, sizeof *mine);
    mine->receiving.at = mine->sending.at = mine->breaks_at = -1;
}

void faults_end(void) {
    free(mine);
    mine = NULL;
}

void faults_fail(enum faults_call call, int error, int skip, int times) {
    mine->faults[call] = (struct fault){error, skip, times, false};
}

void faults_fail_behind(enum faults_call call, int error, int skip, int times) {
    mine->faults[call] = (struct fault){error, skip, times, true};
}

void faults_cut(enum faults_call call, long at, long piece, bool waits) {
    *(call == call_recv ? &mine->receiving : &mine->sending) = (struct cut){at, piece, waits};
}

void faults_fail_at(long at, int error) { mine->breaks_at = at, mine->breaks_with = error; }

int faults_happened(void) { return mine->happened; }

long faults_moved(enum faults_call call) { return call == call_recv ? mine->all_received : mine->all_sent; }

int faults_left_open(void) {
    int count = 0;
    for (int descriptor = 0; descriptor < most_descriptors; descriptor++) count += mine->open[descriptor];
    return count;
}

int faults_strange(void) { return mine->strange; }

// MARK: What befalls a call

/// The number of the error with which a call is to fail, or 0.
static int befalls(enum faults_call call) {
    if (mine == NULL) return 0;
    struct fault *fault = &mine->faults[call];
    if (fault->times == 0) return 0;
    if (fault->skip > 0) return fault->skip--, 0;
    fault->times--;
    mine->happened++;
    return fault->error;
}

#define UNLESS_IT_FAILS(call)                                                             \
    int error = befalls(call);                                                            \
    if (error != 0 && !mine->faults[call].behind) return errno = error, -1

/// What the caller is told of a call that has done its work.
#define TELL(result)                                                                      \
    if (error != 0) return errno = error, -1;                                             \
    return result

static bool is_known(int descriptor) { return descriptor >= 0 && descriptor < most_descriptors; }

static void owe(int descriptor, uint32_t bits) {
    for (int index = 0; index < mine->owed_count; index++) {
        if (mine->owed[index].descriptor == descriptor) {
            mine->owed[index].bits |= bits;
            return;
        }
    }
    if (mine->owed_count == most_owed) return;
    mine->owed[mine->owed_count].descriptor = descriptor;
    mine->owed[mine->owed_count++].bits = bits;
}

static int opened(int descriptor) {
    if (mine != NULL && is_known(descriptor)) {
        mine->open[descriptor] = true;
        __atomic_store_n(&owners[descriptor], mine, __ATOMIC_RELAXED);
        mine->received[descriptor] = mine->sent[descriptor] = 0;
        mine->is_full[descriptor] = false;
    }
    return descriptor;
}

/// Of one that is closed.
static void forget(int descriptor) {
    struct wanted *owner = __atomic_exchange_n(&owners[descriptor], NULL, __ATOMIC_RELAXED);
    if (owner != NULL && owner != mine) mine->strange++;
    mine->open[descriptor] = false;
    for (int index = 0; index < mine->owed_count; index++) {
        if (mine->owed[index].descriptor == descriptor) mine->owed[index] = mine->owed[--mine->owed_count];
    }
}

// MARK: Sockets and their ends

int socket(int family, int type, int protocol) {
    REAL(socket);
    UNLESS_IT_FAILS(call_socket);
    return opened(real(family, type, protocol));
}

int accept4(int listener, __SOCKADDR_ARG address, socklen_t *restrict length, int flags) {
    REAL(accept4);
    UNLESS_IT_FAILS(call_accept);
    return opened(real(listener, address, length, flags));
}

int close(int descriptor) {
    REAL(close);
    // Linux closes what it is given, whatever it says then.
    int error = befalls(call_close);
    if (mine != NULL && is_known(descriptor)) forget(descriptor);
    int result = real(descriptor);
    if (mine != NULL && result != 0 && errno == EBADF) mine->strange++;
    TELL(result);
}

int connect(int descriptor, __CONST_SOCKADDR_ARG address, socklen_t length) {
    REAL(connect);
    UNLESS_IT_FAILS(call_connect);
    int result = real(descriptor, address, length);
    TELL(result);
}

int bind(int descriptor, __CONST_SOCKADDR_ARG address, socklen_t length) {
    REAL(bind);
    UNLESS_IT_FAILS(call_bind);
    return real(descriptor, address, length);
}

int listen(int descriptor, int backlog) {
    REAL(listen);
    UNLESS_IT_FAILS(call_listen);
    return real(descriptor, backlog);
}

int setsockopt(int descriptor, int level, int name, const void *value, socklen_t length) {
    REAL(setsockopt);
    UNLESS_IT_FAILS(call_setsockopt);
    return real(descriptor, level, name, value, length);
}

int getsockopt(int descriptor, int level, int name, void *restrict value, socklen_t *restrict length) {
    REAL(getsockopt);
    if (level == IPPROTO_TCP && name == TCP_INFO) { UNLESS_IT_FAILS(call_tcp_info); }
    int result = real(descriptor, level, name, value, length);
    if (result != 0 || level != SOL_SOCKET || name != SO_ERROR) return result;
    int error = befalls(call_getsockopt);
    if (error != 0) *(int *)value = error;
    return result;
}

int ioctl(int descriptor, unsigned long request, ...) {
    REAL(ioctl);
    va_list more;
    va_start(more, request);
    void *argument = va_arg(more, void *);
    va_end(more);
    if (request == TIOCOUTQ) { UNLESS_IT_FAILS(call_ioctl); }
    return real(descriptor, request, argument);
}

// MARK: Octets

/// How many octets a call may move: fewer than it wants where a cut lies between.
static size_t allowed(const struct cut *cut, long moved, size_t wanted) {
    size_t count = wanted;
    if (cut->piece > 0 && count > (size_t)cut->piece) count = (size_t)cut->piece;
    if (cut->at > moved && count > (size_t)(cut->at - moved)) count = (size_t)(cut->at - moved);
    return count;
}

ssize_t recv(int descriptor, void *octets, size_t wanted, int flags) {
    REAL(recv);
    if (mine == NULL || !is_known(descriptor)) return real(descriptor, octets, wanted, flags);
    if (!mine->open[descriptor]) mine->strange++;
    int error = befalls(call_recv);
    if (error == EAGAIN) owe(descriptor, EPOLLIN);
    if (error != 0) return errno = error, -1;
    size_t count = allowed(&mine->receiving, mine->received[descriptor], wanted);
    ssize_t result = real(descriptor, octets, count, flags);
    if (result <= 0) return result;
    mine->received[descriptor] += result;
    mine->all_received += result;
    if (count < wanted && (size_t)result == count) {
        mine->happened++;
        owe(descriptor, EPOLLIN);
    }
    return result;
}

/// Whether a sender can't get rid of anything now; its number is in `errno` then.
static bool is_refused(enum faults_call call, int descriptor) {
    if (!mine->open[descriptor]) mine->strange++;
    int error = befalls(call);
    if (error == 0 && mine->is_full[descriptor]) error = EAGAIN;
    if (error == 0 && mine->breaks_at >= 0 && mine->sent[descriptor] >= mine->breaks_at) {
        mine->happened++;
        error = mine->breaks_with;
    }
    mine->is_full[descriptor] = false;
    if (error == EAGAIN) owe(descriptor, EPOLLOUT);
    errno = error;
    return error != 0;
}

/// How many octets a sender gets rid of.
static size_t room(int descriptor, size_t wanted) {
    struct cut cut = mine->sending;
    size_t count = allowed(&cut, mine->sent[descriptor], wanted);
    if (mine->breaks_at >= 0) {
        cut.at = mine->breaks_at;
        count = allowed(&cut, mine->sent[descriptor], count);
    }
    return count;
}

/// Keeps the books of what was sent.
static ssize_t sent(int descriptor, size_t wanted, size_t count, ssize_t result) {
    if (result < 0) return result;
    mine->sent[descriptor] += result;
    mine->all_sent += result;
    if (count < wanted && (size_t)result == count) {
        mine->happened++;
        mine->is_full[descriptor] = mine->sending.waits;
    }
    return result;
}

ssize_t send(int descriptor, const void *octets, size_t wanted, int flags) {
    REAL(send);
    if (mine == NULL || !is_known(descriptor)) return real(descriptor, octets, wanted, flags);
    if (is_refused(call_send, descriptor)) return -1;
    size_t count = room(descriptor, wanted);
    return sent(descriptor, wanted, count, real(descriptor, octets, count, flags));
}

ssize_t writev(int descriptor, const struct iovec *vectors, int count) {
    REAL(writev);
    if (mine == NULL || !is_known(descriptor)) return real(descriptor, vectors, count);
    if (is_refused(call_writev, descriptor)) return -1;
    struct iovec pieces[most_pieces];
    size_t wanted = 0;
    for (int index = 0; index < count; index++) wanted += vectors[index].iov_len;
    size_t allowed = room(descriptor, wanted), left = allowed;
    int used = 0;
    for (; used < count && used < most_pieces && left > 0; used++) {
        pieces[used] = vectors[used];
        if (pieces[used].iov_len > left) pieces[used].iov_len = left;
        left -= pieces[used].iov_len;
    }
    return sent(descriptor, wanted, allowed, real(descriptor, pieces, used));
}

// MARK: Events

int epoll_create1(int flags) {
    REAL(epoll_create1);
    UNLESS_IT_FAILS(call_epoll_create);
    return opened(real(flags));
}

int eventfd(unsigned int count, int flags) {
    REAL(eventfd);
    UNLESS_IT_FAILS(call_eventfd);
    return opened(real(count, flags));
}

ssize_t read(int descriptor, void *octets, size_t count) {
    REAL(read);
    if (count == 8) { UNLESS_IT_FAILS(call_read); }
    return real(descriptor, octets, count);
}

int epoll_ctl(int poll, int operation, int descriptor, struct epoll_event *event) {
    REAL(epoll_ctl);
    if (operation == EPOLL_CTL_ADD) {
        UNLESS_IT_FAILS(call_epoll_add);
        if (is_known(descriptor)) __atomic_store_n(&watched[descriptor], event->data.u64, __ATOMIC_RELAXED);
    }
    return real(poll, operation, descriptor, event);
}

int epoll_wait(int poll, struct epoll_event *events, int most, int milliseconds) {
    REAL(epoll_wait);
    if (mine == NULL) return real(poll, events, most, milliseconds);
    UNLESS_IT_FAILS(call_epoll_wait);
    int count = real(poll, events, most, mine->owed_count > 0 ? 0 : milliseconds);
    if (count < 0) return count;
    for (int index = 0; index < mine->owed_count; index++) {
        uint64_t data = __atomic_load_n(&watched[mine->owed[index].descriptor], __ATOMIC_RELAXED);
        int found = 0;
        while (found < count && events[found].data.u64 != data) found++;
        if (found == most) continue;
        if (found == count) events[count++] = (struct epoll_event){0, {.u64 = data}};
        events[found].events |= mine->owed[index].bits;
    }
    mine->owed_count = 0;
    return count;
}

int pthread_create(
    pthread_t *restrict thread,
    const pthread_attr_t *restrict attributes,
    void *(*body)(void *),
    void *restrict argument
) {
    REAL(pthread_create);
    // It gives its error back.
    int error = befalls(call_pthread_create);
    return error != 0 ? error : real(thread, attributes, body, argument);
}
