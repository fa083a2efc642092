// Who may come in and who may try to log in, as all event loops of a relay know it.
// Must not tell anybody: a session or a refusal does.

import NIOCore
import Synchronization

/// What is counted by address and by user. What settings trust is not counted; whoever asks has looked.
final class Admission: Sendable {
    private let sessions = Mutex<[AddressBlock: Int]>([:])
    private let logins = Mutex(LoginDelays())

    // MARK: Sessions of an address

    /// Counts one more; false where there are as many as there may be. Each that was counted ``leave(_:)``s once.
    ///
    /// - Parameter most: 0: as many as they like
    func enter(_ address: AddressBlock, most: Int) -> Bool {
        sessions.withLock { sessions in
            let count = sessions[address] ?? 0
            guard most == 0 || count < most else { return false }
            sessions[address] = count + 1
            return true
        }
    }

    func leave(_ address: AddressBlock) {
        sessions.withLock { sessions in
            guard let count = sessions[address] else { return }
            sessions[address] = count > 1 ? count - 1 : nil
        }
    }

    /// Sessions that are counted: none where there are no sessions.
    var counted: Int { sessions.withLock { $0.values.reduce(0, +) } }

    // MARK: Logins

    func ask(
        _ address: AddressBlock,
        user: [UInt8]?,
        _ limits: LoginDelays.Limits,
        since: NIODeadline,
        at now: NIODeadline
    )
        -> LoginDelays.Answer
    {
        logins.withLock { $0.ask(address, user: Self.number(user), limits, since: since, at: now) }
    }

    func loginEnded(_ address: AddressBlock, user: [UInt8]?, start: NIODeadline, at now: NIODeadline) {
        logins.withLock { $0.ended(address, user: Self.number(user), start: start, at: now) }
    }

    func loginSucceeded(_ address: AddressBlock, user: [UInt8]?, at now: NIODeadline) {
        logins.withLock { $0.succeeded(address, user: Self.number(user), at: now) }
    }

    func loginFailed(_ address: AddressBlock, user: [UInt8]?, _ limits: LoginDelays.Limits, at now: NIODeadline) {
        logins.withLock { $0.failed(address, user: Self.number(user), limits, at: now) }
    }

    /// Names are not kept: a guess may be somebody's password in the wrong field. Servers take no notice of case, so that
    /// other spellings are no other users.
    private static func number(_ user: [UInt8]?) -> Int? {
        user.map { user in
            var hasher = Hasher()
            for octet in user { hasher.combine((0x41...0x5A).contains(octet) ? octet | 0x20 : octet) }
            return hasher.finalize()
        }
    }
}
