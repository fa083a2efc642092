// What befalls the system's calls of a thread, as a test wants it.
// Must not be linked into anything but tests: it takes the place of the C library's calls in the whole program.
#pragma once
#include <stdbool.h>

/// A call that can be disturbed.
enum faults_call {
    call_accept,
    call_bind,
    call_close,
    call_connect,
    /// Of a descriptor that is to be watched.
    call_epoll_add,
    call_epoll_create,
    call_epoll_wait,
    call_eventfd,
    /// What became of a connection attempt: the error is its value (SO_ERROR).
    call_getsockopt,
    /// Of what the peer has not acknowledged (SIOCOUTQ).
    call_ioctl,
    call_listen,
    call_pthread_create,
    /// Of an eventfd; what others read is not disturbed.
    call_read,
    call_recv,
    call_send,
    call_setsockopt,
    call_socket,
    /// What the kernel knows of a connection (TCP_INFO).
    call_tcp_info,
    call_writev,
    calls
};

/// From now on this thread's sockets are counted. Nothing befalls its calls yet, and nothing more that was wanted before.
void faults_begin(void);

/// Nothing befalls this thread any more, and nothing is counted.
void faults_end(void);

/// Lets `skip` calls through, then lets `times` calls fail. EAGAIN of what sends or receives is followed by an event.
void faults_fail(enum faults_call call, int error, int skip, int times);

/// The same, where the call does its work before it says that it was interrupted or broken.
void faults_fail_behind(enum faults_call call, int error, int skip, int times);

/// No call of recv, or of send and writev, goes across the position `at` of its connection (-1: there is none) or takes
/// more than `piece` octets (0: as many as there are).
///
/// What is left of received octets is told by an event. Senders have to go on by themselves or, where the kernel `waits`,
/// with an event behind each piece.
void faults_cut(enum faults_call call, long at, long piece, bool waits);

/// Lets what sends fail once it has sent `at` octets of its connection.
void faults_fail_at(long at, int error);

/// How many calls have been disturbed since `faults_begin`, cuts among them.
int faults_happened(void);

/// Octets that this thread has received, or sent, since `faults_begin`.
long faults_moved(enum faults_call call);

/// Sockets that this thread has opened since `faults_begin` and that are open.
int faults_left_open(void);

/// Calls of this thread since `faults_begin` with a descriptor that is not its own: closed twice, or used behind its end.
int faults_strange(void);
