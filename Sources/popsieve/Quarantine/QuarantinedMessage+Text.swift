// A message of the quarantine as a line for people, and for programs.
// Must not let a message's text reach a terminal as anything but text.

import Audit
import Foundation
import Quarantine

extension QuarantinedMessage {
    /// Identifier, when, folder, user, From and Subject.
    var line: String {
        let when = Date(timeIntervalSince1970: Double(microseconds) / 1_000_000).formatted(.iso8601)
        let who = String(decoding: origin.user, as: UTF8.self)
        let words = [
            "\(identifier)", when, folder.name, who, sender.isEmpty ? "(no sender)" : sender,
            subject.isEmpty ? "(no subject)" : subject,
        ]
        return words.map(\.printable).joined(separator: "  ") + (isReleased ? "  released" : "")
    }

    /// One object; absent values are left out.
    var json: String {
        struct Object: Encodable {
            var id, folder, user, upstream, from, subject, time, verdict: String
            var uidl, rule: String?
            var octets, number: Int
            var session: String
            var released: Bool
        }
        let object = Object(
            id: "\(identifier)",
            folder: folder.name,
            user: String(decoding: origin.user, as: UTF8.self),
            upstream: origin.upstream,
            from: sender,
            subject: subject,
            time: Date(timeIntervalSince1970: Double(microseconds) / 1_000_000).formatted(.iso8601),
            verdict: origin.verdict,
            uidl: origin.uidl.map { String(decoding: $0, as: UTF8.self) },
            rule: origin.rule.map { "\($0.file):\($0.line)" },
            octets: octets,
            number: origin.number,
            session: origin.session,
            released: isReleased
        )
        return JSONText.line(object)
    }
}
