// What the system's error numbers mean when a connection can't be had, in words.
// Must not hide a number that it has no words for.

import Glibc

enum SystemWords {
    static func text(_ number: Int32) -> String {
        switch number {
        case ECONNREFUSED: "connection refused"
        case ECONNRESET: "the connection was reset"
        case EPIPE: "the connection was closed"
        case ENETUNREACH, EHOSTUNREACH: "no route there"
        case ETIMEDOUT: "nothing answers there"
        case EACCES, EPERM: "permission denied"
        case EMFILE, ENFILE: "too many open files"
        default: "error \(number)"
        }
    }
}
