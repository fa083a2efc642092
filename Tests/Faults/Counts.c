// How often a program makes each call, for tests that must not depend on how fast a machine is.
// Must not change what a call does. Calls that can also be disturbed are counted where they are: in Faults.c.

#define _GNU_SOURCE
#include "Counts.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/// The file is an array of these.
struct slot {
    char name[24];
    uint64_t count;
};

/// NULL where nobody wants to know.
static struct slot *slots;

void count_call(enum counted call) {
    if (slots != NULL) __atomic_fetch_add(&slots[call].count, 1, __ATOMIC_RELAXED);
}

/// The file is made by whoever wants to know, with as many zeros as there is to be room for.
__attribute__((constructor)) static void begin(void) {
    const char *folder = getenv("POPSIEVE_FAULTS");
    char path[512];
    if (folder == NULL) return;
    snprintf(path, sizeof path, "%s/counts", folder);
    int file = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
    if (file < 0) return;
    long size = count_all * sizeof(struct slot);
    void *area = MAP_FAILED;
    if (syscall(SYS_lseek, file, 0L, SEEK_END) >= size) {
        area = (void *)syscall(SYS_mmap, NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0L);
    }
    syscall(SYS_close, file);
    if (area == MAP_FAILED) return;
    struct slot *mapped = area;
#define NAME(call) strncpy(mapped[count_##call].name, #call, sizeof mapped->name - 1);
    EVERY_CALL(NAME)
    slots = mapped;
}

// MARK: Allocations

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

void *malloc(size_t size) {
    COUNT(malloc);
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    COUNT(calloc);
    return __libc_calloc(count, size);
}

void *realloc(void *area, size_t size) {
    COUNT(realloc);
    return __libc_realloc(area, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    COUNT(aligned_alloc);
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **area, size_t alignment, size_t size) {
    COUNT(posix_memalign);
    int before = errno;
    void *made = __libc_memalign(alignment, size);
    errno = before;
    if (made == NULL) return ENOMEM;
    *area = made;
    return 0;
}

// MARK: Calls of the system

#define COUNTED_AS(as, result, name, parameters, arguments)                                                            \
    result name parameters {                                                                                           \
        static __typeof__(name) *real;                                                                                 \
        COUNT(as);                                                                                                     \
        if (real == NULL) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name);                                          \
        return real arguments;                                                                                         \
    }
#define COUNTED(result, name, parameters, arguments) COUNTED_AS(name, result, name, parameters, arguments)

