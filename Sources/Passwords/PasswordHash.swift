// Hashes of passwords as crypt(3) of the system makes them; the only unsafe code of this target.
// Must not be called on an event loop: each check takes a tenth of a second on purpose.

import CCrypt
import Glibc

/// Why a text is no hash that will do.
package enum PasswordHashFault: Error, Equatable, Sendable {
    /// The system's crypt(3) does not know it.
    case unknown
    /// DES, MD5 and the like, which are guessed by the billion in a second.
    case weak
    /// Dovecot's schemes that are not crypt(3)'s: the word in braces.
    case scheme(String)
}

/// A password's hash, such as `$y$…`, as shadow(5) has it.
package struct PasswordHash: Sendable, Equatable {
    /// The setting and the hash.
    package let text: String

    /// The methods that are good enough: yescrypt, gost-yescrypt, scrypt, bcrypt, SHA-512, SHA-256.
    private static let good = ["$y$", "$gy$", "$7$", "$2a$", "$2b$", "$2x$", "$2y$", "$6$", "$5$"]
    /// Dovecot's names for what crypt(3) checks.
    private static let schemes = ["CRYPT", "BLF-CRYPT", "SHA512-CRYPT", "SHA256-CRYPT"]

    package init(_ text: String) throws(PasswordHashFault) {
        var hash = text
        if text.hasPrefix("{"), let end = text.firstIndex(of: "}") {
            let scheme = text[text.index(after: text.startIndex)..<end].uppercased()
            guard Self.schemes.contains(scheme) else { throw .scheme(scheme) }
            hash = String(text[text.index(after: end)...])
        }
        guard Self.good.contains(where: hash.hasPrefix) else {
            let isOld = ["$1$", "$md5", "$sha1", "_"].contains(where: hash.hasPrefix)
            throw isOld || hash.utf8.count == 13 ? .weak : .unknown
        }
        // Invariant: both are texts that end with a zero, which the library only reads.
        let usable = [shim_CRYPT_SALT_OK, shim_CRYPT_SALT_METHOD_LEGACY]
        // Behind the last dollar sign is the hash; without it the text is but a setting.
        let length = hash.utf8.reversed().prefix { $0 != UInt8(ascii: "$") }.count
        guard unsafe usable.contains(crypt_checksalt(hash)), length >= 43,
            hash.utf8.count < Int(shim_CRYPT_OUTPUT_SIZE),
            hash.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { throw .unknown }
        self.text = hash
    }

    /// Whether this is the hash of a password. Takes long.
    package func matches(_ password: [UInt8]) -> Bool {
        guard !password.contains(0), let made = Self.hash(password, setting: text) else { return false }
        return Array(made.utf8).isSame(as: Array(text.utf8))
    }

    /// A new one, by the method that the system prefers for shadow(5); nil where it has none, or the password has a zero
    /// in it. Takes long.
    package static func make(of password: [UInt8]) -> PasswordHash? {
        var setting = [CChar](repeating: 0, count: 256)
        let size = CInt(setting.count)
        // Invariant: the library writes no more than the size that it is told, and ends it with a zero.
        guard unsafe crypt_gensalt_rn("$y$", 0, nil, 0, &setting, size) != nil else { return nil }
        let text = String(decoding: setting.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard !password.contains(0), let hash = hash(password, setting: text) else { return nil }
        return try? PasswordHash(hash)
    }

    private static func hash(_ password: [UInt8], setting: String) -> String? {
        let phrase = (password + [0]).map { CChar(bitPattern: $0) }
        let size = MemoryLayout<crypt_data>.size
        let area = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        // Invariant: the area is as large as the library is told and lives to the end of this function; it is cleared
        // before it is given back, since the password is in it.
        unsafe area.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        defer {
            unsafe explicit_bzero(area, size)
            unsafe area.deallocate()
        }
        guard let made = unsafe crypt_rn(phrase, setting, area, CInt(size)) else { return nil }
        return unsafe String(cString: made)
    }
}

extension [UInt8] {
    /// In a time that does not tell where they differ.
    fileprivate func isSame(as other: [UInt8]) -> Bool {
        guard count == other.count else { return false }
        var difference: UInt8 = 0
        for index in indices { difference |= self[index] ^ other[index] }
        return difference == 0
    }
}
