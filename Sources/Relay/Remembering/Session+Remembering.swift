// What earlier sessions found out about a message, asked for and added to.
// Must not take it for more than it is: whatever is not known is found out again.

import Filtering
import NIOCore
import POP3
import Quarantine
import Sieve
import Store
import TLS

extension Session {
    /// Whose maildrop this is; nil where nobody can tell, and nothing is remembered then.
    private var account: Account? {
        guard let user = ledger.user, let upstream = dialled.configuration?.name else { return nil }
        return Account(upstream: upstream, user: user)
    }

    private func key(_ delivery: MessageDelivery) -> VerdictKey? {
        guard let account, let uidl = uidl(delivery.request.number), let fingerprint = delivery.rules.fingerprint else {
            return nil
        }
        return VerdictKey(account: account, uidl: uidl, fingerprint: fingerprint)
    }

    // MARK: Verdicts

    /// Looks up whether an earlier session has come to a verdict.
    func recall(_ delivery: MessageDelivery) {
        guard let store = delivery.rules.configuration.store, let key = key(delivery),
            let digest = SHA256.digest(of: delivery.heldHeader)
        else { return delivery.recalled(nil) }
        let quarantine = delivery.rules.configuration.quarantine
        let (holding, eventLoop) = (loop.shared.holding, loop.eventLoop)
        let bringsBody = delivery.request.bringsBody
        answer {
            guard let stored = await store.verdict(for: key, now: WallClock.now().sinceEpoch),
                let verdict = RememberedVerdict(payload: stored.payload), verdict.isAbout(header: digest)
            else { return nil }
            // The message itself comes, and what is kept of it is looked for when it is there.
            if verdict.copies.isEmpty || bringsBody { return verdict }
            // It is judged again where they can't be found, and whatever is wrong is told then.
            let isThere = try? await holding.disk.run(toldTo: eventLoop) { try verdict.isKept(in: quarantine, key) }
                .get()
            return isThere == true ? verdict : nil
        } to: {
            .verdictRecalled(delivery, $0)
        }
    }

    func verdictRecalled(_ delivery: MessageDelivery, _ remembered: RememberedVerdict?) {
        guard isAtHand(delivery) else { return }
        delivery.recalled(remembered)
        takeMessage()
    }

    /// The client has all of a message, or of what stands in for it.
    func remember(_ delivery: MessageDelivery) {
        guard let store = delivery.rules.configuration.store, delivery.isJudged, delivery.remembered == nil,
            let key = key(delivery),
            let verdict = delivery.verdict
        else { return }
        let now = WallClock.now().sinceEpoch
        // Who has looked at the header has not got the message.
        for tracked in verdict.tracked where delivery.request.command == .retr {
            store.remember(Sighting(tracked, key), now: now)
        }
        guard let recollection = delivery.toRemember(verdict) else { return }
        store.remember(recollection.hashValue, for: key, now: now) { recollection.stored }
    }

    // MARK: Duplicates

    /// Whether a message with this identifier came before.
    func askDuplicate(_ delivery: MessageDelivery, _ id: TrackedID) {
        guard let store = delivery.rules.configuration.store, let key = key(delivery) else {
            return take(.duplicateAnswered(delivery, id, false))
        }
        answer {
            await store.isDuplicate(Sighting(id, key), now: WallClock.now().sinceEpoch)
        } to: {
            .duplicateAnswered(delivery, id, $0)
        }
    }

    func duplicateAnswered(_ delivery: MessageDelivery, _ id: TrackedID, _ isDuplicate: Bool) {
        guard isAtHand(delivery) else { return }
        if let whole = delivery.whole {
            whole.answers.duplicates[id] = isDuplicate
            runRules(delivery)
        } else {
            delivery.provide(isDuplicate, to: id)
            takeMessage()
        }
    }

    // MARK: Sizes

