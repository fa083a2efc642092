// What the system's error numbers mean, in words.
// Must not hide a number that it has no words for.

import Glibc

enum SystemReason {
    static func words(_ number: Int32) -> String {
        switch number {
        case ECONNREFUSED: "connection refused"
        case ENOENT: "no such file"
        case EACCES, EPERM: "permission denied"
        case ENOTDIR: "no such folder"
        case EHOSTUNREACH, ENETUNREACH: "no route"
        case ETIMEDOUT: "nothing answers there"
        case ENOTSOCK: "it is no socket"
        case EMFILE, ENFILE: "too many open files"
        case EAGAIN: "its queue is full"
        case ENOMEM, ENOBUFS: "out of memory"
        default: "error \(number)"
        }
    }
}
