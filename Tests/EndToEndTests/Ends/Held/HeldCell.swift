// One cell of the table of messages that are judged whole: how far such a message has come, and what happens then.
// Must not know how that is done; see HeldSession.

import Testing

/// How far a message has come that the rules want whole.
enum HeldPhase: String, Sendable, CaseIterable {
    /// Its header has come, and it is looked up what an earlier session said of it.
    case recalling
    /// Half of it has come and is in memory.
    case memory
    /// The same of one that is too large for memory.
    case file
    /// Half of it has come, and the client was sent a line that lets it wait.
    case waiting
    /// All of it is there, and a thread looks at it.
    case deciding
    /// A scanner looks at it.
    case scanning
    /// Its original is being written into the quarantine.
    case keeping
    /// It is on its way to a client that takes nothing for the moment.
    case releasing

    /// Whether the server still owes some of it.
    var isComing: Bool {
        switch self {
        case .memory, .file, .waiting: true
        case .recalling, .deciding, .scanning, .keeping, .releasing: false
        }
    }
}

/// What the client has asked for.
enum HeldCommand: String, Sendable, CaseIterable {
    case retr = "RETR 1"
    case top = "TOP 1 3"
    /// Judged before it is passed on.
    case dele = "DELE 1"
}

enum HeldEnd: Sendable, Hashable {
    case client(Peer)
    case upstream(Peer)

    enum Peer: String, Sendable, CaseIterable {
        case close
        /// The connection is closed without TLS's close_notify.
        case truncation
        /// Nothing more comes from this side, which goes on reading.
        case halfClosure
        case reset
        /// Until its time-out comes.
        case silence
        case garbage
        /// Very little is taken at a time.
        case drip
    }
}

struct HeldCell: Sendable, Hashable, CustomStringConvertible {
    let phase: HeldPhase
    let command: HeldCommand
    let end: HeldEnd
    /// Of both sides.
    var transport = Transport.none

    var description: String { "\(command.rawValue), \(phase), \(end), \(transport)" }

    /// All that make sense.
    static let all: [HeldCell] = Transport.allCases.flatMap { transport in
        HeldCommand.allCases.flatMap { command in
            HeldPhase.phases(of: command).flatMap { phase in
                HeldEnd.Peer.allCases.flatMap { [HeldEnd.client($0), .upstream($0)] }.map {
                    HeldCell(phase: phase, command: command, end: $0, transport: transport)
                }
            }
        }
    }.filter { $0.makesSense && ($0.transport == .none || $0.dependsOnTransport) }

    private var makesSense: Bool {
        switch end {
        case .client(.close), .client(.halfClosure), .client(.reset), .client(.garbage): true
        case .client(.truncation), .upstream(.truncation): transport != .none
        case .client(.drip): phase == .releasing
        // One that waits may be silent for longer than an idle client.
        case .client(.silence): phase == .releasing || phase == .waiting
        case .upstream(.close), .upstream(.halfClosure), .upstream(.reset): true
        // One that owes nothing may be silent, too.
        case .upstream(.silence): [.memory, .file, .scanning, .releasing].contains(phase)
        // As long as it owes something, whatever it sends is content.
        case .upstream(.garbage): !isComing
        case .upstream(.drip): false
        }
    }

    /// Whether it can be another one in TLS. What is said is the same there, and behind STLS all else is, too.
    private var dependsOnTransport: Bool {
        guard command == .retr, phase != .recalling else { return false }
        // However a server leaves that has nothing to do with it any more.
        if phase == .releasing, case .upstream(let end) = end, end != .close, end != .silence { return false }
        return switch end {
        case .client(.close), .upstream(.reset): true
        case .client(.truncation), .client(.halfClosure), .client(.reset), .client(.silence), .upstream(.close),
            .upstream(.truncation), .upstream(.halfClosure), .upstream(.silence):
            transport == .implicit
        case .client(.garbage), .client(.drip), .upstream(.garbage), .upstream(.drip): false
        }
    }

    /// Whether the server still owes some of it. While it is looked up what is known, only RETR has brought all of it.
    var isComing: Bool { phase.isComing || (phase == .recalling && command != .retr) }

    /// Whether it waits for a clock; many such cells can do that together.
    var isSlow: Bool { phase == .waiting || timeout != nil }

    /// The time-out that this is about.
    var timeout: Timeout? {
        switch end {
        case .client(.silence): phase == .releasing ? .stall : .idle
        case .upstream(.silence): .reply
        case .client, .upstream: nil
        }
    }
}

extension HeldPhase {
    /// Those in which a message can be that was asked for in this way.
    static func phases(of command: HeldCommand) -> [HeldPhase] {
        switch command {
        case .retr: allCases
        // As many lines as it asks for are on their way at once.
        case .top: allCases.filter { $0 != .releasing }
        // Nothing of it goes anywhere.
        case .dele: [.memory, .file, .deciding, .scanning]
        }
    }
}
