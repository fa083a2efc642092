// Calls of the system that wait, fail or err when a test wants that: a disk that is slow, full or broken, a wrong clock.
// Must not be linked: it is loaded before a program (LD_PRELOAD) whose environment names a folder in POPSIEVE_FAULTS.

#define _GNU_SOURCE
#include "Counts.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/// A file of the folder: `PLACE.CALL.WHAT`.
static int exists(const char *place, const char *call, const char *what) {
    const char *folder = getenv("POPSIEVE_FAULTS");
    char path[512];
    if (folder == NULL) return 0;
    snprintf(path, sizeof path, "%s/%s.%s.%s", folder, place, call, what);
    return access(path, F_OK) == 0;
}

/// Says that a call waits.
static void tell(const char *place, const char *call) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s.%s.waiting", getenv("POPSIEVE_FAULTS"), place, call);
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (file >= 0) close(file);
}

/// What kind of file this is; NULL for those that nobody is to disturb.
static const char *place(int file) {
    char link[64], path[512];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return NULL;
    path[length] = 0;
    // A file without a name.
    if (strstr(path, "/#") != NULL && strstr(path, " (deleted)") != NULL) return "held";
    if (strstr(path, ".sqlite") != NULL) return "store";
    return strstr(path, "/quarantine/") != NULL ? "quarantine" : NULL;
}

/// The number of the error with which the call is to fail, or 0; returns when it needs to wait no more.
static int fault(int file, const char *call) {
    int number = errno;
    const char *where = place(file);
    int result = 0;
    if (where != NULL) {
        if (exists(where, call, "wait")) tell(where, call);
        while (exists(where, call, "wait")) usleep(5000);
        if (exists(where, call, "full")) result = ENOSPC;
        if (exists(where, call, "broken")) result = EIO;
    }
    errno = number;
    return result;
}

#define UNLESS_FAULTY(file, call, otherwise)     \
    int number = fault(file, call);              \
    if (number != 0) {                           \
        errno = number;                          \
        return otherwise;                        \
    }

int fsync(int file) {
    COUNT(fsync);
    UNLESS_FAULTY(file, "fsync", -1)
    return (int)syscall(SYS_fsync, file);
}

ssize_t write(int file, const void *octets, size_t count) {
    COUNT(write);
    UNLESS_FAULTY(file, "write", -1)
    return syscall(SYS_write, file, octets, count);
}

ssize_t pwrite64(int file, const void *octets, size_t count, off64_t offset) {
    COUNT(pwrite);
    UNLESS_FAULTY(file, "pwrite", -1)
    return syscall(SYS_pwrite64, file, octets, count, offset);
}

ssize_t pwrite(int file, const void *octets, size_t count, off_t offset) {
    return pwrite64(file, octets, count, offset);
}

ssize_t pread64(int file, void *octets, size_t count, off64_t offset) {
    COUNT(pread);
    UNLESS_FAULTY(file, "pread", -1)
    return syscall(SYS_pread64, file, octets, count, offset);
}

ssize_t pread(int file, void *octets, size_t count, off_t offset) {
    return pread64(file, octets, count, offset);
}

/// Locks of files; a lock is given back whatever befalls.
int fcntl64(int file, int command, ...) {
    COUNT(fcntl);
    va_list more;
    va_start(more, command);
    void *argument = va_arg(more, void *);
    va_end(more);
    if (command == F_SETLK && ((struct flock *)argument)->l_type != F_UNLCK) { UNLESS_FAULTY(file, "lock", -1) }
    return (int)syscall(SYS_fcntl, file, command, argument);
}

int fcntl(int file, int command, ...) {
    va_list more;
    va_start(more, command);
    void *argument = va_arg(more, void *);
    va_end(more);
    return fcntl64(file, command, argument);
}

void *mmap64(void *start, size_t count, int protection, int flags, int file, off64_t offset) {
    COUNT(mmap);
    if (file >= 0) { UNLESS_FAULTY(file, "mmap", MAP_FAILED) }
    return (void *)syscall(SYS_mmap, start, count, protection, flags, file, offset);
}

void *mmap(void *start, size_t count, int protection, int flags, int file, off_t offset) {
    return mmap64(start, count, protection, flags, file, offset);
}

/// Whether the second of the relay's loops is to hang. Looked up by calls that nobody counts.
static int hangs(void) {
    const char *folder = getenv("POPSIEVE_FAULTS");
    char path[512], name[16] = "";
    if (folder == NULL || pthread_getname_np(pthread_self(), name, sizeof name) != 0) return 0;
    if (strcmp(name, "loop-1") != 0) return 0;
    snprintf(path, sizeof path, "%s/loop.turn.wait", folder);
    return syscall(SYS_access, path, F_OK) == 0;
}

int epoll_wait(int poll, struct epoll_event *events, int most, int patience) {
    COUNT(epoll_wait);
    if (hangs()) tell("loop", "turn");
    while (hangs()) usleep(5000);
    return (int)syscall(SYS_epoll_pwait, poll, events, most, patience, NULL, 8);
}

/// By how many seconds the clock on the wall is ahead, as the file `clock` of the folder says.
static long long clock_error(void) {
    const char *folder = getenv("POPSIEVE_FAULTS");
    char path[512], text[32];
    if (folder == NULL) return 0;
    int number = errno;
    snprintf(path, sizeof path, "%s/clock", folder);
    int file = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
    ssize_t length = file < 0 ? 0 : syscall(SYS_read, file, text, sizeof text - 1);
    if (file >= 0) syscall(SYS_close, file);
    errno = number;
    if (length <= 0) return 0;
    text[length] = 0;
    return atoll(text);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int result = (int)syscall(SYS_clock_gettime, clock, now);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += clock_error();
    return result;
}

int gettimeofday(struct timeval *now, void *zone) {
    int result = (int)syscall(SYS_gettimeofday, now, zone);
    if (result == 0) now->tv_sec += clock_error();
    return result;
}

time_t time(time_t *place) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (place != NULL) *place = now.tv_sec;
    return now.tv_sec;
}
