// The sizes of a message: what it has, what the client was told, what it got.
// Must not take an unknown size for one of no octets.

import Audit
import Filtering
import POP3

extension MessageDelivery {
    /// Octets of the message as the client got it.
    var octetsOut: Int {
        switch phase {
        case .dropped: noticeOctets
        case .header, .judging, .holding, .deciding: 0
        case .releasing(let whole), .released(let whole): whole.releasedOctets
        // What the scanner still has in mind was received, and the client does not have it.
        case .body:
            octetsIn - scanner.keptInMind + growth
                + (lineEndings == .keep ? 0 : scanner.bareLineFeeds + scanner.bareCarriageReturns)
        }
    }

    /// Octets of the whole message as clients get it; nil where nobody knows.
    var trueSize: Int? {
        guard purpose != .deletion else { return nil }
        let isRetrieved = request.command == .retr
        switch phase {
        // What stands in for it is the same for TOP. An error has no octets, and the message does.
        case .dropped where verdict?.outcome != .keep: return noticeOctets > 0 ? noticeOctets : nil
        case .dropped where isCut: return isRetrieved && noticeOctets > 0 ? noticeOctets : nil
        case .dropped: return wholeSize
        default: return wholeSize ?? (isRetrieved && purpose == .delivery ? octetsOut : nil)
        }
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
        let isRetrieved = request.command == .retr && purpose != .deletion && octetsOut > 0
        return isRetrieved && octetsOut + waitOctets != request.announced ? request.announced : nil
    }
}
