// What a running relay can be asked: one JSON object, in one line, on a connection of its own.
// Must not do it.

import Audit
import Foundation

/// A request.
enum ControlRequest: Equatable, Sendable {
    case status
    case sessions
    /// - by: whom the audit log names
    case end(session: String, by: String)
    case reload
    /// - now: sessions are cut off
    /// - givesWay: another relay has its listening sockets, so that sessions may go on to their own end
    case stop(now: Bool, givesWay: Bool = false)
    /// Another relay wants the listening sockets, too.
    ///
    /// - to: the path at which it waits for them
    case handOver(to: String)

    /// Of the requests and answers in this folder.
    static let version = 1
}

/// Why a request can't be carried out, in words for whoever sent it.
struct ControlFault: Error, Equatable, Codable {
    var message: String
    var fix: String
}

extension ControlRequest {
    /// As it goes over the socket.
    private struct Line: Codable {
        var v: Int
        var request: String
        var session: String?
        var now: Bool?
        var by: String?
        var givesWay: Bool?
        var to: String?

        enum CodingKeys: String, CodingKey {
            case v, request, session, now, by, to
            case givesWay = "gives_way"
        }
    }

    private static let names = ["status", "sessions", "end", "reload", "stop", "hand-over"]

    init(line: [UInt8]) throws(ControlFault) {
        guard let line = try? JSONDecoder().decode(Line.self, from: Data(line)) else {
            throw ControlFault(
                message: "this is no request",
                fix: "send one line such as {\"v\":\(Self.version),\"request\":\"status\"}"
            )
        }
        guard line.v == Self.version else {
            throw ControlFault(
                message: "this relay speaks version \(Self.version) of its control protocol, not \(line.v)",
                fix: "use the popsieve that it was started with"
            )
        }
        switch (line.request, line.session) {
        case ("status", _): self = .status
        case ("sessions", _): self = .sessions
        case ("end", let session?): self = .end(session: session, by: line.by ?? "somebody")
        case ("end", nil): throw ControlFault(message: "which session?", fix: "name it with \"session\"")
        case ("reload", _): self = .reload
        case ("stop", _): self = .stop(now: line.now ?? false, givesWay: line.givesWay ?? false)
        case ("hand-over", _):
            guard let path = line.to else { throw ControlFault(message: "to whom?", fix: "name a socket with \"to\"") }
            self = .handOver(to: path)
        case (let other, _):
            let known = Self.names.joined(separator: ", ")
            throw ControlFault(message: "there is no request \"\(other.printable)\"", fix: "known: \(known)")
        }
    }

    /// Without a line end.
    var line: String {
        var line = Line(v: Self.version, request: "")
        switch self {
        case .status: line.request = "status"
        case .sessions: line.request = "sessions"
        case .end(let session, let by): (line.request, line.session, line.by) = ("end", session, by)
        case .reload: line.request = "reload"
        case .stop(let now, let givesWay):
            (line.request, line.now, line.givesWay) = ("stop", now, givesWay ? true : nil)
        case .handOver(let path): (line.request, line.to) = ("hand-over", path)
        }
        return JSONText.line(line)
    }
}
