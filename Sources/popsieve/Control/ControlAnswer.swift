// What a running relay answers: JSON objects, one a line, each with its kind as "answer".
// Must not hold more than what is told.

import Foundation
import NIOCore
import Relay

/// A line of an answer.
enum ControlAnswer: Equatable, Sendable {
    case status(RelayStatus)
    case session(SessionLine)
    /// The last line behind so many sessions.
    case sessions(Int)
    /// This session was ended.
    case ended(SessionLine)
    /// Something that a reload has changed.
    case change(String)
    /// What is wrong with settings, certificates or rules, or only odd.
    case finding(FindingLine)
    /// Everything is in force; with so many rule files.
    case reloaded(rules: Int)
    /// Everything stays as it was.
    case rejected
    /// So many listening sockets are another relay's now, too.
    case handedOver(sockets: Int)
    /// Sessions that go on before the relay ends.
    case draining(sessions: Int)
    /// The last that it says.
    case stopped(StoppedLine)
    case error(ControlFault)
}

/// A relay, at one moment.
struct RelayStatus: Codable, Equatable, Sendable {
    struct Scanner: Codable, Equatable, Sendable {
        var name: String
        var up: Bool
    }

    var v = ControlRequest.version
    var version: String
    var process: Int
    /// `serving` or `draining`.
    var state: String
    var seconds: Double
    var listeners: [String]
    /// Rule files in force.
    var rules: Int
    var sessions: Int
    var sessionsAllowed: Int
    var sessionsServed: Int
    var logins: Int
    var messages: Int
    var octetsOut: Int
    var scanners: [Scanner]
    /// `open`, `failed` or `none`.
    var store: String
    /// `written`, or `waiting` while lines can't be.
    var audit: String
    /// Where they are served.
    var metrics: String?
    /// Seconds from 1970 on: when what is in force was read.
    var loaded: Int64?
    /// Of all that was read then.
    var digest: String?
    /// The last reload has changed nothing, because something is wrong.
    var reloadFailed: Bool?

    enum CodingKeys: String, CodingKey {
        case v, version, process, state, seconds, listeners, rules, sessions, logins, messages, scanners, store, audit
        case metrics, loaded, digest
        case reloadFailed = "reload_failed"
        case sessionsAllowed = "sessions_allowed"
        case sessionsServed = "sessions_served"
        case octetsOut = "octets_out"
    }
}

/// A session, at one moment.
struct SessionLine: Codable, Equatable, Sendable {
    var session: String
    var phase: String
    /// As the client has named it: any text.
    var user: String?
    var client: String
    var listener: String
    var upstream: String?
    var octetsIn: Int
    var octetsOut: Int
    var seconds: Double

    enum CodingKeys: String, CodingKey {
        case session, phase, user, client, listener, upstream, seconds
        case octetsIn = "octets_in"
        case octetsOut = "octets_out"
    }
}

extension SessionLine {
    init(_ summary: SessionSummary) {
        self.init(
            session: summary.id,
            phase: summary.phase.rawValue,
            user: summary.user.map { String(decoding: $0, as: UTF8.self) },
            client: summary.client,
            listener: summary.listener,
            upstream: summary.upstream,
            octetsIn: summary.octetsIn,
            octetsOut: summary.octetsOut,
            seconds: Double(summary.age.nanoseconds / 1_000_000) / 1_000
        )
    }
}

/// How a relay has ended.
struct StoppedLine: Codable, Equatable, Sendable {
    /// Since its start.
    var served: Int
    /// Sessions that had to be cut off.
    var cut: Int
    /// Audit lines that could not be written.
    var lost: Int
}

/// A finding, with a file that is found from anywhere.
struct FindingLine: Codable, Equatable, Sendable {
    var file: String
    var line: Int?
    var column: Int?
    var isWhole: Bool
    var severity: String
    var message: String
    var fix: String?
    /// Where the relay runs: what its relative paths are relative to.
    var folder: String
}

extension FindingLine {
    init(_ finding: Finding, folder: String) {
        self.init(
            file: finding.place.file,
            line: finding.place.line,
            column: finding.place.column,
            isWhole: finding.place.isWhole,
            severity: finding.severity.rawValue,
            message: finding.message,
            fix: finding.fix,
            folder: folder
        )
    }

    /// As it is told here, in a folder of the teller's own.
    func finding(in here: String) -> Finding {
        let isElsewhere = line != nil && !file.hasPrefix("/") && folder != here
        var place = Place(file: isElsewhere ? "\(folder)/\(file)" : file, line: line, column: column)
        place.isWhole = isWhole
        return Finding(place, severity == Finding.Severity.error.rawValue ? .error : .warning, message, fix)
    }
}
