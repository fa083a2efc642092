// Owns one X.509 certificate or one private key of OpenSSL, and reads from it what we show or compare.
// It must not judge: Verification.swift does.

import COpenSSL
import Glibc

/// The owner of one reference to an `X509`.
@safe final class Certificate {
    let pointer: OpaquePointer

    init(owning pointer: OpaquePointer) {
        unsafe self.pointer = pointer
    }

    /// For a certificate that belongs to somebody else: takes a reference of its own.
    convenience init(sharing pointer: OpaquePointer) {
        unsafe X509_up_ref(pointer)
        unsafe self.init(owning: pointer)
    }

    deinit {
        unsafe X509_free(pointer)
    }

    /// The subject as RFC 2253 writes it; printable ASCII.
    var subject: String { unsafe Self.text(of: X509_get_subject_name(pointer)) }

    /// The issuer as RFC 2253 writes it; printable ASCII.
    var issuer: String { unsafe Self.text(of: X509_get_issuer_name(pointer)) }

    /// The end of its validity in seconds since 1970, UTC; nil if it cannot be read.
    var notAfter: Int64? { unsafe Self.seconds(X509_get0_notAfter(pointer)) }

    /// The same of its beginning.
    var notBefore: Int64? { unsafe Self.seconds(X509_get0_notBefore(pointer)) }

    private static func seconds(_ text: UnsafePointer<ASN1_TIME>?) -> Int64? {
        var time = unsafe tm()
        guard unsafe ASN1_TIME_to_tm(text, &time) == 1 else { return nil }
        return unsafe Int64(timegm(&time))
    }

    /// DNS names and IP addresses of the subject alternative name, in their order.
    var names: [String] {
        guard let all = unsafe shim_X509_get_subject_alt_name(pointer) else { return [] }
        defer { unsafe shim_GENERAL_NAMES_free(all) }
        return unsafe (0..<shim_sk_GENERAL_NAME_num(all)).compactMap { index in
            guard let name = unsafe shim_sk_GENERAL_NAME_value(all, index) else { return nil }
            return switch unsafe name.pointee.type {
            case GEN_DNS: unsafe printable(String(decoding: Self.octets(of: name.pointee.d.dNSName), as: UTF8.self))
            case GEN_IPADD: unsafe Self.address(Self.octets(of: name.pointee.d.iPAddress))
            default: nil
            }
        }
    }

    /// The SHA-256 of the public key (SubjectPublicKeyInfo), as curl writes a pin.
    var pin: PublicKeyPin? {
        var encoded: UnsafeMutablePointer<UInt8>?
        let length = unsafe i2d_X509_PUBKEY(X509_get_X509_PUBKEY(pointer), &encoded)
        guard length > 0, let encoded = unsafe encoded else { return nil }
        defer { unsafe shim_OPENSSL_free(encoded) }
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        guard unsafe EVP_Digest(encoded, Int(length), &digest, &count, EVP_sha256(), nil) == 1 else { return nil }
        return PublicKeyPin(digest: Array(digest.prefix(Int(count))))
    }

    private static func text(of name: OpaquePointer?) -> String {
        let bio = unsafe BIO_new(BIO_s_mem())
        defer { unsafe BIO_free(bio) }
        unsafe shim_X509_NAME_print_rfc2253(bio, name)
        var data: UnsafeMutablePointer<CChar>?
        let length = unsafe shim_BIO_get_mem_data(bio, &data)
        guard length > 0, let data = unsafe data else { return "no name" }
        return unsafe printable(String(decoding: UnsafeRawBufferPointer(start: data, count: length), as: UTF8.self))
    }

    private static func octets(of string: UnsafePointer<ASN1_STRING>?) -> UnsafeBufferPointer<UInt8> {
        unsafe UnsafeBufferPointer(start: ASN1_STRING_get0_data(string), count: Int(ASN1_STRING_length(string)))
    }

    private static func address(_ octets: UnsafeBufferPointer<UInt8>) -> String? {
        guard octets.count == 4 || octets.count == 16 else { return nil }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = octets.count == 4 ? AF_INET : AF_INET6
        guard unsafe inet_ntop(family, octets.baseAddress, &text, socklen_t(text.count)) != nil else { return nil }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// The owner of one reference to an `EVP_PKEY`.
@safe final class PrivateKey {
    let pointer: OpaquePointer

    init(owning pointer: OpaquePointer) {
        unsafe self.pointer = pointer
    }

    deinit {
        unsafe EVP_PKEY_free(pointer)
    }
}

/// Text from the network, fit for one line of a log: printable ASCII, cut at `Limits.nameCharacters`.
func printable(_ text: String) -> String {
    let bytes = text.utf8.prefix(Limits.nameCharacters).map { (32...126).contains($0) ? $0 : UInt8(ascii: "?") }
    return String(decoding: bytes, as: UTF8.self) + (text.utf8.count > Limits.nameCharacters ? "…" : "")
}
