// The sizes of a message: what it has, what the client was told, what it got.
// Must not take an unknown size for one of no octets.

import Audit
import Filtering
import POP3

extension MessageDelivery {
    /// Octets of the whole message as clients get it; nil where nobody knows.
    var trueSize: Int? {
        if case .dropped = phase { return purpose == .delivery && verdict?.outcome != .keep ? noticeOctets : wholeSize }
        return wholeSize ?? (request.command == .retr && purpose == .delivery ? octetsOut : nil)
    }

    /// What is known of the whole message at its end, or where it broke off.
    func totals(isComplete: Bool) -> AuditEvent.MessageTotals {
        let known = defects
        return .init(
            octetsIn: octetsIn,
            octetsOut: octetsOut + waitOctets,
            announced: isComplete ? brokenPromise : nil,
            bodyDefects: repairs.filter { !known.contains($0) },
            isComplete: isComplete
        )
    }

    /// What the client was told of the size of a message that it has now, if it has another.
    var brokenPromise: Int? {
        let isWhole = request.command == .retr && purpose == .delivery
        return isWhole && octetsOut + waitOctets != request.announced ? request.announced : nil
    }
}