    /// The sizes that earlier sessions found out.
    func recallSizes() {
        let now = WallClock.now().sinceEpoch
        guard let store = loop.configuration.store, let account, let fingerprint = loop.inForce.fingerprint,
            store.mayKnowSizes(of: account, under: fingerprint, now: now)
        else { return take(.sizesRecalled([:])) }
        answer {
            await store.sizes(of: account, under: fingerprint, now: now)
        } to: {
            .sizesRecalled($0)
        }
    }

    // MARK: What was not delivered

    /// The messages that earlier sessions have not delivered. Before one is deleted the file is asked, since another process
    /// may have written to it just now.
    func recallUndelivered() {
        guard let store = loop.configuration.store, let account, let fingerprint = Fingerprint.undelivered else {
            return take(.undeliveredRecalled([:]))
        }
        answer {
            await store.sizes(of: account, under: fingerprint, now: WallClock.now().sinceEpoch)
        } to: {
            .undeliveredRecalled($0)
        }
    }

    /// The client has something else in the message's place: no later session deletes what was never delivered.
    func rememberUndelivered(_ delivery: MessageDelivery) {
        guard delivery.purpose != .deletion, let (store, key) = undeliveredMark(delivery) else { return }
        // It has no size: what counts is that it is there.
        store.remember(StoredVerdict(size: 0, payload: []), for: key, now: WallClock.now().sinceEpoch)
    }

    /// The client has all of it now.
    func forgetUndelivered(_ delivery: MessageDelivery) {
        let now = WallClock.now().sinceEpoch
        guard let (store, key) = undeliveredMark(delivery),
            store.mayKnowSizes(of: key.account, under: key.fingerprint, now: now)
        else { return }
        store.forget([key.uidl], of: key.account, now: now)
    }

    /// The server has deleted what was marked: nobody asks for it any more.
    func forgetDeleted() {
        let uidls = machine.marked.numbers.compactMap { uidl($0) }
        guard !uidls.isEmpty, let store = loop.configuration.store, let account else { return }
        store.forget(uidls, of: account, now: WallClock.now().sinceEpoch)
    }

    private func undeliveredMark(_ delivery: MessageDelivery) -> (any VerdictStore, VerdictKey)? {
        guard let store = delivery.rules.configuration.store, let account, let fingerprint = Fingerprint.undelivered,
            let uidl = uidl(delivery.request.number)
        else { return nil }
        return (store, VerdictKey(account: account, uidl: uidl, fingerprint: fingerprint))
    }

    /// Takes the event that an answer comes to.
    private func answer<Value: Sendable>(
        _ question: @escaping @Sendable () async -> Value,
        to event: @escaping (Value) -> SessionEvent
    ) {
        let (eventLoop, answers) = (loop.eventLoop, loop.shared.answers)
        let this = NIOLoopBound((self, event), eventLoop: eventLoop)
        Task {
            let value = await question()
            answers.hand(to: eventLoop) {
                let (session, event) = this.value
                session.take(event(value))
            }
        }
    }
}

extension RememberedVerdict {
    /// Whether what was put aside is still there, and has not been released.
    fileprivate func isKept(in quarantine: MessageQuarantine?, _ key: VerdictKey) throws -> Bool {
        guard let quarantine else { return false }
        let account = key.account
        if try quarantine.isReleased(upstream: account.upstream, user: account.user, uidl: key.uidl) { return false }
        return try copies.allSatisfy { copy in
            guard let identifier = QuarantineIdentifier(copy.identifier) else { return false }
            return try quarantine.holds(identifier, in: QuarantineFolder(copy.folder))
        }
    }
}

extension Sighting {
    fileprivate init(_ id: TrackedID, _ key: VerdictKey) {
        self.init(
            account: key.account,
            handle: id.handle,
            id: id.id,
            uidl: key.uidl,
            seconds: Int64(id.seconds),
            isLast: id.isLast
        )
    }
}

extension Fingerprint {
    /// What was not delivered was not, whatever the rules are.
    static let undelivered = Fingerprint([UInt8](repeating: 0xFF, count: count))
}
