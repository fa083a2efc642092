// Messages of which a client has a part, or a notice in their place: DELE leaves them on the server.
// Must not be undone by TOP: only RETR brings a message.

/// The messages of which an earlier session's client has something else in their place.
package enum Undelivered: Sendable {
    /// Nobody remembers any.
    case unknown
    /// They can be looked up, and nobody has needed them.
    case unasked
    /// They are being looked up: DELE waits.
    case asked
    /// Their UIDLs.
    case known(Set<String>)
}

extension SessionMachine {
    /// The client has a part of the message that was asked for last, or a notice in its place, and that is no verdict.
    package mutating func messageUndelivered(_ number: MessageNumber) {
        undelivered.insert(number)
        retrieved.remove(number)
        postponed.remove(number)
        delivered.remove(number)
    }

    package mutating func undeliveredRecalled(_ uidls: some Collection<[UInt8]>) {
        if !isClosed { undeliveredBefore = .known(Set(uidls.map { String(decoding: $0, as: UTF8.self) })) }
    }

    /// A command waits for what earlier sessions found out.
    package var awaitsEarlierSessions: Bool {
        if case .asked = trueSizes { return true }
        if case .asked = undeliveredBefore { return true }
        return false
    }

    /// Whether the client, in this session or before, has something else than the message; nil when that is being looked
    /// up.
    mutating func isUndelivered(_ number: MessageNumber) -> Bool? {
        if undelivered.contains(number) { return true }
        if retrieved.contains(number) { return false }
        switch undeliveredBefore {
        case .unasked:
            undeliveredBefore = .asked
            actions.append(.recallUndelivered)
            return nil
        case .asked: return nil
        case .known(let uidls) where !uidls.isEmpty:
            return knowsUIDL(of: number, isWanted: true) ? self.uidls[number].map(uidls.contains) ?? false : nil
        case .known, .unknown: return false
        }
    }

    mutating func keepUndelivered(_ number: MessageNumber) {
        actions.append(.record(.deletionKept(number)))
        answer(.ok("Message \(number) stays on the server: it was not delivered whole"))
    }
}
