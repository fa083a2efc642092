// Digests and what is made of them, from OpenSSL; the only unsafe code of this target.
// Must not choose anything: the mechanisms do.

import COpenSSL

/// A hash function that a mechanism is built on.
enum Digest: String, Sendable {
    case md5 = "MD5"
    case sha1 = "SHA1"
    case sha256 = "SHA256"

    var length: Int {
        switch self {
        case .md5: 16
        case .sha1: 20
        case .sha256: 32
        }
    }

    // Invariant: OpenSSL is given areas together with their sizes, and writes no more than the digest's length.

    /// Nil where OpenSSL is not allowed to compute it.
    func hash(_ octets: [UInt8]) -> [UInt8]? {
        guard let function = unsafe EVP_get_digestbyname(rawValue) else { return nil }
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        let isDone = unsafe EVP_Digest(octets, octets.count, &digest, &count, function, nil) == 1
        return isDone && count == length ? Array(digest.prefix(length)) : nil
    }

    /// HMAC (RFC 2104).
    func code(_ octets: [UInt8], key: [UInt8]) -> [UInt8]? {
        var code = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        let size = code.count
        var count = 0
        let name = rawValue
        // Invariant: as above; the texts are copied before the call returns.
        let isDone = unsafe EVP_Q_mac(
            nil,
            "HMAC",
            nil,
            name,
            nil,
            key,
            key.count,
            octets,
            octets.count,
            &code,
            size,
            &count
        )
        return unsafe isDone != nil && count == length ? Array(code.prefix(length)) : nil
    }

    /// `Hi` of RFC 5802 section 2.2: PBKDF2 with a digest's length.
    func stretched(_ password: [UInt8], salt: [UInt8], iterations: Int) -> [UInt8]? {
        // Invariant: as above; the output is as long as is asked for.
        guard let function = unsafe EVP_get_digestbyname(rawValue) else { return nil }
        var key = [UInt8](repeating: 0, count: length)
        let isDone = unsafe password.withUnsafeBufferPointer { password in
            unsafe password.withMemoryRebound(to: CChar.self) { password in
                unsafe PKCS5_PBKDF2_HMAC(
                    password.baseAddress,
                    CInt(password.count),
                    salt,
                    CInt(salt.count),
                    CInt(iterations),
                    function,
                    CInt(length),
                    &key
                ) == 1
            }
        }
        return isDone ? key : nil
    }
}

/// Octets that nobody can guess; nil where there are none.
func randomOctets(_ count: Int) -> [UInt8]? {
    var octets = [UInt8](repeating: 0, count: count)
    // Invariant: so many are written as there is room for.
    return unsafe RAND_bytes(&octets, CInt(count)) == 1 ? octets : nil
}

extension [UInt8] {
    /// Hexadecimal digits, lower case.
    var hexadecimal: [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    }

    /// Compared in a time that does not tell where they differ.
    func isSame(as other: [UInt8]) -> Bool {
        count == other.count && zip(self, other).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
