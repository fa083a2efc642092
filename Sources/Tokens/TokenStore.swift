// All tokens, encrypted on disk, shared by the relay and the commands.
// Must not ask a provider, nor hold a lock while somebody else is waited for.

import Synchronization
import TLS

/// The store. Reads and writes wait for the disk: not for event loops.
package final class TokenStore: Sendable {
    private struct Seen: Sendable {
        var identity: TokenFile.Identity?
        var tokens: [String: StoredToken] = [:]
    }

    /// `popsieve tokens`, the format's number.
    private static let magic = Array("popsieve tokens 1\n".utf8)

    package let path: String
    private let file: TokenFile
    private let keys: [TokenKey]
    /// What was read last.
    private let seen = Mutex<Seen?>(nil)

    /// - Parameter keys: the first encrypts, all may decrypt; at least one
    package init(path: String, keys: [TokenKey]) {
        self.path = path
        file = TokenFile(path: path)
        self.keys = keys
    }

    /// By account. What another process has written since is seen.
    package func tokens() throws(TokenFileFault) -> [String: StoredToken] {
        // Before it is read: what comes between is read again the next time.
        let identity = file.identity
        if let seen = seen.withLock({ $0 }), seen.identity == identity { return seen.tokens }
        let tokens = try decrypted(file.read())
        seen.withLock { $0 = Seen(identity: identity, tokens: tokens) }
        return tokens
    }

    /// Changes what is there then, durably; nothing where `change` changes nothing.
    ///
    /// - Returns: what is there from now on
    @discardableResult
    package func update(
        _ change: (inout [String: StoredToken]) -> Void
    ) throws(TokenFileFault) -> [String: StoredToken] {
        let tokens = try file.locked { () throws(TokenFileFault) in
            let before = try decrypted(file.read())
            var tokens = before
            change(&tokens)
            if tokens != before { try file.replace(with: encrypted(tokens)) }
            return tokens
        }
        seen.withLock { $0 = nil }
        return tokens
    }

    /// Encrypts all with the first key, after another has become it.
    package func reseal() throws(TokenFileFault) {
        try file.locked { () throws(TokenFileFault) in
            guard let octets = try file.read() else { return }
            try file.replace(with: encrypted(decrypted(octets)))
        }
    }

    // MARK: Encryption

    private func encrypted(_ tokens: [String: StoredToken]) throws(TokenFileFault) -> [UInt8] {
        guard let key = keys.first else { throw .otherKey }
        let head = Self.magic + key.name
        guard let text = TokenText.encode(tokens), let sealed = key.cipher.seal(text, context: head) else {
            throw .unavailable
        }
        guard head.count + sealed.count <= Limits.file else { throw .tooLarge }
        return head + sealed
    }

    private func decrypted(_ octets: [UInt8]?) throws(TokenFileFault) -> [String: StoredToken] {
        guard let octets else { return [:] }
        let size = Self.magic.count + 8
        guard octets.starts(with: Self.magic), octets.count > size else { throw .damaged }
        let name = Array(octets[Self.magic.count..<size])
        guard let key = keys.first(where: { $0.name == name }) else { throw .otherKey }
        guard let text = key.cipher.open(Array(octets[size...]), context: Self.magic + name),
            let tokens = TokenText.decode(text)
        else { throw .damaged }
        return tokens
    }
}
