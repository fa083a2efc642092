// What is measured, and how octets travel while it is: the rows of the table.
// Must not know who is measured.

import ArgumentParser

/// How octets travel through a relay.
enum Path: String, CaseIterable, ExpressibleByArgument {
    case plain
    case tls
    case tlsToTLS = "tls-to-tls"

    var clientHasTLS: Bool { self != .plain }
    var upstreamHasTLS: Bool { self == .tlsToTLS }

    var title: String {
        switch self {
        case .plain: "plain"
        case .tls: "TLS to plain"
        case .tlsToTLS: "TLS to TLS"
        }
    }
}

/// What a load does, for one or more figures.
enum Cell: String, CaseIterable, ExpressibleByArgument {
    case logins
    case small = "4k"
    case pipelined = "4k-pipelined"
    case medium = "100k"
    case large = "10m"
    case noop
    case memory

    var title: String {
        switch self {
        case .logins: "logins"
        case .small: "RETR 4 KiB"
        case .pipelined: "RETR 4 KiB, pipelined"
        case .medium: "RETR 100 KiB"
        case .large: "RETR 10 MiB"
        case .noop: "NOOP"
        case .memory: "idle sessions"
        }
    }

    /// Each session logs in before and quits behind it.
    var work: Work {
        switch self {
        case .logins: .stat
        case .small: .fetch(Maildrop.small, ahead: 1)
        case .pipelined: .fetch(Maildrop.small, ahead: 20)
        case .medium: .fetch(Maildrop.medium, ahead: 1)
        case .large: .fetch(Maildrop.large, ahead: 1)
        case .noop: .noops
        case .memory: .hold
        }
    }

    /// Sessions at once.
    var sessions: Int {
        switch self {
        case .logins: 50
        case .small, .pipelined, .medium: 20
        case .large: 4
        case .noop: 1
        case .memory: 2_000
        }
    }
}

/// What a session does once it is logged in.
enum Work {
    case stat
    /// Gets each of these messages; so many commands are sent ahead of their replies.
    case fetch(ClosedRange<Int>, ahead: Int)
    /// As many as there is time for, one after the other.
    case noops
    /// Nothing, until it is told to quit.
    case hold
}
