// What the tokens' file is encrypted with.
// Must not be printable, nor read the environment or files.

import TLS

/// Why a text is no key.
package enum TokenKeyFault: Error, Equatable, Sendable {
    /// It has fewer than 32 octets.
    case tooShort
    /// OpenSSL may not compute it.
    case unavailable
}

/// A key.
package struct TokenKey: Sendable {
    let cipher: AuthenticatedCipher
    /// Tells keys from each other in the file's head: 8 octets that say nothing of the key.
    let name: [UInt8]

    /// - Parameter material: what a person has put into a file, such as `openssl rand -hex 32`; blanks around it don't count
    package init(_ material: [UInt8]) throws(TokenKeyFault) {
        let blank: (UInt8) -> Bool = { [0x20, 0x0A, 0x0D, 0x09].contains($0) }
        let text = Array(material.drop(while: blank).reversed().drop(while: blank).reversed())
        guard text.count >= Limits.keyMaterial else { throw .tooShort }
        guard let key = SHA256.code(of: Array("popsieve tokens: key".utf8), key: text),
            let name = SHA256.code(of: Array("popsieve tokens: name".utf8), key: text),
            let cipher = AuthenticatedCipher(key: key)
        else { throw .unavailable }
        self.cipher = cipher
        self.name = Array(name.prefix(8))
    }
}

extension TokenKey: Equatable {
    package static func == (one: TokenKey, other: TokenKey) -> Bool { one.name == other.name }
}
