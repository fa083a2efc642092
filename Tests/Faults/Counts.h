// Counts of calls, for whoever looks into the file `counts` of the folder in POPSIEVE_FAULTS while a program runs.
// Must not be told to other files than those beside it.
#pragma once

/// Calls of the system by the name that the C library gives them, and allocations. Not among them is what the library calls
/// by itself: futexes of locks that wait, memory for the heap, files behind `FILE`, sockets of a look-up; nor what costs no
/// call, such as the time.
#define EVERY_CALL(DO)                                                                                                 \
    DO(accept4) DO(access) DO(bind) DO(clock_nanosleep) DO(close) DO(connect) DO(epoll_ctl) DO(epoll_wait)             \
    DO(eventfd) DO(fcntl) DO(fdatasync) DO(fstat) DO(fsync) DO(ftruncate) DO(getpeername) DO(getrandom)                \
    DO(getsockname) DO(getsockopt) DO(ioctl) DO(listen) DO(lseek) DO(madvise) DO(mmap) DO(mprotect) DO(munmap)         \
    DO(nanosleep) DO(open) DO(openat) DO(poll) DO(pread) DO(pthread_create) DO(pwrite) DO(read) DO(readv) DO(recv)     \
    DO(recvfrom) DO(recvmsg) DO(rename) DO(sched_yield) DO(send) DO(sendmsg) DO(sendto) DO(setsockopt) DO(shutdown)    \
    DO(socket) DO(stat) DO(unlink) DO(write) DO(writev)                                                    \
    DO(malloc) DO(calloc) DO(realloc) DO(posix_memalign) DO(aligned_alloc)

#define NUMBER(name) count_##name,
enum counted { EVERY_CALL(NUMBER) count_all };
#undef NUMBER

void count_call(enum counted call);

#define COUNT(name) count_call(count_##name)
