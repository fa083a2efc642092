// The octets by which a message was announced larger than the server has it, filled up to the last.
// Must not touch a field of the message.

import Filtering
import Mail

/// Clients that trust LIST to the octet get as many as it said.
package enum SizeReserve {
    private static let field = Array("X-Popsieve-Fill: ".utf8)
    /// The octets of the smallest field.
    package static let least = field.count + 2
    /// Octets of a line without its end (RFC 5322 section 2.1.1 wants 78 at most).
    private static let line = 60

    /// A header field of exactly so many octets; nil where there is none.
    static func field(of octets: Int) -> [UInt8]? {
        guard octets >= least else { return nil }
        var field = Self.field
        field.reserveCapacity(octets)
        var left = octets - least
        while left > 0 {
            let most = min(left, Self.line)
            field += repeatElement(UInt8(ascii: "-"), count: most)
            left -= most
            // A folded line begins with a blank and has at least one octet behind it.
            guard left > 3 else { break }
            field += [0x0D, 0x0A, 0x20]
            left -= 3
        }
        return field + repeatElement(UInt8(ascii: "-"), count: left) + [0x0D, 0x0A]
    }
}

extension [UInt8] {
    /// A header block that is so many octets longer, as far as that can be.
    func filled(by octets: Int) -> [UInt8] {
        SizeReserve.field(of: octets).map { $0 + self } ?? self
    }
}

extension Judgement.Judged {
    /// The message that goes to the client is as much larger than the one that is held.
    func filled(by reserve: Int, _ whole: WholeMessage) -> Judgement.Judged {
        guard reserve > 0, verdict.outcome == .keep, !verdict.isReleased, let held = whole.held else { return self }
        var filled = self
        if let message = verdict.message {
            guard let field = SizeReserve.field(of: reserve - message.count + held.count) else { return self }
            var pieces = MessagePieces()
            pieces.append(field)
            pieces.append(message, from: 0)
            filled.verdict.message = pieces
            filled.bodyStart += field.count
        } else {
            let header = verdict.header ?? whole.header
            guard let field = SizeReserve.field(of: reserve - header.count + whole.header.count) else { return self }
            filled.verdict.header = field + header
        }
        return filled
    }
}
