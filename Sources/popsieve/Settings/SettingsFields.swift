// The keys of "timeouts", "limits" and "holding": name, place, meaning. Reader, example and what is shown share this list.
// Must not hold defaults: those stand with the values.

import NIOCore
import POP3
import Relay

/// A key of `timeouts`.
struct TimeoutField {
    let key: String
    let path: WritableKeyPath<RelayConfiguration.Timeouts, TimeAmount>
    let meaning: String

    static var all: [TimeoutField] {
        [
            .init(key: "proxy-header", path: \.proxyHeader, meaning: "until a trusted proxy has said who connects"),
            .init(key: "login", path: \.login, meaning: "from a client's connection until it is logged in"),
            .init(key: "connect", path: \.connect, meaning: "until the upstream's connection stands"),
            .init(key: "greeting", path: \.greeting, meaning: "until the upstream has greeted, TLS included"),
            .init(key: "reply", path: \.reply, meaning: "how long the upstream may be silent while it owes a reply"),
            .init(key: "idle", path: \.idle, meaning: "how long a client may be silent (RFC 1939: at least 10m)"),
            .init(key: "stall", path: \.stall, meaning: "how long a client may leave its output unread"),
            .init(key: "rest", path: \.rest, meaning: "how long to read what no client gets"),
            .init(key: "login-delay", path: \.loginDelay, meaning: "what a login waits at most after failed ones"),
        ]
    }
}

/// A key of `limits` or `holding`.
struct LimitField {
    let key: String
    let path: WritableKeyPath<RelayLimits, Int>
    var unit = Unit.octets
    /// Below it nothing could work.
    let least: Int
    let meaning: String

    enum Unit {
        case octets
        case count

        /// What a value is called, an example, and how it is read.
        var reading: (what: String, example: String, parse: (String) -> Int?) {
            switch self {
            case .octets: ("a size", "65536, 64 KiB or 1 MiB", Quantity.size)
            case .count: ("a number from 0 to \(Quantity.highestCount)", "100", Quantity.count)
            }
        }

        func text(_ value: Int) -> String {
            switch self {
            case .octets where value > 0 && value % 1_073_741_824 == 0: "\(value / 1_073_741_824) GiB"
            case .octets where value % 1_048_576 == 0: "\(value / 1_048_576) MiB"
            case .octets where value % 1024 == 0: "\(value / 1024) KiB"
            case .octets, .count: "\(value)"
            }
        }
    }

    static var all: [LimitField] { relay + admission + commands + replies }

    /// Those of `holding`.
    static var holding: [LimitField] {
        [
            .init(key: "memory", path: \.holding.memory, least: 0, meaning: "of one message; beyond it a file"),
            .init(key: "message", path: \.holding.message, least: 1024, meaning: "of one message in all"),
            .init(key: "memory-in-all", path: \.holding.memoryInAll, least: 0, meaning: "of all messages"),
            .init(key: "files-in-all", path: \.holding.filesInAll, least: 1024, meaning: "of all messages"),
        ]
    }

    private static var relay: [LimitField] {
        [
            .init(
                key: "sessions",
                path: \.sessions,
                unit: .count,
                least: 1,
                meaning: "at once; default: fewer, if open files (2 or 3 each) are"
            ),
            .init(key: "header-block", path: \.headerBlock, least: 1024, meaning: "a header block held for rules"),
            .init(key: "client-backlog", path: \.clientBacklog, least: 4096, meaning: "waiting for a slow client"),
            .init(key: "upstream-backlog", path: \.upstreamBacklog, least: 4096, meaning: "waiting for the upstream"),
            .init(key: "rest", path: \.rest, least: 4096, meaning: "what no client gets, such as of a cut message"),
            .init(key: "least-rate", path: \.leastRate, least: 0, meaning: "octets a second; slower is standing still"),
        ]
    }

    private static var admission: [LimitField] {
        func count(_ key: String, _ path: WritableKeyPath<RelayLimits, Int>, _ meaning: String) -> LimitField {
            .init(key: key, path: path, unit: .count, least: 0, meaning: meaning)
        }
        return [
            count("sessions-per-address", \.sessionsPerAddress, "IPv6: per /64; 0: any number"),
            .init(
                key: "sessions-before-login",
                path: \.sessionsBeforeLogin,
                unit: .count,
                least: 1,
                meaning: "one more, and the oldest goes; half of all at most"
            ),
            count("logins-per-address", \.loginsPerAddress, "tries in a minute; 0: any number"),
            count("logins-per-user", \.loginsPerUser, "the same, for one user"),
            count("login-failures", \.loginFailures, "that nobody waits for; 0: nobody ever waits"),
        ]
    }

    private static var commands: [LimitField] {
        [
            .init(
                key: "pipelined-commands",
                path: \.protocolLimits.pipelinedCommands,
                unit: .count,
                least: 1,
                meaning: "commands sent ahead of their replies"
            ),
            .init(
                key: "bad-commands",
                path: \.protocolLimits.badCommands,
                unit: .count,
                least: 1,
                meaning: "commands in a row that nobody understands"
            ),
            .init(
                key: "commands",
                path: \.protocolLimits.commands,
                unit: .count,
                least: 1,
                meaning: "commands of one session"
            ),
            .init(
                key: "commands-before-login",
                path: \.protocolLimits.commandsBeforeLogin,
                unit: .count,
                least: 4,
                meaning: "of these, before it is logged in"
            ),
            .init(
                key: "logins-in-check",
                path: \.slowHashes,
                unit: .count,
                least: 1,
                meaning: "logins whose password waits to be checked here"
            ),
            .init(
                key: "failed-logins",
                path: \.protocolLimits.failedLogins,
                unit: .count,
                least: 1,
                meaning: "logins of one session that are refused"
            ),
            .init(
                key: "command-line",
                path: \.protocolLimits.commandLine,
                least: 255,
                meaning: "a command (RFC 2449: 255)"
            ),
            .init(
                key: "utf8-command-line",
                path: \.protocolLimits.utf8CommandLine,
                least: 255,
                meaning: "a command after UTF8 (RFC 6856)"
            ),
            .init(key: "sasl-line", path: \.protocolLimits.saslLine, least: 255, meaning: "a line of an AUTH exchange"),
        ]
    }

    private static var replies: [LimitField] {
        [
            .init(
                key: "greeting-line",
                path: \.protocolLimits.greetingLine,
                least: 512,
                meaning: "the upstream's greeting"
            ),
            .init(
                key: "reply-line",
                path: \.protocolLimits.replyLine,
                least: 512,
                meaning: "the first line of a reply"
            ),
            .init(key: "list", path: \.protocolLimits.list, least: 512, meaning: "the upstream's CAPA"),
            .init(
                key: "uidl-listing",
                path: \.protocolLimits.uidlListing,
                least: 1024,
                meaning: "remembered of UIDL for the audit log"
            ),
        ]
    }
}

extension TimeAmount {
    /// As it is written in a settings file.
    var setting: String {
        let milliseconds = nanoseconds / 1_000_000
        if milliseconds % 3_600_000 == 0 { return "\(milliseconds / 3_600_000)h" }
        if milliseconds % 60_000 == 0 { return "\(milliseconds / 60_000)m" }
        return milliseconds % 1000 == 0 ? "\(milliseconds / 1000)s" : "\(milliseconds)ms"
    }
}
