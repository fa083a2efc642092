// The keys that a server's session tickets are encrypted with (RFC 5077 section 4), made anew every hour.
// They must not leave memory: who has an old one reads what was sent in sessions that its tickets resumed.

import COpenSSL
import Synchronization

/// The keys of one server context, from which each ticket takes the youngest; older ones still open theirs.
final class TicketKeys: Sendable {
    /// One key: the name that stands in its tickets, and what encrypts and authenticates them.
    struct Key: Sendable {
        let name: [UInt8]
        let cipher: [UInt8]
        let mac: [UInt8]
        /// When it was made, by a clock that never goes back.
        let madeAt: ContinuousClock.Instant

        /// Nil where OpenSSL has no random numbers to give.
        init?(madeAt: ContinuousClock.Instant) {
            guard let name = Self.random(16), let cipher = Self.random(32), let mac = Self.random(32) else {
                return nil
            }
            (self.name, self.cipher, self.mac, self.madeAt) = (name, cipher, mac, madeAt)
        }

        private static func random(_ count: Int) -> [UInt8]? {
            var octets = [UInt8](repeating: 0, count: count)
            return unsafe RAND_priv_bytes(&octets, Int32(count)) == 1 ? octets : nil
        }
    }

    /// The youngest first.
    private let keys = Mutex<[Key]>([])

    /// The key for a new ticket; nil where none can be made, and then there is no ticket.
    func current(_ now: ContinuousClock.Instant = .now) -> Key? {
        keys.withLock { keys in
            if let youngest = keys.first, now - youngest.madeAt < Limits.ticketKeyAge { return youngest }
            guard let made = Key(madeAt: now) else { return nil }
            keys.removeAll { now - $0.madeAt >= Limits.ticketKeyAge + Limits.ticketAge }
            keys.insert(made, at: 0)
            return made
        }
    }

    /// The key of a ticket that has come back, and whether new ones are made with another; nil if it is gone.
    func key(named name: some Collection<UInt8>, _ now: ContinuousClock.Instant = .now) -> (key: Key, isOld: Bool)? {
        keys.withLock { keys in
            guard let place = keys.firstIndex(where: { $0.name.elementsEqual(name) }) else { return nil }
            let age = now - keys[place].madeAt
            guard age < Limits.ticketKeyAge + Limits.ticketAge else { return nil }
            return (keys[place], place > 0 || age >= Limits.ticketKeyAge)
        }
    }
}

extension SSLContextHandle {
    /// Tickets of connections that belong to a server context are encrypted with that context's keys.
    func rotateTicketKeys() { unsafe SSL_CTX_set_tlsext_ticket_key_evp_cb(pointer, prepareTicket) }
}

/// What OpenSSL's callback may answer.
private enum TicketAnswer {
    static let failed: Int32 = -1
    /// The ticket is not used: a full handshake, or no new ticket.
    static let none: Int32 = 0
    static let used: Int32 = 1
    /// It is used, and replaced by a new one.
    static let renewed: Int32 = 2
}

/// Prepares the two contexts to encrypt a ticket or to open one. OpenSSL gives room for 16 octets of a name and for an
/// initialisation vector of the cipher's length.
private func prepareTicket(
    _ ssl: OpaquePointer?,
    _ name: UnsafeMutablePointer<UInt8>?,
    _ vector: UnsafeMutablePointer<UInt8>?,
    _ cipherContext: OpaquePointer?,
    _ macContext: OpaquePointer?,
    _ encrypts: Int32
) -> Int32 {
    guard let keys = unsafe TLSConnection.of(ssl)?.ticketKeys else { return TicketAnswer.failed }
    let name = unsafe UnsafeMutableBufferPointer(start: name, count: 16)
    if encrypts == 1 {
        guard let key = keys.current() else { return TicketAnswer.none }
        for index in 0..<16 { unsafe name[index] = key.name[index] }
        guard unsafe RAND_bytes(vector, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) == 1,
            unsafe EVP_EncryptInit_ex(cipherContext, EVP_aes_256_cbc(), nil, key.cipher, vector) == 1,
            unsafe authenticate(macContext, key)
        else { return TicketAnswer.failed }
        return TicketAnswer.used
    }
    guard let (key, isOld) = unsafe keys.key(named: name) else { return TicketAnswer.none }
    guard unsafe EVP_DecryptInit_ex(cipherContext, EVP_aes_256_cbc(), nil, key.cipher, vector) == 1,
        unsafe authenticate(macContext, key)
    else { return TicketAnswer.failed }
    // In TLS 1.3 a ticket is used once (RFC 8446 appendix C.4): a client that comes back needs another.
    let isUsedOnce = unsafe SSL_version(ssl) == TLS1_3_VERSION
    return isOld || isUsedOnce ? TicketAnswer.renewed : TicketAnswer.used
}

/// Sets key and digest; OpenSSL copies both before it returns.
private func authenticate(_ context: OpaquePointer?, _ key: TicketKeys.Key) -> Bool {
    var secret = key.mac
    return unsafe secret.withUnsafeMutableBytes { secret in
        // The parameters point to their names, which therefore must stay where they are: a String does not.
        let (keyName, digestName, digest): (StaticString, StaticString, StaticString) = ("key", "digest", "SHA256")
        let parameters = unsafe [
            OSSL_PARAM_construct_octet_string(keyName.characters, secret.baseAddress, secret.count),
            OSSL_PARAM_construct_utf8_string(
                digestName.characters,
                UnsafeMutablePointer(mutating: digest.characters),
                digest.utf8CodeUnitCount
            ),
            OSSL_PARAM_construct_end(),
        ]
        return unsafe EVP_MAC_CTX_set_params(context, parameters) == 1
    }
}

extension StaticString {
    /// As C has it; valid as long as the process.
    fileprivate var characters: UnsafePointer<CChar> {
        unsafe UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self)
    }
}