COUNTED(int, accept4, (int s, __SOCKADDR_ARG a, socklen_t *restrict l, int f), (s, a, l, f))
COUNTED(int, access, (const char *p, int m), (p, m))
COUNTED(int, bind, (int s, __CONST_SOCKADDR_ARG a, socklen_t l), (s, a, l))
COUNTED(int, clock_nanosleep, (clockid_t c, int f, const struct timespec *t, struct timespec *r), (c, f, t, r))
COUNTED(int, close, (int f), (f))
COUNTED(int, connect, (int s, __CONST_SOCKADDR_ARG a, socklen_t l), (s, a, l))
COUNTED(int, epoll_ctl, (int p, int o, int f, struct epoll_event *e), (p, o, f, e))
COUNTED(int, eventfd, (unsigned int n, int f), (n, f))
COUNTED(int, fdatasync, (int f), (f))
COUNTED(int, fstat, (int f, struct stat *s), (f, s))
COUNTED_AS(fstat, int, fstat64, (int f, struct stat64 *s), (f, s))
COUNTED(int, ftruncate, (int f, off_t n), (f, n))
COUNTED_AS(ftruncate, int, ftruncate64, (int f, off64_t n), (f, n))
COUNTED(int, getpeername, (int s, __SOCKADDR_ARG a, socklen_t *restrict l), (s, a, l))
COUNTED(ssize_t, getrandom, (void *a, size_t n, unsigned int f), (a, n, f))
COUNTED(int, getsockname, (int s, __SOCKADDR_ARG a, socklen_t *restrict l), (s, a, l))
COUNTED(int, getsockopt, (int s, int v, int n, void *restrict a, socklen_t *restrict l), (s, v, n, a, l))
COUNTED(int, listen, (int s, int n), (s, n))
COUNTED(off_t, lseek, (int f, off_t n, int w), (f, n, w))
COUNTED_AS(lseek, off64_t, lseek64, (int f, off64_t n, int w), (f, n, w))
COUNTED(int, madvise, (void *a, size_t n, int w), (a, n, w))
COUNTED(int, mprotect, (void *a, size_t n, int w), (a, n, w))
COUNTED(int, munmap, (void *a, size_t n), (a, n))
COUNTED(int, nanosleep, (const struct timespec *t, struct timespec *r), (t, r))
COUNTED(int, poll, (struct pollfd *p, nfds_t n, int t), (p, n, t))
COUNTED(int, pthread_create, (pthread_t *restrict t, const pthread_attr_t *restrict a, void *(*b)(void *), void *restrict g), (t, a, b, g))
COUNTED(ssize_t, read, (int f, void *a, size_t n), (f, a, n))
COUNTED(ssize_t, readv, (int f, const struct iovec *v, int n), (f, v, n))
COUNTED(ssize_t, recv, (int s, void *a, size_t n, int f), (s, a, n, f))
COUNTED(ssize_t, recvfrom, (int s, void *restrict a, size_t n, int f, __SOCKADDR_ARG d, socklen_t *restrict l), (s, a, n, f, d, l))
COUNTED(ssize_t, recvmsg, (int s, struct msghdr *m, int f), (s, m, f))
COUNTED(int, rename, (const char *a, const char *b), (a, b))
COUNTED(int, sched_yield, (void), ())
COUNTED(ssize_t, send, (int s, const void *a, size_t n, int f), (s, a, n, f))
COUNTED(ssize_t, sendmsg, (int s, const struct msghdr *m, int f), (s, m, f))
COUNTED(ssize_t, sendto, (int s, const void *a, size_t n, int f, __CONST_SOCKADDR_ARG d, socklen_t l), (s, a, n, f, d, l))
COUNTED(int, setsockopt, (int s, int v, int n, const void *a, socklen_t l), (s, v, n, a, l))
COUNTED(int, shutdown, (int s, int h), (s, h))
COUNTED(int, socket, (int f, int t, int p), (f, t, p))
COUNTED(int, stat, (const char *restrict p, struct stat *restrict s), (p, s))
COUNTED_AS(stat, int, stat64, (const char *restrict p, struct stat64 *restrict s), (p, s))
COUNTED_AS(stat, int, lstat, (const char *restrict p, struct stat *restrict s), (p, s))
COUNTED_AS(stat, int, lstat64, (const char *restrict p, struct stat64 *restrict s), (p, s))
COUNTED(int, unlink, (const char *p), (p))
COUNTED(ssize_t, writev, (int f, const struct iovec *v, int n), (f, v, n))

/// What follows the last parameter with a name, which is read only where there is one.
#define WITH_MORE(last, more)                                                                                          \
    va_list list;                                                                                                      \
    va_start(list, last);                                                                                              \
    long more = va_arg(list, long);                                                                                    \
    va_end(list)

int open(const char *path, int flags, ...) {
    COUNT(open);
    WITH_MORE(flags, mode);
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    COUNT(open);
    WITH_MORE(flags, mode);
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...) {
    COUNT(openat);
    WITH_MORE(flags, mode);
    return (int)syscall(SYS_openat, folder, path, flags, mode);
}

int ioctl(int file, unsigned long request, ...) {
    COUNT(ioctl);
    WITH_MORE(request, argument);
    return (int)syscall(SYS_ioctl, file, request, argument);
}
