// What is in a PEM file, as far as its headings tell; for files that were mistaken for one another.
// Must not be believed: only OpenSSL knows whether they hold it.

import Foundation

/// What a file says that it holds.
enum PEMContents {
    case certificate
    case key
    case both
    case neither

    init(_ path: String) {
        let octets = (try? FileManager.default.regularFile(at: path, upTo: 1 << 20)) ?? []
        let text = String(decoding: octets, as: UTF8.self)
        switch (text.contains("CERTIFICATE-----"), text.contains("PRIVATE KEY-----")) {
        case (true, false): self = .certificate
        case (false, true): self = .key
        case (true, true): self = .both
        case (false, false): self = .neither
        }
    }

    /// The one fault of a certificate and a key that stand in each other's place; nil if they don't.
    static func swap(certificate: String, key: String, _ places: Places, _ names: (String, String)) -> Finding? {
        guard case .key = PEMContents(certificate), case .certificate = PEMContents(key) else { return nil }
        let message = "\"\(names.0)\" and \"\(names.1)\" are swapped: \(certificate) holds a key, \(key) a certificate"
        return Finding(places[names.0], .error, message, "exchange them")
    }
}
