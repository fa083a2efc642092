// Answers as lines of JSON, and back.
// Must not decide what is answered.

import Foundation

extension ControlAnswer: Codable {
    private enum Key: String, CodingKey {
        case answer, text, rules, sessions, sockets
    }

    func encode(to encoder: any Encoder) throws {
        var line = encoder.container(keyedBy: Key.self)
        func put(_ kind: String, _ rest: some Encodable) throws {
            try line.encode(kind, forKey: .answer)
            try rest.encode(to: encoder)
        }
        switch self {
        case .status(let status): try put("status", status)
        case .session(let session): try put("session", session)
        case .ended(let session): try put("ended", session)
        case .finding(let finding): try put("finding", finding)
        case .stopped(let stopped): try put("stopped", stopped)
        case .error(let fault): try put("error", fault)
        case .sessions(let count): try put("sessions", ["sessions": count])
        case .handedOver(let count): try put("handed-over", ["sockets": count])
        case .draining(let count): try put("draining", ["sessions": count])
        case .reloaded(let rules): try put("reloaded", ["rules": rules])
        case .change(let text): try put("change", ["text": text])
        case .rejected: try line.encode("rejected", forKey: .answer)
        }
    }

    init(from decoder: any Decoder) throws {
        let line = try decoder.container(keyedBy: Key.self)
        switch try line.decode(String.self, forKey: .answer) {
        case "status": self = .status(try RelayStatus(from: decoder))
        case "session": self = .session(try SessionLine(from: decoder))
        case "ended": self = .ended(try SessionLine(from: decoder))
        case "finding": self = .finding(try FindingLine(from: decoder))
        case "stopped": self = .stopped(try StoppedLine(from: decoder))
        case "error": self = .error(try ControlFault(from: decoder))
        case "sessions": self = .sessions(try line.decode(Int.self, forKey: .sessions))
        case "handed-over": self = .handedOver(sockets: try line.decode(Int.self, forKey: .sockets))
        case "draining": self = .draining(sessions: try line.decode(Int.self, forKey: .sessions))
        case "reloaded": self = .reloaded(rules: try line.decode(Int.self, forKey: .rules))
        case "change": self = .change(try line.decode(String.self, forKey: .text))
        case "rejected": self = .rejected
        case let other:
            let description = "there is no answer \"\(other)\" in version \(ControlRequest.version)"
            throw DecodingError.dataCorruptedError(forKey: .answer, in: line, debugDescription: description)
        }
    }
}
