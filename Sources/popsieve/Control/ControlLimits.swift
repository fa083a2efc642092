// The bounds of the control socket, each with its reason.
// Must not hold anything that is not a bound.

import NIOCore

enum ControlLimits {
    /// Octets of a request, with its line end: names are short.
    static let request = 4_096
    /// How long a request may take to come.
    static let requestTime = TimeAmount.seconds(10)
    /// How long whoever is refused may take to read why.
    static let refusal = TimeAmount.seconds(1)
    /// How long an answer may take to be made and read; compiling rules and reading lists takes a while.
    static let answerTime = TimeAmount.minutes(2)
    /// Connections at once; people and monitors are few.
    static let connections = 8
    /// Sessions that are written at once.
    static let sessionsAtOnce = 200
    /// How long whoever waits for the relay's end may take to read of it.
    static let farewell = Duration.seconds(1)
    /// How long sessions go on when another relay has taken the place of theirs: an upgrade is over some day.
    static let lastSessions = Duration.seconds(3_600)
    /// How long such a relay waits for room for its last audit lines, where the disk is full when its last session has ended.
    static let lastLines = Duration.seconds(60)
    /// How often it is looked whether sessions that drain are fewer.
    static let drainLook = Duration.milliseconds(100)
    /// How often they are told at least, so that nobody takes silence for the end.
    static let drainBeat = Duration.seconds(2)
    /// Octets of a line of an answer, which a client reads.
    static let answerLine = 1 << 20
    /// How long a client waits for the next line of what a relay does at once.
    static let silence = TimeAmount.seconds(20)
    /// The same for what takes it a while: its own limit is shorter.
    static let longSilence = TimeAmount.minutes(3)
    /// Octets of a path of a socket, with the octet that ends it (sockaddr_un).
    static let path = 107
    /// Open files that sessions leave to whoever steers: connections, the listening socket and its lock.
    static let descriptors = connections + 2
}
