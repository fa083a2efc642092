// The keys of "timeouts" and "limits": name, place, meaning. Reader, example and documentation share this list.
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
            .init(key: "login", path: \.login, meaning: "from a client's connection until it is logged in"),
            .init(key: "connect", path: \.connect, meaning: "until the upstream's connection stands"),
            .init(key: "greeting", path: \.greeting, meaning: "until the upstream has greeted, TLS included"),
            .init(key: "reply", path: \.reply, meaning: "how long the upstream may be silent while it owes a reply"),
            .init(key: "idle", path: \.idle, meaning: "how long a client may be silent (RFC 1939: at least 10m)"),
            .init(key: "stall", path: \.stall, meaning: "how long a client may take nothing of what waits for it"),
        ]
    }
}

/// A key of `limits`.
struct LimitField {
    let key: String
    let path: WritableKeyPath<RelayLimits, Int>
    let meaning: String

    static var all: [LimitField] {
        [
            .init(key: "sessions", path: \.sessions, meaning: "sessions at once"),
            .init(key: "header-block", path: \.headerBlock, meaning: "a message's header block, held back for rules"),
            .init(key: "client-backlog", path: \.clientBacklog, meaning: "what waits for a slow client"),
            .init(key: "upstream-backlog", path: \.upstreamBacklog, meaning: "what waits for a slow upstream"),
            .init(key: "command-line", path: \.protocolLimits.commandLine, meaning: "a command line (RFC 2449)"),
            .init(key: "sasl-line", path: \.protocolLimits.saslLine, meaning: "a line of an AUTH exchange"),
            .init(key: "pipelined-commands", path: \.protocolLimits.pipelinedCommands, meaning: "commands sent ahead"),
            .init(key: "bad-commands", path: \.protocolLimits.badCommands, meaning: "bad commands in a row"),
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
